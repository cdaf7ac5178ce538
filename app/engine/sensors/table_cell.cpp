// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/table_cell.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace hiss {
namespace {

constexpr std::array<std::string_view, 12> kMissingWords = {
    "nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "--", "?", "nul", "missing"};
constexpr std::size_t kMostNumberBytes = 400;  // longer than any double is written

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool startsNumber(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == ',' || c == '+' || c == '-';
}

Cell wordCell(std::string_view text) {
  const bool missing =
      std::any_of(kMissingWords.begin(), kMissingWords.end(),
                  [&](std::string_view word) { return equalsIgnoringCase(text, word); });
  Cell cell;
  cell.kind = missing ? Cell::Kind::kMissing : Cell::Kind::kText;
  return cell;
}

bool isInfinityWord(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return equalsIgnoringCase(text, "inf") || equalsIgnoringCase(text, "infinity") ||
         equalsIgnoringCase(text, "nan");
}

// Which side of what a double holds a number is that from_chars found out of range.
bool isTiny(const char* begin, const char* end) {
  const char* const exponent =
      std::find_if(begin, end, [](char c) { return c == 'e' || c == 'E'; });
  if (exponent != end) return exponent + 1 != end && exponent[1] == '-';
  const char* const point = std::find(begin, end, '.');
  return std::all_of(begin, point, [](char c) { return c == '0' || c == '-'; });
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::int64_t> parseInteger(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Cell parseCell(std::string_view text, char decimal) {
  Cell cell;
  if (text.empty()) return cell;
  if (isInfinityWord(text)) return cell;
  if (!startsNumber(text.front()) || text.size() > kMostNumberBytes) return wordCell(text);
  const std::string_view whole = text;
  if (text.front() == '+') text.remove_prefix(1);
  std::array<char, kMostNumberBytes> buffer{};
  const char* begin = text.data();
  if (decimal == ',') {
    const auto commas = std::count(text.begin(), text.end(), ',');
    if (commas > 1 || (commas == 1 && text.find('.') != std::string_view::npos)) {
      return wordCell(whole);
    }
    std::replace_copy(text.begin(), text.end(), buffer.begin(), ',', '.');
    begin = buffer.data();
  }
  const char* const end = begin + text.size();
  double value = 0.0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  const bool signs_twice = whole.size() > text.size() && !text.empty() && text.front() == '-';
  if (error == std::errc::invalid_argument || stop != end || signs_twice) return wordCell(whole);
  if (error == std::errc::result_out_of_range) {
    if (!isTiny(begin, end)) return cell;
    value = 0.0;
  }
  if (!std::isfinite(value)) return cell;
  cell.kind = Cell::Kind::kNumber;
  cell.value = value;
  return cell;
}

}  // namespace hiss
