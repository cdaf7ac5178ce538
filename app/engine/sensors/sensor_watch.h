// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/engine/sensors/alert_logic.h"
#include "app/engine/sensors/row_source.h"
#include "app/engine/sensors/stream_clock.h"
#include "models/anomaly_detector.h"

namespace hiss {

// One event, as a summary lists it.
struct AlertRecord {
  std::uint64_t id = 0;
  AlertKind kind = AlertKind::kAnomaly;
  std::uint64_t begin_row = 0;  // from 0
  std::uint64_t end_row = 0;    // its last row
  std::uint64_t rows = 0;       // on which it was on
  std::string begin_time;       // as the source writes it
  std::string end_time;
  double peak_score = 0.0;
  double peak_p = 1.0;
  int top_channel = 0;         // at the peak
  std::vector<double> shares;  // [channels] mean over its rows
  bool open = false;           // on, or so new that it may go on
};

struct WatchSettings {
  AlertSettings alert;
  AlarmBudget budget;
  std::size_t most_records = 10000;  // alerts beyond so many are counted, but have no record
};

// What is said of one row.
struct WatchedRow {
  RowVerdict verdict;
  AlertOutput alert;
  double alarm_p = 0.0;  // below which a row alarms now
};

// All that a SensorWatch remembers but for its detector's own bytes.
struct WatchState {
  ClockState clock;
  AlertState alerts;
  bool quiet = false;
  std::optional<AlertRecord> current;
  std::uint64_t accepted_id = 0;  // alert that somebody called usual; 0: none
};

// Watches one sensor stream: detector, time between rows, alerts and their records. What it says of
// a row depends on this and earlier rows only. Not thread-safe.
class SensorWatch {
 public:
  // `has_seconds`: the rows' stamps are times, so that a week is known. Throws what
  // AnomalyDetector::prepare throws.
  SensorWatch(std::unique_ptr<AnomalyDetector> detector, std::vector<std::string> channels,
              bool has_seconds, const WatchSettings& settings);

  // row.values [channels]
  WatchedRow step(const SensorRow& row);

  // Of the newest row, [channels]; valid until the next call.
  [[nodiscard]] std::span<const ChannelVerdict> verdicts() const { return detector_->channels(); }
  [[nodiscard]] const std::vector<std::string>& channels() const { return channels_; }
  [[nodiscard]] bool hasSeconds() const { return has_seconds_; }
  [[nodiscard]] std::uint64_t rows() const { return logic_.state().row; }
  [[nodiscard]] const ClockState& clock() const { return clock_.state(); }
  // Usual seconds between rows; 0: not known, or rows have no time.
  [[nodiscard]] double intervalSeconds() const;
  [[nodiscard]] double alarmP() const;
  [[nodiscard]] bool flapping() const { return logic_.state().flapping; }
  [[nodiscard]] const WatchSettings& settings() const { return settings_; }
  // From the next row on.
  void setSettings(const WatchSettings& settings);
  [[nodiscard]] const AnomalyDetector& detector() const { return *detector_; }

  // The alerts since this object was made, oldest first, and the one that went on then.
  [[nodiscard]] std::vector<AlertRecord> records() const;
  // How many there are, also those without a record.
  [[nodiscard]] std::uint64_t alerts() const { return alerts_; }

  // The newest alert; empty: there was none. `open` is not set.
  [[nodiscard]] const std::optional<AlertRecord>& current() const { return current_; }
  // Whether the newest alert is on, or so new that it may go on.
  [[nodiscard]] bool currentIsOpen() const;
  // Somebody says that what the newest alert shows is usual: the detector learns it at once.
  void acceptCurrent();

  // The past, to be put back into a watch made alike: the stream goes on bit for bit. `restore`
  // throws what AnomalyDetector::loadState throws.
  [[nodiscard]] WatchState state() const;
  [[nodiscard]] std::vector<std::byte> detectorState() const { return detector_->saveState(); }
  void restore(const WatchState& state, std::span<const std::byte> detector_state);

 private:
  void record(const SensorRow& row, const WatchedRow& watched);

  std::unique_ptr<AnomalyDetector> detector_;
  std::vector<std::string> channels_;
  bool has_seconds_;
  WatchSettings settings_;
  StreamClock clock_;
  AlertLogic logic_;
  bool quiet_ = false;
  std::uint64_t accepted_id_ = 0;
  std::optional<AlertRecord> current_;
  std::vector<AlertRecord> past_;
  std::uint64_t alerts_ = 0;
};

}  // namespace hiss
