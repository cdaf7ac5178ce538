// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <string_view>

namespace hiss {

// What tables with commas are written of; commas are the writer's. [thread-safe]

// As it is: nothing in it would end a cell.
inline void appendText(fmt::memory_buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

// In quotes if it holds what would end a cell.
void appendCell(fmt::memory_buffer& out, std::string_view text);

// The shortest that reads as the same value; empty: it is not finite.
template <class Number>
void appendNumber(fmt::memory_buffer& out, Number value) {
  if (std::isfinite(value)) fmt::format_to(std::back_inserter(out), "{}", value);
}

}  // namespace hiss
