// SPDX-License-Identifier: Apache-2.0
#include "app/cli/detect_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "app/engine/batch_report.h"
#include "app/engine/exit_codes.h"
#include "app/engine/sensors/table_cell.h"
#include "app/engine/sensors/time_stamp.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::size_t kMostAlertsSaid = 20;
constexpr std::size_t kMostShares = 16;

const char* nameOf(AlertKind kind) { return kind == AlertKind::kNoData ? "no-data" : "anomaly"; }

json timeOf(const std::string& time) { return time.empty() ? json(nullptr) : json(time); }

// Names and shares of the channels that an alert is owed to, the greatest first.
std::vector<std::pair<std::string, double>> topShares(const AlertRecord& alert,
                                                      const DetectReport& report) {
  std::vector<std::size_t> order(alert.shares.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return alert.shares[a] > alert.shares[b]; });
  order.resize(std::min(order.size(), kMostShares));
  std::vector<std::pair<std::string, double>> shares;
  shares.reserve(order.size());
  for (const std::size_t c : order) shares.emplace_back(report.channels[c], alert.shares[c]);
  return shares;
}

json alertJson(const AlertRecord& alert, const DetectReport& report) {
  json object = {{"id", alert.id},
                 {"kind", nameOf(alert.kind)},
                 {"begin", {{"row", alert.begin_row}, {"time", timeOf(alert.begin_time)}}},
                 {"end", {{"row", alert.end_row}, {"time", timeOf(alert.end_time)}}},
                 {"rows", alert.rows},
                 {"open", alert.open}};
  if (alert.kind == AlertKind::kNoData) return object;
  object["peak_score"] = alert.peak_score;
  object["p"] = alert.peak_p;
  object["top_channel"] = report.channels[static_cast<std::size_t>(alert.top_channel)];
  json shares = json::array();
  for (const auto& [channel, share] : topShares(alert, report)) {
    shares.push_back({{"channel", channel}, {"share", share}});
  }
  object["shares"] = shares;
  return object;
}

// Seconds since 1970 and the like are said as a date too.
std::string moment(std::uint64_t row, const std::string& time, bool has_seconds) {
  constexpr std::int64_t kLeast = 1'000'000'000;  // 2001-09-09
  if (time.empty()) return fmt::format("row {}", row);
  const std::optional<std::int64_t> number = has_seconds ? parseInteger(time) : std::nullopt;
  if (!number || *number < kLeast) return oneLine(time);
  const auto stamp = parseEpoch(time, epochUnitOf(static_cast<double>(*number)), '.');
  return stamp ? fmt::format("{} ({})", time, dateText(*stamp)) : time;
}

std::string alertText(const AlertRecord& alert, const DetectReport& report) {
  const bool timed = report.has_seconds;
  std::string text =
      fmt::format("  {}  {}", alert.id, moment(alert.begin_row, alert.begin_time, timed));
  if (alert.end_row != alert.begin_row)
    text += " to " + moment(alert.end_row, alert.end_time, timed);
  if (alert.kind == AlertKind::kNoData) return text + ": no data\n";
  text += fmt::format(": score {:.3g}, p {:.2g}", alert.peak_score, alert.peak_p);
  if (report.channels.size() > 1) {
    text += ",";
    const auto shares = topShares(alert, report);
    for (std::size_t i = 0; i < std::min<std::size_t>(shares.size(), 3); ++i) {
      if (i > 0 && shares[i].second < 0.05) break;
      text += fmt::format(" {} {:.0f} %", oneLine(shares[i].first), 100.0 * shares[i].second);
    }
  }
  return text + "\n";
}

