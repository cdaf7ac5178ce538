// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hiss {

// What the numbers of a time column count. Texts like 2026-11-22 14:30:00 say it themselves.
enum class TimeUnit {
  kRows,  // plain row numbers: order only, no seconds
  kSeconds,
  kMilliseconds,
  kMicroseconds,
  kNanoseconds,
};

// Nanoseconds since 1970-01-01T00:00Z of a date, with or without a time of day:
//
//   2026-11-22   2026-11-22 14:30   2026-11-22T14:30:05.25Z   2026-11-22 14:30:05,25+01:00
//   2026/11/22 14:30   22.11.2026 14:30:05   20261122T143005Z
//
// A stamp without a zone counts as UTC. Fractions beyond nanoseconds are cut off. Empty for any
// other text and for years outside 1678 ... 2261. [thread-safe]
std::optional<std::int64_t> parseDate(std::string_view text);

// Nanoseconds of a number of `unit`; `decimal` is '.' or ','. kRows: one row is one nanosecond.
// Empty if the text is no finite number or lies outside 292 years. [thread-safe]
std::optional<std::int64_t> parseEpoch(std::string_view text, TimeUnit unit, char decimal);

// The unit of stamps like `value` if they count from 1970: seconds up to 1e11, then milliseconds
// (to 1e14), microseconds (to 1e17) and nanoseconds. [thread-safe]
TimeUnit epochUnitOf(double value);

// "2026-11-22 14:30:05" (UTC), with milliseconds if they are not zero. [thread-safe]
std::string dateText(std::int64_t stamp_ns);

// "5 min", "1 s", "62.5 ms". [thread-safe]
std::string durationText(double seconds);

}  // namespace hiss
