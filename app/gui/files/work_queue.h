// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace hiss {

// A thread that does one thing after the other, with less of the processor than window and sound
// get. [main-thread]
class WorkQueue {
 public:
  WorkQueue();
  // Waits for what is being done; what has not begun is dropped.
  ~WorkQueue();
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // `work` must not throw.
  void post(std::function<void()> work);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void()>> waiting_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace hiss
