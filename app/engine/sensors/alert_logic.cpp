// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/alert_logic.h"

#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

constexpr double kWeekNs = 7.0 * 86400.0 * 1e9;

}  // namespace

AlertOutput AlertLogic::step(const AlertInput& input) noexcept HISS_NONBLOCKING {
  AlertOutput out;
  if (!input.warming_up && !input.no_data) {
    out.score = std::max(0.0, input.evidence) / -std::log10(input.alarm_p);
  }
  state_.over_rows = out.score > 1.0 ? std::min(state_.over_rows, settings_.hold_rows) + 1 : 0;
  out.began = stepNoData(input.no_data);
  if (state_.kind == AlertKind::kAnomaly && out.score < settings_.release_score) {
    state_.kind = AlertKind::kNone;
  }
  if (state_.flapping && state_.row - state_.last_on_row > std::uint64_t(settings_.flap_rows)) {
    state_.flapping = false;
  }
  if (state_.kind == AlertKind::kNone && state_.over_rows >= settings_.hold_rows) {
    out.began = beginAnomaly(out.score);
  }
  if (state_.kind == AlertKind::kAnomaly) {
    state_.last_on_row = state_.row;
    state_.peak_score = std::max(state_.peak_score, out.score);
    out.quiet = state_.row - state_.began_row < std::uint64_t(settings_.quiet_rows);
  }
  out.kind = state_.kind;
  if (out.kind == AlertKind::kAnomaly) out.id = state_.anomaly_id;
  if (out.kind == AlertKind::kNoData) out.id = state_.last_id;
  ++state_.row;
  return out;
}

// True if an alert began.
bool AlertLogic::stepNoData(bool no_data) noexcept HISS_NONBLOCKING {
  if (!no_data) {
    state_.no_data_rows = 0;
    if (state_.kind == AlertKind::kNoData) state_.kind = AlertKind::kNone;
    return false;
  }
  state_.no_data_rows = std::min(state_.no_data_rows, settings_.no_data_rows) + 1;
  if (state_.kind == AlertKind::kNoData || state_.no_data_rows < settings_.no_data_rows) {
    return false;
  }
  state_.kind = AlertKind::kNoData;
  state_.anomaly_id = 0;
  ++state_.last_id;
  return true;
}

// True if it is a new one.
bool AlertLogic::beginAnomaly(double score) noexcept HISS_NONBLOCKING {
  state_.kind = AlertKind::kAnomaly;
  const bool soon = state_.row - state_.last_on_row <= std::uint64_t(settings_.cool_down_rows);
  const bool held_back = state_.flapping && score <= kWorse * state_.peak_score;
  if (state_.anomaly_id != 0 && (soon || held_back)) return false;
  state_.anomaly_id = ++state_.last_id;
  state_.began_row = state_.row;
  state_.peak_score = 0.0;
  std::rotate(state_.begins.begin(), state_.begins.begin() + 1, state_.begins.end());
  state_.begins.back() = state_.row;
  ++state_.anomalies;
  state_.flapping = state_.anomalies >= AlertState::kFlapAlerts &&
                    state_.row - state_.begins.front() < std::uint64_t(settings_.flap_rows);
  return true;
}

double alarmP(const AlarmBudget& budget, std::int64_t interval_ns,
              int cool_down_rows) noexcept HISS_NONBLOCKING {
  if (budget.alarm_p > 0.0) return budget.alarm_p;
  const double rows = interval_ns > 0 ? kWeekNs / static_cast<double>(interval_ns) : kBudgetRows;
  const double alerts_a_row = budget.false_alarms / rows;
  const double free_rows = 1.0 - alerts_a_row * cool_down_rows;
  if (!(free_rows > 0.0)) return kMostAlarmP;
  return std::clamp(alerts_a_row / free_rows, kLeastAlarmP, kMostAlarmP);
}

}  // namespace hiss
