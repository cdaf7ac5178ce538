// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/units.h"

#include <array>
#include <cctype>
#include <limits>
#include <string>
#include <utility>

#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

// The number at the beginning of `text`, which loses it.
std::string_view takeDigits(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() &&
         (text[length] == '.' || (text[length] >= '0' && text[length] <= '9'))) {
    ++length;
  }
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

}  // namespace

std::optional<double> parseNumber(std::string_view text) {
  if (text != trimmed(text)) return std::nullopt;
  const Cell cell = parseCell(text, '.');
  if (cell.kind != Cell::Kind::kNumber) return std::nullopt;
  return cell.value;
}

std::optional<double> parseDuration(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 7> kUnits = {{
      {"", 1.0},
      {"ms", 1e-3},
      {"s", 1.0},
      {"m", 60.0},
      {"h", 3600.0},
      {"d", 86400.0},
      {"w", 604800.0},
  }};
  const std::optional<double> number = parseNumber(takeDigits(text));
  if (!number) return std::nullopt;
  for (const auto& [unit, seconds] : kUnits) {
    if (text == unit) return *number * seconds;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parseByteCount(std::string_view text) {
  const std::optional<std::int64_t> number = parseInteger(takeDigits(text));
  if (!number) return std::nullopt;
  unsigned shift = 0;
  static constexpr std::string_view kUnits = "KMGT";
  if (!text.empty()) {
    const std::size_t unit =
        kUnits.find(static_cast<char>(std::toupper(static_cast<unsigned char>(text.front()))));
    if (unit != std::string_view::npos) {
      shift = 10U * static_cast<unsigned>(unit + 1);
      text.remove_prefix(1);
      if (text == "iB") text = {};
    }
    if (text == "B") text = {};
  }
  const auto count = static_cast<std::uint64_t>(*number);
  if (!text.empty() || count > (std::numeric_limits<std::uint64_t>::max() >> shift)) {
    return std::nullopt;
  }
  return count << shift;
}

std::optional<bool> parseFlag(std::string_view text) {
  for (const std::string_view word : {"true", "1", "yes", "on"}) {
    if (equalsIgnoringCase(text, word)) return true;
  }
  for (const std::string_view word : {"false", "0", "no", "off"}) {
    if (equalsIgnoringCase(text, word)) return false;
  }
  return std::nullopt;
}

}  // namespace hiss
