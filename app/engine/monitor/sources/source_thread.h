// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "app/engine/monitor/sources/row_intake.h"
#include "app/engine/monitor/wake_event.h"

namespace hiss {

// The thread of a source, which reads until it is told to stop. start() and stop() are for one
// thread, the others for the source's own.
class SourceThread {
 public:
  SourceThread() = default;
  SourceThread(const SourceThread&) = delete;
  SourceThread& operator=(const SourceThread&) = delete;
  ~SourceThread() { stop(); }

  // Runs `work`. When it returns or throws (which is said, and told by the intake's status) without
  // having been stopped, the source has ended and `host` is told so. All must outlive stop().
  void start(RowIntake& intake, SourceHost& host, MonitorLog& log, std::function<void()> work);
  // Wakes whoever waits on wakeDescriptor() and waits until the work is done.
  void stop() noexcept;

  [[nodiscard]] bool isStopping() const noexcept { return stopping_.load(); }
  // Becomes readable for good with stop().
  [[nodiscard]] int wakeDescriptor() const noexcept { return wake_.descriptor(); }
  // False, at once, when it is to stop.
  bool sleep(double seconds) const noexcept;

 private:
  std::atomic<bool> stopping_{false};
  WakeEvent wake_;
  std::thread thread_;
};

}  // namespace hiss
