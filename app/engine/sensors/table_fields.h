// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace hiss {

// Where the first line of a table in `text` ends: the place behind its line feed, or npos if there
// is none yet. A line feed between quotes belongs to a cell. `line_feeds` gets how many the line
// has. [thread-safe]
std::size_t endOfTableLine(std::string_view text, std::size_t& line_feeds);

// Cuts a line, without its line end, into its cells. A cell may stand in quotes, with "" for one
// within; others lose the blanks around them. `separator` '\0': the whole line is one cell. Quotes
// are taken out in place, so that the cells point into `line`. Returns 0, or the number of the
// cell, from 1, in which something follows the closing quote or which is never closed.
// [thread-safe]
std::size_t splitTableLine(std::span<char> line, char separator,
                           std::vector<std::string_view>& cells);

}  // namespace hiss
