// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/engine/monitor/sink.h"

namespace hiss {

// The one form in JSON in which all sinks tell of scores and alerts, on one line without its end:
//
//   {"type":"score","stream":"pump","row":41,"time":"2026-11-22T14:30:05Z","p":0.5,"score":0.1,
//    "alarm_p":1e-05,"top":"flow","warming_up":false,"muted":false,"alert":null,
//    "values":{"flow":3.1},"low":{"flow":2.5},"high":{"flow":3.4}}
//   {"type":"alert","id":"...","phase":"began","kind":"anomaly","stream":"pump","begin_row":40,
//    "end_row":41,"begin":"2026-11-22T14:30:04Z","end":"2026-11-22T14:30:05Z","peak_score":1.5,
//    "peak_p":1e-08,"top":"flow","shares":{"flow":1},"values":{"flow":9.9},"text":"...",
//    "label":null,"note":null}
//
// Numbers are the shortest that read as the same value; those that are not finite, unknown times
// and empty labels and notes are null. Bytes that are not UTF-8 become U+FFFD. [thread-safe]
void appendScoreJson(fmt::memory_buffer& out, const ScoredRow& row);
void appendAlertJson(fmt::memory_buffer& out, const AlertEvent& event);

// A text in quotes, with what must be escaped escaped.
void appendJsonText(fmt::memory_buffer& out, std::string_view text);

// "2026-11-22T14:30:05.25Z": UTC, the fraction as long as it has to be, up to nanoseconds.
void appendIsoTime(fmt::memory_buffer& out, std::int64_t stamp_ns);
std::string isoTime(std::int64_t stamp_ns);

}  // namespace hiss
