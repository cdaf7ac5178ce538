// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/table_fields.h"

#include <algorithm>

#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

// A quote opens a cell only where one begins; the separator need not be known yet.
bool endsCell(char c) { return c == ',' || c == ';' || c == '\t' || c == '|' || c == '\n'; }

bool isBlank(char c, char separator) { return (c == ' ' || c == '\t') && c != separator; }

}  // namespace

std::size_t endOfTableLine(std::string_view text, std::size_t& line_feeds) {
  line_feeds = 1;
  const std::size_t first = text.find('\n');
  if (text.substr(0, first).find('"') == std::string_view::npos) {
    return first == std::string_view::npos ? first : first + 1;
  }
  line_feeds = 0;
  bool quoted = false;
  bool at_begin = true;  // of a cell, but for blanks
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line_feeds;
    if (quoted) {
      quoted = c != '"';  // the second of "" opens it again: it stands where a quote may
      at_begin = true;
      continue;
    }
    if (c == '"' && at_begin) {
      quoted = true;
      continue;
    }
    if (c == '\n') return i + 1;
    at_begin = endsCell(c) || (at_begin && c == ' ');
  }
  return std::string_view::npos;
}

std::size_t splitTableLine(std::span<char> line, char separator,
                           std::vector<std::string_view>& cells) {
  cells.clear();
  char* at = line.data();
  char* const end = at + line.size();
  for (;;) {
    char* begin = at;
    while (begin < end && isBlank(*begin, separator)) ++begin;
    if (begin < end && *begin == '"') {
      char* out = ++begin;
      at = begin;
      bool closed = false;
      while (at < end && !closed) {
        if (*at != '"') {
          *out++ = *at++;
        } else if (at + 1 < end && at[1] == '"') {
          *out++ = '"';
          at += 2;
        } else {
          ++at;
          closed = true;
        }
      }
      while (at < end && isBlank(*at, separator)) ++at;
      cells.emplace_back(begin, static_cast<std::size_t>(out - begin));
      if (!closed || (at < end && (*at != separator || separator == '\0'))) return cells.size();
    } else {
      at = separator == '\0' ? end : std::find(at, end, separator);
      cells.push_back(trimmed({begin, static_cast<std::size_t>(std::max(at, begin) - begin)}));
    }
    if (at >= end) return 0;
    ++at;
  }
}

}  // namespace hiss
