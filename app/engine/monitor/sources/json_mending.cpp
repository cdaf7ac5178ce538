// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/json_mending.h"

#include <fmt/format.h>

#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

constexpr std::string_view kWordCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";

// NaN, -Infinity, 1e999: what parseCell calls missing though JSON would not write it so.
bool isUnknownNumber(std::string_view word) {
  if (word == "null" || word.empty()) return false;
  const bool begins = word.front() == '-' || (word.front() >= '0' && word.front() <= '9') ||
                      word.front() == 'N' || word.front() == 'n' || word.front() == 'I' ||
                      word.front() == 'i';
  return begins && word != "-" && parseCell(word, '.').kind == Cell::Kind::kMissing &&
         !equalsIgnoringCase(word, "none") && !equalsIgnoringCase(word, "nil");
}

// A text from its quote to the one that ends it, or as far as it goes.
std::size_t endOfText(std::string_view rest) {
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      return i + 1;
    }
  }
  return rest.size();
}

bool appendText(std::string_view text, std::string& to) {
  bool changed = false;
  while (!text.empty()) {
    const std::size_t length = utf8Length(text);
    if (length > 0) {
      to += text.substr(0, length);
      text.remove_prefix(length);
      continue;
    }
    to += fmt::format("\\\\x{:02x}", static_cast<unsigned char>(text.front()));
    text.remove_prefix(1);
    changed = true;
  }
  return changed;
}

}  // namespace

std::optional<std::string> mendedJson(std::string_view text) {
  std::string mended;
  bool changed = false;
  while (!text.empty()) {
    if (text.front() == '"') {
      const std::size_t end = endOfText(text);
      changed = appendText(text.substr(0, end), mended) || changed;
      text.remove_prefix(end);
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of(kWordCharacters), text.size());
    if (end == 0) {
      mended += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::string_view word = text.substr(0, end);
    const bool unknown = isUnknownNumber(word);
    mended += unknown ? "null" : word;
    changed = changed || unknown;
    text.remove_prefix(end);
  }
  if (!changed) return std::nullopt;
  return mended;
}

}  // namespace hiss
