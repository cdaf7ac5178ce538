// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "app/engine/monitor/control/control_client.h"
#include "app/engine/monitor/units.h"
#include "app/engine/sensors/time_stamp.h"

namespace hiss {
namespace {

using nlohmann::json;
using Row = std::vector<std::string>;

// Characters, not bytes.
std::size_t widthOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// Columns as wide as they must be; the last one is left as it is.
std::string tableText(std::vector<Row> rows) {
  std::vector<std::size_t> widths;
  for (Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = oneLine(row[i].empty() ? "-" : row[i]);
      widths[i] = std::max(widths[i], widthOf(row[i]));
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text += std::string(widths[i] - widthOf(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

// A value as people read it: without quotes, "" for null.
std::string shown(const json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.dump();
}

std::string shown(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? std::string() : shown(*found);
}

double numberOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0.0;
}

bool isTrue(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && *found == true;
}

std::string statusText(const json& status) {
  std::string text = fmt::format("up {}; {} streams, {} with an alert; {} rows, {} alerts\n",
                                 durationText(numberOf(status, "uptime_seconds")),
                                 shown(status, "streams"), shown(status, "streams_alerting"),
                                 shown(status, "rows"), shown(status, "alerts"));
  text += fmt::format("{} messages malformed, {} rows dropped, {} streams refused; {} rows wait\n",
                      shown(status, "malformed"), shown(status, "dropped"),
                      shown(status, "streams_refused"), shown(status, "queue_rows"));
  text += fmt::format("latency {} (half of the rows), {} (99 of 100); detectors took {}\n",
                      durationText(numberOf(status, "latency_p50_seconds")),
                      durationText(numberOf(status, "latency_p99_seconds")),
                      durationText(numberOf(status, "model_seconds")));
  const std::string problem = shown(status, "state_problem");
  const std::string age = shown(status, "state_age_seconds");
  text += age.empty() ? "state: not saved yet"
                      : fmt::format("state: saved {} ago, {} bytes",
                                    durationText(numberOf(status, "state_age_seconds")),
                                    shown(status, "state_bytes"));
  if (!problem.empty()) text += fmt::format("; not since: {}", oneLine(problem));
  text += '\n';
  std::vector<Row> rows = {{"SOURCE", "STATE", "ROWS", "MALFORMED", "DROPPED", "PROBLEM"}};
  for (const json& source : status.at("sources")) {
    rows.push_back({shown(source, "uri"),
                    isTrue(source, "ended")       ? "ended"
                    : isTrue(source, "connected") ? "connected"
                                                  : "waits",
                    shown(source, "rows"), shown(source, "malformed"), shown(source, "dropped"),
                    shown(source, "problem")});
  }
  text += '\n';
  text += tableText(std::move(rows));
  rows = {{"SINK", "STATE", "WRITTEN", "QUEUED", "DROPPED", "PROBLEM"}};
  for (const json& sink : status.at("sinks")) {
    rows.push_back({shown(sink, "uri"), isTrue(sink, "connected") ? "connected" : "waits",
                    shown(sink, "written"), shown(sink, "queued"), shown(sink, "dropped"),
                    shown(sink, "problem")});
  }
  text += '\n';
  text += tableText(std::move(rows));
  return text;
}

std::string stateOf(const json& stream) {
  std::string state = isTrue(stream, "no_data")      ? "no data"
                      : isTrue(stream, "warming_up") ? "warming up"
                                                     : "watched";
  const std::string alert = shown(stream, "alert");
  if (!alert.empty()) state = fmt::format("alert {}", alert);
  if (isTrue(stream, "muted")) state += ", muted";
  return state;
}

std::string streamsText(const json& result) {
  std::vector<Row> rows = {{"STREAM", "CHANNELS", "ROWS", "SCORE", "SEEN", "ALERTS", "STATE"}};
  for (const json& stream : result.at("streams")) {
    rows.push_back({shown(stream, "stream"), shown(stream, "channels"), shown(stream, "rows"),
                    shown(stream, "score"),
                    fmt::format("{} ago", durationText(numberOf(stream, "last_seen_seconds"))),
                    shown(stream, "alerts"), stateOf(stream)});
  }
  return tableText(std::move(rows));
}

std::string alertsText(const json& result) {
  std::vector<Row> rows = {{"ID", "PHASE", "KIND", "BEGAN", "PEAK", "LABEL", "WHAT"}};
  for (const json& alert : result.at("alerts")) {
    rows.push_back({shown(alert, "id"), shown(alert, "phase"), shown(alert, "kind"),
                    shown(alert, "begin"), shown(alert, "peak_score"), shown(alert, "label"),
                    shown(alert, "text")});
  }
  return tableText(std::move(rows));
}

std::string labelsText(const json& result) {
  std::vector<Row> rows = {{"GIVEN", "ID", "STREAM", "LABEL", "NOTE"}};
  for (const json& label : result.at("labels")) {
    rows.push_back({shown(label, "time"), shown(label, "id"), shown(label, "stream"),
                    shown(label, "label"), shown(label, "note")});
  }
  return tableText(std::move(rows));
}

std::string csvCell(const json& value) {
  // Numbers as JSON has them, so that they read as the same value.
  std::string text = value.is_number() ? value.dump() : shown(value);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

std::string labelsCsv(const json& result) {
  static const std::vector<std::string> kColumns = {
      "time",    "id",    "stream", "kind",       "label",  "note", "begin_row",
      "end_row", "begin", "end",    "peak_score", "peak_p", "top"};
  const auto line = [](const std::vector<std::string>& cells) {
    return fmt::format("{}\n", fmt::join(cells, ","));
  };
  std::string text = line(kColumns);
  for (const json& label : result.at("labels")) {
    std::vector<std::string> cells;
    cells.reserve(kColumns.size());
    for (const std::string& column : kColumns)
      cells.push_back(csvCell(label.value(column, json())));
    text += line(cells);
  }
  return text;
}

std::string doneText(const CtlOptions& options, const json& result) {
  if (options.command == "ack") return fmt::format("acknowledged {}\n", oneLine(options.id));
  if (options.command == "label") {
    return fmt::format(
        "labelled {} {}{}\n", oneLine(options.id), options.label,
        isTrue(result, "kept") ? "" : ", but not kept: the monitor has no state folder");
  }
  if (options.command == "mute") {
    return fmt::format("no alerts of {} for {}\n", oneLine(options.glob),
                       durationText(numberOf(result, "seconds")));
  }
  if (options.command == "unmute") {
    return fmt::format("alerts of {} again\n", oneLine(options.glob));
  }
  return options.command == "save" ? "the state is saved\n" : "the configuration was read again\n";
}

json requestOf(const CtlOptions& options) {
  json request = {{"command", options.command}};
  if (!options.glob.empty()) request["glob"] = options.glob;
  if (!options.id.empty()) request["id"] = options.id;
  if (!options.label.empty()) request["label"] = options.label;
  if (!options.note.empty()) request["note"] = fmt::format("{}", fmt::join(options.note, " "));
  if (options.most > 0) request["most"] = options.most;
  if (!options.duration.empty()) {
    const std::optional<double> seconds = parseDuration(options.duration);
    if (!seconds || *seconds <= 0.0) {
      throw Failure(FailureKind::kUsage, "duration", "a time such as 30s, 10m, 8h or 2d",
                    "\"" + options.duration + "\"");
    }
    request["seconds"] = *seconds;
  }
  return request;
}

FailureKind kindOf(const std::string& name) {
  for (const FailureKind kind :
       {FailureKind::kUsage, FailureKind::kInput, FailureKind::kModel, FailureKind::kOutput}) {
    if (nameOf(kind) == name) return kind;
  }
  return FailureKind::kInternal;
}

// The monitor's answer to the request. Throws Failure for an error of either side.
json ask(const CtlOptions& options) {
  const std::string request =
      requestOf(options).dump(-1, ' ', false, json::error_handler_t::replace);
  const json answer = json::parse(askMonitor(options.control, request), nullptr, false);
  const bool is_good = answer.is_object() && answer.value("ok", false);
  if (is_good && answer.contains("result")) return answer["result"];
  if (!answer.is_object() || !answer.contains("error")) {
    throw Failure(FailureKind::kInput, options.control, "an answer of the monitor", "another text");
  }
  throw Failure(kindOf(answer.value("kind", "")), answer.value("error", ""));
}

}  // namespace

ExitCode runCtl(const CtlOptions& options) {
  if (options.control.empty()) {
    throw Failure(FailureKind::kUsage, "--control", "the path of the monitor's control socket",
                  "none (nor the environment variable HISS_CONTROL)");
  }
  const json result = ask(options);
  if (options.csv) {
    printText(labelsCsv(result));
  } else if (options.json) {
    printJson(result);
  } else if (options.command == "status") {
    printText(statusText(result));
  } else if (options.command == "streams") {
    printText(streamsText(result));
  } else if (options.command == "alerts") {
    printText(alertsText(result));
  } else if (options.command == "labels") {
    printText(labelsText(result));
  } else {
    printText(doneText(options, result));
  }
  return ExitCode::kOk;
}

}  // namespace hiss
