// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/gui/sensors/monitor_session.h"
#include "ui/sensors/sensor_feed.h"

namespace hiss {

// Makes what the page shows out of a session. Not thread-safe.
class SnapshotMaker {
 public:
  // What the session does not know itself.
  struct Frame {
    SensorSnapshot::Run run = SensorSnapshot::Run::kStopped;
    quint64 run_number = 0;
    quint64 notice_number = 0;
    Notice notice;
    std::shared_ptr<StateTap> state_tap;
  };

  // `session` may be null.
  SensorSnapshot make(const Frame& frame, const MonitorSession* session);
  // Whether the newest one is some tenths of a second old.
  [[nodiscard]] bool isTime() const;
  // A source that has got into trouble in the newest snapshot; each trouble is given once.
  std::optional<SourceStatus> takeNewTrouble() { return std::exchange(new_trouble_, {}); }
  // Whether a source got out of it.
  bool takeRecovery() { return std::exchange(has_recovered_, false); }

 private:
  struct Rate {
    quint64 rows = 0;
    double rows_per_s = 0.0;
  };

  void addStreams(SensorSnapshot& snapshot, const MonitorSession& session);
  void addAlerts(SensorSnapshot& snapshot, const MonitorSession& session);
  void addSources(SensorSnapshot& snapshot, const MonitorSession& session);

  quint64 run_number_ = 0;
  std::chrono::steady_clock::time_point measured_;  // when the rates were
  std::unordered_map<std::string, Rate> rates_;
  std::chrono::steady_clock::time_point made_;
  std::set<std::string> troubled_;  // sources
  std::optional<SourceStatus> new_trouble_;
  bool has_recovered_ = false;
  quint64 alerts_version_ = 0;
  std::vector<SensorAlert> alerts_;  // of this version
};

}  // namespace hiss
