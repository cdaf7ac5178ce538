// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_run.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "app/engine/blocked_signals.h"

namespace hiss {
namespace {

constexpr std::chrono::milliseconds kTick{20};
// Outcomes that come within it are finished together: of short files a dozen.
constexpr std::chrono::milliseconds kGather{10};

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
    ready_.resize(entries_.size());
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
      finished_.push_back(index);
      news_.notify_one();
    }
    const std::lock_guard lock(mutex_);
    --running_;
    news_.notify_one();
  }

  bool take(std::size_t& index) {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [this] {
      return cancel_ || next_ >= entries_.size() ||
             (next_ < delivered_ + run_.max_ahead && finished_.size() < run_.max_unfinished);
    });
    if (cancel_ || next_ >= entries_.size()) return false;
    index = next_++;
    return true;
  }

  void deliver() {
    std::unique_lock lock(mutex_);
    while (delivered_ < entries_.size()) {
      news_.wait_for(lock, kTick,
                     [this] { return !finished_.empty() || ready_[delivered_] || running_ == 0; });
      if (!finished_.empty()) {
        gather(lock);
        finishAll(lock);
      } else if (ready_[delivered_]) {
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

  void gather(std::unique_lock<std::mutex>& lock) {
    if (!run_.on_finished) return;
    news_.wait_for(lock, kGather, [this] {
      return finished_.size() >= run_.max_unfinished || next_ >= entries_.size() || running_ == 0 ||
             cancel_;
    });
  }

  void finishAll(std::unique_lock<std::mutex>& lock) {
    const std::vector<std::size_t> indices = std::exchange(finished_, {});
    lock.unlock();
    space_.notify_all();
    if (run_.on_finished) {
      std::vector<FileOutcome*> outcomes;
      outcomes.reserve(indices.size());
      for (const std::size_t index : indices) outcomes.push_back(&*outcomes_[index]);
      run_.on_finished(outcomes);
    }
    for (const std::size_t index : indices) ready_[index] = true;
    lock.lock();
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
  std::vector<std::size_t> finished_;  // outcomes that on_finished has not seen
  std::vector<bool> ready_;            // those that it has; only in the main thread
  std::size_t next_ = 0;               // entry that the next free worker takes
  std::size_t delivered_ = 0;          // entries handed to on_outcome
  std::size_t running_ = 0;            // workers
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
