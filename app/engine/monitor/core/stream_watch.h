// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/sink.h"
#include "app/engine/monitor/stream_rules.h"
#include "app/engine/sensors/sensor_watch.h"

namespace hiss {

// An alert that is on, or may go on.
struct OpenAlert {
  AlertEvent event;          // as it was at its newest row
  bool told = false;         // that it began; else it is muted
  bool on = true;            // else it waits whether it goes on
  std::uint64_t number = 0;  // AlertRecord::id, of the detector's alerts
  std::string limit;         // which one, of limits; see StreamWatch
  int inside_rows = 0;       // rows in a row within the limit
};

// All that a StreamWatch remembers but for the detector's bytes.
struct StreamMemory {
  WatchState watch;
  std::optional<OpenAlert> row_alert;
  std::optional<OpenAlert> silence;
  std::vector<OpenAlert> limits;
  std::uint64_t alerts = 0;
  std::optional<std::int64_t> last_stamp_ns;
};

// When a row is judged, for mute windows.
struct WatchMoment {
  std::int64_t wall_ns = 0;  // since 1970, for rows without a stamp
  bool muted_by_hand = false;
};

// Watches one stream by its rules: the detector's alerts, limits, silence, mute windows. All it
// says of a row depends on its rows only, but for what is muted by hand. Not thread-safe.
class StreamWatch {
 public:
  // Names and values of so many channels stand in an alert.
  static constexpr std::size_t kMostNamed = 16;

  // Throws what AnomalyDetector::prepare throws.
  StreamWatch(std::string name, std::unique_ptr<AnomalyDetector> detector,
              std::vector<std::string> channels, bool has_seconds, const StreamRules& rules);

  // values [channels]. Appends what is to be told to `events`.
  const WatchedRow& step(std::span<const double> values, std::optional<std::int64_t> stamp_ns,
                         const WatchMoment& moment, std::vector<AlertEvent>& events);
  // No row has come for longer than silenceNs(): raises an alert if there is none yet.
  void raiseSilence(const WatchMoment& moment, std::vector<AlertEvent>& events);
  // Tells what is still on though it was muted when it began, if it is muted no more. For times
  // without rows.
  void tellLate(const WatchMoment& moment, std::vector<AlertEvent>& events);

  // Limits that are gone end their alerts.
  void setRules(const StreamRules& rules, std::vector<AlertEvent>& events);
  [[nodiscard]] const StreamRules& rules() const { return rules_; }

  // Somebody says what an alert is. False: it is none of those that are open.
  bool label(const std::string& id, const std::string& label, const std::string& note);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const SensorWatch& watch() const { return watch_; }
  // Silence that raises an alert, in ns; 0: none does (yet).
  [[nodiscard]] std::int64_t silenceNs() const;
  [[nodiscard]] bool isSilent() const { return silence_.has_value(); }
  [[nodiscard]] bool hasOpenAlert() const;
  [[nodiscard]] bool isMuted(const WatchMoment& moment);
  // Of the alert that is on; empty: none.
  [[nodiscard]] std::string_view alertId() const;
  [[nodiscard]] std::uint64_t alerts() const { return alerts_; }  // that began
  [[nodiscard]] std::vector<AlertEvent> openAlerts() const;
  [[nodiscard]] std::optional<std::int64_t> lastStampNs() const { return last_stamp_ns_; }
  // The newest step's; before the first one as if nothing was found.
  [[nodiscard]] const WatchedRow& newest() const { return newest_; }

  [[nodiscard]] StreamMemory memory() const;
  // Into a watch that has not run yet. Throws what SensorWatch::restore throws.
  void restore(StreamMemory memory, std::span<const std::byte> detector_state);

 private:
  struct Limit {
    std::size_t channel = 0;
    std::optional<double> floor;
    std::optional<double> ceiling;
    std::string key;  // "flow < 3 > 5"
    std::optional<OpenAlert> alert;
  };
  using Events = std::vector<AlertEvent>;

  [[nodiscard]] static WatchSettings settingsOf(const StreamRules& rules);
  void makeLimits();
  void followDetector(const SensorRow& row, bool muted, Events& events);
  void followLimits(const SensorRow& row, bool muted, Events& events);
  void begin(OpenAlert& alert, bool muted, Events& events);
  void end(std::optional<OpenAlert>& alert, Events& events);
  void fill(AlertEvent& event, const AlertRecord& record) const;
  void tell(std::optional<OpenAlert>& alert, Events& events) const;
  [[nodiscard]] AlertEvent newEvent(MonitorAlertKind kind, std::uint64_t row,
                                    std::optional<std::int64_t> stamp_ns,
                                    std::string_view which) const;

  std::string name_;
  StreamRules rules_;
  SensorWatch watch_;
  SensorRow row_;
  WatchedRow newest_;
  std::optional<OpenAlert> row_alert_;
  std::optional<OpenAlert> silence_;
  std::vector<Limit> limits_;
  std::uint64_t alerts_ = 0;
  std::optional<std::int64_t> last_stamp_ns_;
  std::int64_t mute_minute_ = -1;  // the newest one looked up
  bool in_mute_window_ = false;
};

}  // namespace hiss
