// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hiss {

// A finite decimal number with nothing around it. [thread-safe]
std::optional<double> parseNumber(std::string_view text);

// "10" (seconds), "500ms", "30s", "5m", "12h", "7d", "2w"; in seconds, not negative. [thread-safe]
std::optional<double> parseDuration(std::string_view text);

// "500", "64k", "100M", "2G", "1T" (powers of 1024); a "B" or "iB" may follow. [thread-safe]
std::optional<std::uint64_t> parseByteCount(std::string_view text);

// true/false/1/0/yes/no/on/off in any case. [thread-safe]
std::optional<bool> parseFlag(std::string_view text);

}  // namespace hiss