std::string plural(std::uint64_t n, const char* one) {
  return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> remarks(const DetectReport& report) {
  std::vector<std::string> all = report.events.notes;
  const SourceEvents& events = report.events;
  const ClockState& clock = report.clock;
  if (events.missing_values > 0) {
    std::string text = plural(events.missing_values, "value") + " missing";
    if (events.text_cells > 0) {
      text += fmt::format(", of them {} no numbers, the first in {}", events.text_cells,
                          events.first_text);
    }
    all.push_back(text);
  }
  if (events.bad_stamps > 0) {
    all.push_back(fmt::format("{} not understood, the first in {}",
                              plural(events.bad_stamps, "time"), events.first_bad_stamp));
  }
  if (events.repeated_headers > 0) {
    all.push_back(plural(events.repeated_headers, "repeated header") + " passed over");
  }
  if (clock.duplicates > 0) {
    all.push_back(plural(clock.duplicates, "row") + " with the time of the row before");
  }
  if (clock.backward > 0) {
    all.push_back(plural(clock.backward, "row") + " with an earlier time than the row before");
  }
  if (clock.gaps > 0) {
    all.push_back(fmt::format("{}, the longest of {:.4g} usual intervals",
                              plural(clock.gaps, "gap"), clock.longest_gap_rows));
  }
  if (report.first_row + report.rows <= static_cast<std::uint64_t>(report.warm_up_rows)) {
    all.push_back(fmt::format("no row was judged: the first {} only teach", report.warm_up_rows));
  }
  if (report.flapping) all.emplace_back("the alerts flap: what follows counts to the newest one");
  return all;
}

json toJson(const DetectOutcome& outcome) {
  json object = entryJson(outcome.entry, outcome.failure);
  if (outcome.failure) return object;
  const DetectReport& report = *outcome.report;
  const ClockState& clock = report.clock;
  object["status"] = "done";
  object["rows"] = report.rows;
  object["first_row"] = report.first_row;
  object["channels"] = report.channels;
  object["time"] = {
      {"interval_s", report.interval_s > 0.0 ? json(report.interval_s) : json(nullptr)},
      {"duplicates", clock.duplicates},
      {"backward", clock.backward},
      {"gaps", clock.gaps},
      {"longest_gap_rows", clock.longest_gap_rows},
      {"not_understood", report.events.bad_stamps}};
  object["warm_up_rows"] = report.warm_up_rows;
  object["alarm_p"] = report.alarm_p;
  object["missing_values"] = report.events.missing_values;
  object["text_cells"] = report.events.text_cells;
  object["repeated_headers"] = report.events.repeated_headers;
  object["state_bytes_per_channel"] = report.state_bytes_per_channel;
  object["seconds"] = report.detector_seconds;
  object["peak"] = {
      {"row", report.peak_row}, {"time", timeOf(report.peak_time)}, {"score", report.peak_score}};
  object["alert_count"] = report.alerts;
  object["flapping"] = report.flapping;
  json alerts = json::array();
  for (const AlertRecord& alert : report.records) alerts.push_back(alertJson(alert, report));
  object["alerts"] = alerts;
  object["remarks"] = remarks(report);
  return object;
}

std::string toText(const DetectOutcome& outcome) {
  const DetectReport& report = *outcome.report;
  std::string text =
      fmt::format("{}: {} of {}", oneLine(outcome.entry.output.string()),
                  plural(report.rows, "row"), plural(report.channels.size(), "channel"));
  if (report.interval_s > 0.0) text += fmt::format(" every {}", durationText(report.interval_s));
  text +=
      fmt::format(", {} (alarms below p {:.2g})\n", plural(report.alerts, "alert"), report.alarm_p);
  const std::size_t said = std::min(report.records.size(), kMostAlertsSaid);
  for (std::size_t i = 0; i < said; ++i) text += alertText(report.records[i], report);
  if (report.alerts > said) {
    text += fmt::format("  and {} more (--json lists them)\n", report.alerts - said);
  }
  for (const std::string& remark : remarks(report)) {
    text += fmt::format("  note: {}\n", oneLine(remark));
  }
  return text;
}

}  // namespace hiss
