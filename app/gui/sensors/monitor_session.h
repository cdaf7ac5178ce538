// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/engine/failure.h"
#include "app/engine/history/sensor_history.h"
#include "app/engine/history/watched_alerts.h"
#include "app/engine/monitor/monitor.h"

namespace hiss {

// One run of a monitor in a thread of its own, with all that is kept of it; also after its end.
// What people say of alerts is added to a file. Threads: one thread calls what is not
// [thread-safe].
class MonitorSession {
 public:
  // Begins at once. `labels`: the file; its folder is made when it is needed. Throws Failure.
  MonitorSession(MonitorConfig config, Monitor::MakeDetector make_detector,
                 std::filesystem::path labels);
  // Stops, and waits for the end: a second at most, as a rule.
  ~MonitorSession();
  MonitorSession(const MonitorSession&) = delete;
  MonitorSession& operator=(const MonitorSession&) = delete;

  void stop() noexcept { monitor_->stop(); }              // [thread-safe]
  [[nodiscard]] bool hasEnded() const { return ended_; }  // [thread-safe]
  [[nodiscard]] std::optional<Failure> failure() const;   // why, if not as it should; [thread-safe]
  [[nodiscard]] MonitorStatus status() const { return monitor_->status(); }  // [thread-safe]
  [[nodiscard]] const SensorHistory& history() const noexcept { return history_; }
  [[nodiscard]] const WatchedAlerts& alerts() const noexcept { return alerts_; }

  // Also for alerts of a run that has ended, whose detectors learn nothing from it any more. False:
  // there is no such alert. Throws Failure.
  bool acknowledge(const std::string& id, const std::string& note);
  bool label(const std::string& id, const std::string& label, const std::string& note);
  void mute(const std::string& stream, double seconds);
  void setFalseAlarms(double per_week);
  [[nodiscard]] std::shared_ptr<StateTap> stateTap(const std::string& stream);

 private:
  template <class F>
  bool whileItRuns(F&& ask);

  MonitorConfig config_;
  std::filesystem::path labels_;
  SensorHistory history_;
  WatchedAlerts alerts_;
  MonitorLog log_;
  std::unique_ptr<Monitor> monitor_;
  mutable std::mutex mutex_;
  std::optional<Failure> failure_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace hiss
