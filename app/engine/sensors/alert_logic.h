// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "dsp/realtime.h"

namespace hiss {

enum class AlertKind : std::uint8_t { kNone, kAnomaly, kNoData };

struct AlertSettings {
  double release_score = 0.7;  // an alert ends with the first score below; at most 1
  int hold_rows = 1;           // rows in a row with a score above 1 that begin an alert
  int cool_down_rows = 100;    // what comes so soon after an alert goes on with it
  int no_data_rows = 10;       // rows in a row without any value that begin an alert
  int flap_rows = 1000;        // so many alerts as below within so many rows: the stream flaps
  int quiet_rows = 1000;       // of an alert; what lasts longer is the new usual
};

// All that AlertLogic remembers; copied to save it and put back to go on.
struct AlertState {
  static constexpr std::size_t kFlapAlerts = 5;

  std::uint64_t row = 0;              // rows so far
  std::uint64_t last_id = 0;          // of all alerts
  AlertKind kind = AlertKind::kNone;  // of the alert that is on
  std::uint64_t anomaly_id = 0;       // of the newest anomaly; 0: none that may go on
  std::uint64_t began_row = 0;        // its first row
  std::uint64_t last_on_row = 0;      // its newest row
  int over_rows = 0;                  // rows in a row with a score above 1
  int no_data_rows = 0;               // rows in a row without data
  std::array<std::uint64_t, kFlapAlerts> begins = {};  // rows of the newest anomalies, oldest first
  std::uint64_t anomalies = 0;
  bool flapping = false;
  double peak_score = 0.0;  // of the newest anomaly
};

// What a detector says of a row, as far as alerts go.
struct AlertInput {
  double evidence = 0.0;  // -log10(p)
  double alarm_p = 1e-4;  // p below which a row alarms, 0 < alarm_p < 1
  bool warming_up = false;
  bool no_data = false;
};

struct AlertOutput {
  double score = 0.0;                 // log(p) / log(alarm_p): above 1 alarms; 0 while warming up
  std::uint64_t id = 0;               // of the alert that is on, from 1; 0: none
  AlertKind kind = AlertKind::kNone;  // of that alert
  bool began = false;                 // with this row, as a new one
  bool quiet = false;                 // the detector shall learn little from the next row
};

// Makes alerts of scores, one an event. An alert begins when the score has been above 1 for
// `hold_rows` rows and is on until it falls below `release_score`. If the score rises again within
// `cool_down_rows`, the same alert is on again, with its number. When AlertState::kFlapAlerts
// alerts have begun within `flap_rows`, all that follows goes on with the newest one, until
// `flap_rows` rows have passed without. Rows without any value begin an alert of their own, which
// ends with the first value. Not thread-safe.
class AlertLogic {
 public:
  static constexpr double kWorse = 1.25;

  explicit AlertLogic(const AlertSettings& settings = {}) : settings_(settings) {}

  // [audio-thread]
  AlertOutput step(const AlertInput& input) noexcept HISS_NONBLOCKING;

  [[nodiscard]] const AlertSettings& settings() const noexcept { return settings_; }
  // From the next row on.
  void setSettings(const AlertSettings& settings) noexcept { settings_ = settings; }
  [[nodiscard]] const AlertState& state() const noexcept { return state_; }
  void setState(const AlertState& state) noexcept { state_ = state; }

 private:
  bool stepNoData(bool no_data) noexcept HISS_NONBLOCKING;
  bool beginAnomaly(double score) noexcept HISS_NONBLOCKING;

  AlertSettings settings_;
  AlertState state_;
};

// How many false alarms a user puts up with.
struct AlarmBudget {
  double false_alarms = 1.0;  // in a week of an undisturbed stream, or in 10,000 rows without time
  double alarm_p = 0.0;  // above 0: p below which a row alarms, and `false_alarms` is not asked
};

inline constexpr double kLeastAlarmP = 1e-9;
inline constexpr double kMostAlarmP = 0.02;
inline constexpr double kBudgetRows = 10000.0;

// The p below which a row alarms. With p uniform on rows that know nothing of each other and one
// alert in at most 1 + `cool_down_rows` rows, alarm_p / (1 + alarm_p cool_down_rows) alerts a row
// begin; that is set to the budget's. Rows that are alike in turn make fewer, so the budget is
// rather kept than used. Kept between kLeastAlarmP and kMostAlarmP. `interval_ns`: usual time
// between rows; 0: not known. [thread-safe]
double alarmP(const AlarmBudget& budget, std::int64_t interval_ns,
              int cool_down_rows) noexcept HISS_NONBLOCKING;

}  // namespace hiss
