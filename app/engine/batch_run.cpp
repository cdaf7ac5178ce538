// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_run.h"

#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace hiss {
namespace {

constexpr std::chrono::milliseconds kTick{20};

// Threads started while it lives leave all signals to the others.
class ScopedBlockedSignals {
 public:
  ScopedBlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &saved_);
  }
  ScopedBlockedSignals(const ScopedBlockedSignals&) = delete;
  ScopedBlockedSignals& operator=(const ScopedBlockedSignals&) = delete;
  ~ScopedBlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }

 private:
  sigset_t saved_{};
};

class Batch {
 public:
  Batch(const std::vector<BatchEntry>& entries, const BatchRun& run)
      : entries_(entries), run_(run), cancel_(run.cancel != nullptr ? *run.cancel : own_cancel_) {}
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() { join(); }

  void run() {
    const std::size_t jobs = std::min(entries_.size(), static_cast<std::size_t>(run_.jobs));
    std::vector<FileWork> work;
    for (std::size_t i = 0; i < jobs; ++i) work.push_back(run_.make_work());
    outcomes_.resize(entries_.size());
    {
      const ScopedBlockedSignals blocked;
      running_ = jobs;
      for (FileWork& one : work) {
        workers_.emplace_back([this, one = std::move(one)] { serve(one); });
      }
    }
    try {
      deliver();
    } catch (...) {
      cancel_ = true;
      space_.notify_all();
      join();
      throw;
    }
    join();
  }

 private:
  void serve(const FileWork& work) {
    for (std::size_t index = 0; take(index);) {
      FileOutcome outcome = work(entries_[index]);
      const std::lock_guard lock(mutex_);
      outcomes_[index] = std::move(outcome);
      if (index == delivered_) news_.notify_one();
    }
    const std::lock_guard lock(mutex_);
    --running_;
    news_.notify_one();
  }

  bool take(std::size_t& index) {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [this] {
      return cancel_ || next_ >= entries_.size() || next_ < delivered_ + run_.max_ahead;
    });
    if (cancel_ || next_ >= entries_.size()) return false;
    index = next_++;
    return true;
  }

  void deliver() {
    std::unique_lock lock(mutex_);
    while (delivered_ < entries_.size()) {
      news_.wait_for(lock, kTick, [this] { return outcomes_[delivered_] || running_ == 0; });
      if (outcomes_[delivered_]) {
        FileOutcome outcome = std::move(*outcomes_[delivered_]);
        outcomes_[delivered_].reset();
        ++delivered_;
        lock.unlock();
        space_.notify_all();
        run_.on_outcome(std::move(outcome));
        lock.lock();
      } else if (running_ == 0) {
        return;  // cancelled
      } else {
        lock.unlock();
        if (cancel_) space_.notify_all();
        if (run_.on_tick) run_.on_tick();
        lock.lock();
      }
    }
  }

  void join() {
    for (std::thread& worker : workers_) {
      if (worker.joinable()) worker.join();
    }
  }

  const std::vector<BatchEntry>& entries_;
  const BatchRun& run_;
  std::atomic<bool> own_cancel_{false};
  std::atomic<bool>& cancel_;
  std::mutex mutex_;
  std::condition_variable news_;   // for the deliverer
  std::condition_variable space_;  // for the workers
  std::vector<std::optional<FileOutcome>> outcomes_;
  std::size_t next_ = 0;       // entry that the next free worker takes
  std::size_t delivered_ = 0;  // entries handed to on_outcome
  std::size_t running_ = 0;    // workers
  std::vector<std::thread> workers_;
};

}  // namespace

void runBatch(const std::vector<BatchEntry>& entries, const BatchRun& run) {
  Batch(entries, run).run();
}

int usableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int known = ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
  const int cores = known > 0 ? known : static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(cores, 1, kMaxJobs);
}

}  // namespace hiss
