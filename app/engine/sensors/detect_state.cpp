// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/detect_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string_view>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "app/engine/journal.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "hiss-detect-state 1 ";
constexpr std::int64_t kMostBytes = std::int64_t{1} << 32;
constexpr std::size_t kMostNamesSaid = 12;

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

std::string bodyOf(const DetectState& state) {
  json document = {{"detector", state.detector},
                   {"channels", state.channels},
                   {"columns", state.columns},
                   {"has_seconds", state.has_seconds},
                   {"clock", clockJson(state.watch.clock)},
                   {"alerts", alertsJson(state.watch.alerts)},
                   {"quiet", state.watch.quiet}};
  if (state.watch.current) document["current"] = recordJson(*state.watch.current);
  // Names of columns may hold any bytes; what is not UTF-8 is replaced, in the names to compare
  // too.
  std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const std::string_view bytes(reinterpret_cast<const char*>(state.detector_bytes.data()),
                               state.detector_bytes.size());
  return text.append(bytes);
}

DetectState stateOfBody(std::string_view body) {
  const std::size_t end = body.find('\n');
  if (end == std::string_view::npos) throw std::runtime_error("no header");
  const json document = json::parse(body.substr(0, end));
  DetectState state;
  document.at("detector").get_to(state.detector);
  document.at("channels").get_to(state.channels);
  document.at("columns").get_to(state.columns);
  document.at("has_seconds").get_to(state.has_seconds);
  document.at("quiet").get_to(state.watch.quiet);
  state.watch.clock = clockOf(document.at("clock"));
  state.watch.alerts = alertsOf(document.at("alerts"));
  if (document.contains("current")) {
    state.watch.current = recordOf(document["current"], state.channels.size());
  }
  const auto bytes = std::as_bytes(std::span(body.substr(end + 1)));
  state.detector_bytes.assign(bytes.begin(), bytes.end());
  return state;
}

std::string said(const std::vector<std::string>& names) {
  const std::span<const std::string> first =
      std::span(names).first(std::min(names.size(), kMostNamesSaid));
  const std::string text = fmt::format("{}", fmt::join(first, ", "));
  return names.size() > kMostNamesSaid ? fmt::format("{}, ... ({} in all)", text, names.size())
                                       : text;
}

// As the state file holds it.
std::vector<std::string> asWritten(const std::vector<std::string>& names) {
  const std::string text = json(names).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(text).get<std::vector<std::string>>();
}

}  // namespace

std::optional<DetectState> readDetectState(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  ByteFile file = ByteFile::openForReading(path);
  const std::int64_t size = file.size();
  const auto refuse = [&](const std::string& found) {
    return Failure(FailureKind::kInput, path.string(), "a state of hiss detect", found);
  };
  if (size < 0 || size > kMostBytes) throw refuse("a file that is too large");
  std::string text(static_cast<std::size_t>(size), '\0');
  if (file.read(std::as_writable_bytes(std::span(text))) != text.size()) {
    throw refuse(file.lastError() != 0 ? errnoText(file.lastError()) : "a file that grew shorter");
  }
  const std::size_t end = text.find('\n');
  const std::string_view first = std::string_view(text).substr(0, end);
  if (!first.starts_with(kMagic.substr(0, kMagic.find(' ') + 1)) || end == std::string::npos) {
    throw refuse("something else");
  }
  if (!first.starts_with(kMagic)) {
    throw refuse("one of another version of hiss: " + std::string(first));
  }
  const std::string body = text.substr(end + 1);
  if (first.substr(kMagic.size()) != fingerprintOfText(body)) throw refuse("a damaged one");
  try {
    return stateOfBody(body);
  } catch (const std::exception& error) {  // of nlohmann::json, or a field out of range
    throw refuse(std::string("a damaged one: ") + error.what());
  }
}

void writeDetectState(const DetectState& state, AtomicOutput& output) {
  const std::string body = bodyOf(state);
  const std::string text = fmt::format("{}{}\n", kMagic, fingerprintOfText(body)) + body;
  if (output.file().write(std::as_bytes(std::span(text))) != text.size()) {
    throw Failure(FailureKind::kOutput, output.name(), "a file that can be written",
                  errnoText(output.file().lastError()));
  }
  output.commit();
}

DetectState stateOf(const SensorWatch& watch, const std::string& detector,
                    const std::vector<std::string>& columns) {
  return {detector,           watch.channels(), columns,
          watch.hasSeconds(), watch.state(),    watch.detectorState()};
}

void restoreWatch(const DetectState& state, const std::string& detector, SensorWatch& watch,
                  const std::string& name) {
  const auto refuse = [&](const std::string& expected, const std::string& found) {
    return Failure(FailureKind::kInput, name, expected, found);
  };
  if (state.detector != detector) {
    throw refuse("a state of the detector " + detector, "one of " + state.detector);
  }
  if (state.channels != asWritten(watch.channels())) {
    throw refuse("a state of the channels " + said(watch.channels()),
                 "one of " + said(state.channels));
  }
  if (state.has_seconds != watch.hasSeconds()) {
    throw refuse(
        watch.hasSeconds() ? "a state of rows with times" : "a state of rows without times",
        "another");
  }
  try {
    watch.restore(state.watch, state.detector_bytes);
  } catch (const std::runtime_error& error) {
    throw Failure(FailureKind::kInput, fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace hiss
