// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/message_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/engine/monitor/sources/row_decoder.h"
#include "app/engine/sensors/table_cell.h"
#include "app/engine/sensors/time_names.h"

namespace hiss {
namespace {

constexpr std::size_t kFewFields = 12;
constexpr std::size_t kMostQuoted = 40;

bool isPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// The first name that is there twice; empty: none.
std::string_view repeatedName(const std::vector<Field>& fields) {
  if (fields.size() <= kFewFields) {
    for (std::size_t i = 1; i < fields.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (fields[i].name == fields[j].name) return fields[i].name;
      }
    }
    return {};
  }
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const Field& field : fields) names.emplace_back(field.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? std::string_view() : *twice;
}

}  // namespace

std::size_t utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return follows(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    // Neither more bytes than needed, nor halves of UTF-16 pairs.
    const bool overlong = first == 0xE0U && byte(1) < 0xA0U;
    const bool half = first == 0xEDU && byte(1) > 0x9FU;
    return follows(1) && follows(2) && !overlong && !half ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const bool overlong = first == 0xF0U && byte(1) < 0x90U;
    const bool beyond = first == 0xF4U && byte(1) > 0x8FU;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::string cleanName(std::string_view text) {
  if (isPlain(text)) return std::string(text);
  std::string clean;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8Length(text);
    if (length == 0 || first < 0x20U || first == 0x7FU) {
      clean += fmt::format("\\x{:02x}", first);
      text.remove_prefix(1);
      continue;
    }
    clean += text.substr(0, length);
    text.remove_prefix(length);
  }
  return clean;
}

bool checkFields(std::vector<Field>& fields, std::string& why) {
  if (fields.size() > RowDecoder::kMostFields) {
    why =
        fmt::format("expected at most {} fields, found {}", RowDecoder::kMostFields, fields.size());
    return false;
  }
  for (Field& field : fields) {
    if (!isPlain(field.name)) field.name = cleanName(field.name);
    if (field.name.empty()) field.name = "value";
    if (field.name.size() > RowDecoder::kMostNameBytes) {
      why = fmt::format("expected names of at most {} bytes, found {}", RowDecoder::kMostNameBytes,
                        quotedPart(field.name));
      return false;
    }
  }
  const std::string_view twice = repeatedName(fields);
  if (twice.empty()) return true;
  why = fmt::format("expected each field once, found {} twice", quotedPart(twice));
  return false;
}

bool checkStream(std::string& stream, std::string& why) {
  if (!isPlain(stream)) stream = cleanName(stream);
  if (stream.empty()) {
    why = "expected a name of the stream, found an empty one";
    return false;
  }
  if (stream.size() <= RowDecoder::kMostNameBytes) return true;
  why = fmt::format("expected a stream's name of at most {} bytes, found {}",
                    RowDecoder::kMostNameBytes, quotedPart(stream));
  return false;
}

std::optional<double> valueOfText(std::string_view text) {
  text = trimmed(text);
  const Cell cell = parseCell(text, '.');
  if (cell.kind == Cell::Kind::kNumber) return cell.value;
  if (equalsIgnoringCase(text, "true") || equalsIgnoringCase(text, "on")) return 1.0;
  if (equalsIgnoringCase(text, "false") || equalsIgnoringCase(text, "off")) return 0.0;
  return std::nullopt;
}

std::optional<std::int64_t> stampOfText(std::string_view text, std::string_view name) {
  text = trimmed(text);
  if (const auto date = parseDate(text)) return date;
  return stampOfNumber(text, name);
}

std::optional<std::int64_t> stampOfNumber(std::string_view text, std::string_view name,
                                          char decimal) {
  const Cell cell = parseCell(text, decimal);
  if (cell.kind != Cell::Kind::kNumber) return std::nullopt;
  const TimeUnit unit = timeUnitInName(name).value_or(epochUnitOf(cell.value));
  return parseEpoch(text, unit, decimal);
}

bool isOfToday(std::int64_t stamp_ns) {
  return stamp_ns >= kFirstTimeOfDayNs && stamp_ns < 5 * kFirstTimeOfDayNs;
}

std::vector<std::string> splitList(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = trimmed(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

std::string quotedPart(std::string_view text) {
  if (text.size() <= kMostQuoted) return fmt::format("\"{}\"", text);
  return fmt::format("\"{}...\"", text.substr(0, kMostQuoted));
}

}  // namespace hiss
