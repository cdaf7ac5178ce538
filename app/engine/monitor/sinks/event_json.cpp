// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/event_json.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

namespace hiss {
namespace {

void append(fmt::memory_buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

template <class Number>
void appendNumber(fmt::memory_buffer& out, Number value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(out), "{}", value);
  } else {
    append(out, "null");
  }
}

void appendTime(fmt::memory_buffer& out, std::optional<std::int64_t> stamp_ns) {
  if (!stamp_ns) return append(out, "null");
  out.push_back('"');
  appendIsoTime(out, *stamp_ns);
  out.push_back('"');
}

void appendTextOrNull(fmt::memory_buffer& out, std::string_view text) {
  if (text.empty()) return append(out, "null");
  appendJsonText(out, text);
}

void appendFlag(fmt::memory_buffer& out, bool value) { append(out, value ? "true" : "false"); }

// {"NAME":NUMBER,...} of `count` channels.
template <class NameOf, class ValueOf>
void appendNumbers(fmt::memory_buffer& out, std::size_t count, NameOf name_of, ValueOf value_of) {
  out.push_back('{');
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out.push_back(',');
    appendJsonText(out, name_of(i));
    out.push_back(':');
    appendNumber(out, value_of(i));
  }
  out.push_back('}');
}

void appendPairs(fmt::memory_buffer& out,
                 const std::vector<std::pair<std::string, double>>& pairs) {
  appendNumbers(
      out, pairs.size(), [&](std::size_t i) -> std::string_view { return pairs[i].first; },
      [&](std::size_t i) { return pairs[i].second; });
}

}  // namespace

std::string_view nameOf(MonitorAlertKind kind) {
  switch (kind) {
    case MonitorAlertKind::kAnomaly:
      return "anomaly";
    case MonitorAlertKind::kNoData:
      return "no_data";
    case MonitorAlertKind::kLimit:
      break;
  }
  return "limit";
}

std::string_view nameOf(AlertPhase phase) {
  switch (phase) {
    case AlertPhase::kBegan:
      return "began";
    case AlertPhase::kEnded:
      return "ended";
    case AlertPhase::kAcknowledged:
      return "acknowledged";
    case AlertPhase::kLabelled:
      break;
  }
  return "labelled";
}

void appendJsonText(fmt::memory_buffer& out, std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
  });
  if (!plain) {
    return append(
        out, nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  out.push_back('"');
  append(out, text);
  out.push_back('"');
}

void appendIsoTime(fmt::memory_buffer& out, std::int64_t stamp_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(stamp_ns)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::int64_t of_day = (time - day).count();
  const std::int64_t seconds = of_day / 1'000'000'000;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()), seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
  if (std::int64_t rest = of_day % 1'000'000'000; rest != 0) {
    int digits = 9;
    for (; rest % 10 == 0; rest /= 10) --digits;
    fmt::format_to(std::back_inserter(out), ".{:0{}}", rest, digits);
  }
  out.push_back('Z');
}

std::string isoTime(std::int64_t stamp_ns) {
  fmt::memory_buffer text;
  appendIsoTime(text, stamp_ns);
  return fmt::to_string(text);
}

void appendScoreJson(fmt::memory_buffer& out, const ScoredRow& row) {
  const auto channel = [&](std::size_t i) -> std::string_view { return row.channels[i]; };
  append(out, R"({"type":"score","stream":)");
  appendJsonText(out, row.stream);
  fmt::format_to(std::back_inserter(out), R"(,"row":{},"time":)", row.row);
  appendTime(out, row.stamp_ns);
  append(out, R"(,"p":)");
  appendNumber(out, row.p);
  append(out, R"(,"score":)");
  appendNumber(out, row.score);
  append(out, R"(,"alarm_p":)");
  appendNumber(out, row.alarm_p);
  append(out, R"(,"top":)");
  const auto top = static_cast<std::size_t>(row.top_channel);
  appendTextOrNull(out, top < row.channels.size() ? channel(top) : std::string_view());
  append(out, R"(,"warming_up":)");
  appendFlag(out, row.warming_up);
  append(out, R"(,"muted":)");
  appendFlag(out, row.muted);
  append(out, R"(,"alert":)");
  appendTextOrNull(out, row.alert_id);
  append(out, R"(,"values":)");
  appendNumbers(out, row.channels.size(), channel, [&](std::size_t i) { return row.values[i]; });
  append(out, R"(,"low":)");
  appendNumbers(out, row.channels.size(), channel,
                [&](std::size_t i) { return row.verdicts[i].low; });
  append(out, R"(,"high":)");
  appendNumbers(out, row.channels.size(), channel,
                [&](std::size_t i) { return row.verdicts[i].high; });
  out.push_back('}');
}

void appendAlertJson(fmt::memory_buffer& out, const AlertEvent& event) {
  append(out, R"({"type":"alert","id":)");
  appendJsonText(out, event.id);
  fmt::format_to(std::back_inserter(out), R"(,"phase":"{}","kind":"{}","stream":)",
                 nameOf(event.phase), nameOf(event.kind));
  appendJsonText(out, event.stream);
  fmt::format_to(std::back_inserter(out), R"(,"begin_row":{},"end_row":{},"begin":)",
                 event.begin_row, event.end_row);
  appendTime(out, event.begin_stamp_ns);
  append(out, R"(,"end":)");
  appendTime(out, event.end_stamp_ns);
  append(out, R"(,"peak_score":)");
  appendNumber(out, event.peak_score);
  append(out, R"(,"peak_p":)");
  appendNumber(out, event.peak_p);
  append(out, R"(,"top":)");
  appendTextOrNull(out, event.top_channel);
  append(out, R"(,"shares":)");
  appendPairs(out, event.shares);
  append(out, R"(,"values":)");
  appendPairs(out, event.values);
  append(out, R"(,"text":)");
  appendJsonText(out, event.text);
  append(out, R"(,"label":)");
  appendTextOrNull(out, event.label);
  append(out, R"(,"note":)");
  appendTextOrNull(out, event.note);
  out.push_back('}');
}

}  // namespace hiss
