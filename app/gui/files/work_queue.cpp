// SPDX-License-Identifier: Apache-2.0
#include "app/gui/files/work_queue.h"

#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "app/engine/blocked_signals.h"

namespace hiss {

WorkQueue::WorkQueue() {
  const ScopedBlockedSignals blocked;
  thread_ = std::thread([this] { run(); });
}

WorkQueue::~WorkQueue() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  news_.notify_one();
  thread_.join();
}

void WorkQueue::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
  }
  news_.notify_one();
}

void WorkQueue::run() {
  constexpr int kNiceness = 5;
  // Threads that this one makes have it too.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness));
  std::unique_lock lock(mutex_);
  for (;;) {
    news_.wait(lock, [this] { return end_ || !waiting_.empty(); });
    if (end_) return;
    const std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace hiss
