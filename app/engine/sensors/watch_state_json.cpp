// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/watch_state_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>

namespace hiss {
namespace {

using nlohmann::json;

json clockJson(const ClockState& clock) {
  return {{"steps_ns", clock.steps_ns},
          {"count", clock.count},
          {"at", clock.at},
          {"has_last", clock.has_last},
          {"last_ns", clock.last_ns},
          {"duplicates", clock.duplicates},
          {"backward", clock.backward},
          {"gaps", clock.gaps},
          {"longest_gap_rows", clock.longest_gap_rows}};
}

json alertsJson(const AlertState& alerts) {
  return {{"row", alerts.row},
          {"last_id", alerts.last_id},
          {"kind", static_cast<int>(alerts.kind)},
          {"anomaly_id", alerts.anomaly_id},
          {"began_row", alerts.began_row},
          {"last_on_row", alerts.last_on_row},
          {"over_rows", alerts.over_rows},
          {"no_data_rows", alerts.no_data_rows},
          {"begins", alerts.begins},
          {"anomalies", alerts.anomalies},
          {"flapping", alerts.flapping},
          {"peak_score", alerts.peak_score}};
}

json recordJson(const AlertRecord& alert) {
  return {{"id", alert.id},
          {"kind", static_cast<int>(alert.kind)},
          {"begin_row", alert.begin_row},
          {"end_row", alert.end_row},
          {"rows", alert.rows},
          {"begin_time", alert.begin_time},
          {"end_time", alert.end_time},
          {"peak_score", alert.peak_score},
          {"peak_p", alert.peak_p},
          {"top_channel", alert.top_channel},
          {"shares", alert.shares}};
}

// A value of `object` within bounds; the fingerprint has told that it is what was written, but not
// that it was written by this program.
template <class Number>
Number within(const json& object, const char* field, Number low, Number high) {
  const auto value = object.at(field).get<Number>();
  if (value < low || value > high) throw std::runtime_error(std::string(field) + " out of range");
  return value;
}

AlertKind kindOf(const json& object) {
  return static_cast<AlertKind>(within(object, "kind", 0, static_cast<int>(AlertKind::kNoData)));
}

ClockState clockOf(const json& object) {
  ClockState clock;
  object.at("steps_ns").get_to(clock.steps_ns);
  clock.count = within(object, "count", 0, ClockState::kSteps);
  clock.at = within(object, "at", 0, ClockState::kSteps - 1);
  object.at("has_last").get_to(clock.has_last);
  object.at("last_ns").get_to(clock.last_ns);
  object.at("duplicates").get_to(clock.duplicates);
  object.at("backward").get_to(clock.backward);
  object.at("gaps").get_to(clock.gaps);
  object.at("longest_gap_rows").get_to(clock.longest_gap_rows);
  const auto used = std::span(clock.steps_ns).first(static_cast<std::size_t>(clock.count));
  if (std::any_of(used.begin(), used.end(), [](std::int64_t step) { return step <= 0; })) {
    throw std::runtime_error("steps_ns out of range");
  }
  return clock;
}

AlertState alertsOf(const json& object) {
  constexpr int kMostRows = 1 << 30;
  AlertState alerts;
  object.at("row").get_to(alerts.row);
  object.at("last_id").get_to(alerts.last_id);
  alerts.kind = kindOf(object);
  object.at("anomaly_id").get_to(alerts.anomaly_id);
  object.at("began_row").get_to(alerts.began_row);
  object.at("last_on_row").get_to(alerts.last_on_row);
  alerts.over_rows = within(object, "over_rows", 0, kMostRows);
  alerts.no_data_rows = within(object, "no_data_rows", 0, kMostRows);
  object.at("begins").get_to(alerts.begins);
  object.at("anomalies").get_to(alerts.anomalies);
  object.at("flapping").get_to(alerts.flapping);
  object.at("peak_score").get_to(alerts.peak_score);
  return alerts;
}

AlertRecord recordOf(const json& object, std::size_t channels) {
  AlertRecord alert;
  object.at("id").get_to(alert.id);
  alert.kind = kindOf(object);
  object.at("begin_row").get_to(alert.begin_row);
  object.at("end_row").get_to(alert.end_row);
  object.at("rows").get_to(alert.rows);
  object.at("begin_time").get_to(alert.begin_time);
  object.at("end_time").get_to(alert.end_time);
  object.at("peak_score").get_to(alert.peak_score);
  object.at("peak_p").get_to(alert.peak_p);
  alert.top_channel = within(object, "top_channel", 0, static_cast<int>(channels) - 1);
  object.at("shares").get_to(alert.shares);
  if (alert.shares.size() != channels) throw std::runtime_error("shares of other channels");
  return alert;
}

}  // namespace

json watchStateJson(const WatchState& state) {
  json document = {{"clock", clockJson(state.clock)},
                   {"alerts", alertsJson(state.alerts)},
                   {"quiet", state.quiet}};
  if (state.current) document["current"] = recordJson(*state.current);
  if (state.accepted_id != 0) document["accepted"] = state.accepted_id;
  return document;
}

WatchState watchStateOf(const json& document, std::size_t channels) {
  WatchState state;
  document.at("quiet").get_to(state.quiet);
  state.clock = clockOf(document.at("clock"));
  state.alerts = alertsOf(document.at("alerts"));
  if (document.contains("current")) {
    state.current = recordOf(document.at("current"), channels);
  }
  if (document.contains("accepted")) document.at("accepted").get_to(state.accepted_id);
  return state;
}

}  // namespace hiss
