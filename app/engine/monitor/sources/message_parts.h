// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/observation.h"

namespace hiss {

// What the decoders of all formats have in common. [thread-safe]

// Length of the UTF-8 character that `text` begins with; 0: there is none, or a damaged one.
std::size_t utf8Length(std::string_view text);

// `text` as a name of a stream or field: control characters, and bytes that are no UTF-8, as \xNN.
std::string cleanName(std::string_view text);

// Checks a row's names and cleans them: at least one character, at most
// RowDecoder::kMostNameBytes, none twice, at most RowDecoder::kMostFields. False with a sentence in
// `why`.
bool checkFields(std::vector<Field>& fields, std::string& why);
// The same of a stream's name.
bool checkStream(std::string& stream, std::string& why);

// A number as texts hold it, or 1 for true and on, 0 for false and off. Empty for other texts.
std::optional<double> valueOfText(std::string_view text);

// A date, or a number since 1970 of the unit that `name` ends with or that its size tells.
std::optional<std::int64_t> stampOfText(std::string_view text, std::string_view name);
std::optional<std::int64_t> stampOfNumber(std::string_view text, std::string_view name,
                                          char decimal = '.');

// 2001-09-09T01:46:40Z, a billion seconds: what is before is no time of day of a sensor.
inline constexpr std::int64_t kFirstTimeOfDayNs = 1'000'000'000'000'000'000;
// Whether it is a time of day from then to 2128.
bool isOfToday(std::int64_t stamp_ns);

// "a, b" as its parts, without the blanks around them and without empty ones.
std::vector<std::string> splitList(std::string_view text);

// At most 40 bytes of what was found, in quotes.
std::string quotedPart(std::string_view text);

}  // namespace hiss
