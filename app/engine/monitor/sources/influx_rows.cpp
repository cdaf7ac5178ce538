// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/influx_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/sensors/table_cell.h"
#include "app/engine/sensors/time_stamp.h"

namespace hiss {
namespace {

// Where the first of `ends` stands that no backslash precedes; the text's size: nowhere.
std::size_t findUnescaped(std::string_view text, std::string_view ends) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (ends.find(text[i]) != std::string_view::npos) {
      return i;
    }
  }
  return text.size();
}

// Without the backslashes before , = and blanks; others stand for themselves, as Influx has it.
std::string unescaped(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == '\\' && i + 1 < text.size() &&
                         std::string_view(", =\\").find(text[i + 1]) != std::string_view::npos;
    if (escapes) ++i;
    plain += text[i];
  }
  return plain;
}

// Cuts the part before the first of `ends` off the front of `rest`, which then begins with that
// end.
std::string_view cutAt(std::string_view& rest, std::string_view ends) {
  const std::size_t end = findUnescaped(rest, ends);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end);
  return part;
}

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest.front() != c) return false;
  rest.remove_prefix(1);
  return true;
}

void skipBlanks(std::string_view& rest) {
  while (take(rest, ' ') || take(rest, '\t')) {
  }
}

// A number with the suffixes of Influx, or a word for true or false. Empty for others.
std::optional<double> fieldValue(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool has_suffix = text.size() > 1 && (text.back() == 'i' || text.back() == 'u');
  const Cell cell = parseCell(has_suffix ? text.substr(0, text.size() - 1) : text, '.');
  if (cell.kind == Cell::Kind::kNumber) return cell.value;
  if (equalsIgnoringCase(text, "true") || equalsIgnoringCase(text, "t")) return 1.0;
  if (equalsIgnoringCase(text, "false") || equalsIgnoringCase(text, "f")) return 0.0;
  if (cell.kind == Cell::Kind::kMissing) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

// Passes over a text with its quotes; false if it is never closed.
bool skipString(std::string_view& rest) {
  rest.remove_prefix(1);
  const std::size_t end = findUnescaped(rest, "\"");
  if (end == rest.size()) return false;
  rest.remove_prefix(end + 1);
  return true;
}

}  // namespace

bool looksLikeInflux(std::string_view line) {
  const std::size_t blank = findUnescaped(line, " ");
  if (blank == 0 || blank == line.size()) return false;
  const std::string_view measurement = line.substr(0, findUnescaped(line, ", "));
  if (measurement.empty() || measurement.find('=') != std::string_view::npos) return false;
  std::string_view fields = line.substr(blank);
  skipBlanks(fields);
  const std::size_t mark = findUnescaped(fields, "=, ");
  return mark > 0 && mark < fields.size() && fields[mark] == '=';
}

InfluxRows::InfluxRows(const DecodeSettings& settings) : wanted_(splitList(settings.stream)) {}

std::string InfluxRows::streamOf(std::string measurement) {
  std::sort(tags_.begin(), tags_.end());
  for (const auto& [name, value] : tags_) {
    const bool is_wanted =
        wanted_.empty() || std::find(wanted_.begin(), wanted_.end(), name) != wanted_.end();
    if (is_wanted) measurement += fmt::format(",{}={}", name, value);
  }
  return measurement;
}

bool InfluxRows::parseFields(std::string_view& rest, std::vector<Field>& fields,
                             std::string& why) const {
  do {
    const std::string_view name = cutAt(rest, "=, ");
    if (name.empty() || !take(rest, '=')) {
      why = fmt::format("expected FIELD=VALUE, found {}", quotedPart(name));
      return false;
    }
    if (!rest.empty() && rest.front() == '"') {
      if (skipString(rest) && (rest.empty() || rest.front() == ',' || rest.front() == ' ')) {
        continue;
      }
      why = fmt::format("expected a text in quotes as field {}, found no end of it",
                        quotedPart(name));
      return false;
    }
    const std::string_view text = cutAt(rest, ", ");
    const std::optional<double> value = fieldValue(text);
    if (!value) {
      why = fmt::format("expected a number as field {}, found {}", quotedPart(name),
                        quotedPart(text));
      return false;
    }
    if (fields.size() > RowDecoder::kMostFields) break;  // and refused
    fields.push_back({unescaped(name), *value});
  } while (take(rest, ','));
  return true;
}

bool InfluxRows::decode(std::string_view line, std::vector<Observation>& rows, std::string& why) {
  std::string_view rest = line;
  tags_.clear();
  const std::string_view measurement = cutAt(rest, ", ");
  if (measurement.empty()) {
    why = "expected MEASUREMENT[,TAG=VALUE] FIELD=VALUE, found no measurement";
    return false;
  }
  while (take(rest, ',')) {
    const std::string_view name = cutAt(rest, "=, ");
    if (name.empty() || !take(rest, '=') || tags_.size() >= RowDecoder::kMostFields) {
      why = fmt::format("expected TAG=VALUE, found {}", quotedPart(name));
      return false;
    }
    tags_.emplace_back(unescaped(name), unescaped(cutAt(rest, ", ")));
  }
  skipBlanks(rest);
  Observation row;
  if (!parseFields(rest, row.fields, why) || !checkFields(row.fields, why)) return false;
  skipBlanks(rest);
  const std::string_view time = trimmed(rest);
  if (!time.empty()) {
    row.stamp_ns = parseInteger(time) ? stampOfNumber(time, {}) : std::nullopt;
    if (!row.stamp_ns) {
      why = fmt::format("expected a time as a whole number, found {}", quotedPart(time));
      return false;
    }
  }
  row.stream = streamOf(unescaped(measurement));
  if (!checkStream(row.stream, why)) return false;
  if (!row.fields.empty()) rows.push_back(std::move(row));
  return true;
}

}  // namespace hiss
