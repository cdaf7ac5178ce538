// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace hiss {

// What one cell of a table says.
struct Cell {
  enum class Kind {
    kNumber,   // a finite number
    kMissing,  // empty, NaN, NA, N/A, #N/A, null, none, nil, -, --, ?, or infinite
    kText,     // anything else
  };
  Kind kind = Kind::kMissing;
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN unless a number
};

// `text` without blanks around it; `decimal` is '.' or ','. Numbers are decimal, with or without a
// sign and an exponent; one beyond what a double holds counts as infinite, one that is too small
// is 0. Thousands separators and units are text. The process's locale does not matter.
// [thread-safe]
Cell parseCell(std::string_view text, char decimal);

// A whole number of 64 bits with nothing around it. [thread-safe]
std::optional<std::int64_t> parseInteger(std::string_view text);

// Without the blanks (spaces and tabs) at both ends. [thread-safe]
std::string_view trimmed(std::string_view text);

// Equal but for the case of the letters A to Z. [thread-safe]
bool equalsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace hiss
