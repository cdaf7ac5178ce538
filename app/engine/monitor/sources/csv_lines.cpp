// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/csv_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/sensors/table_cell.h"
#include "app/engine/sensors/table_fields.h"
#include "app/engine/sensors/time_names.h"

namespace hiss {
namespace {

constexpr std::size_t kMostUnitBytes = 12;

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80U;
}

// "temp:21.5" or "temp=21.5": its name and number.
std::optional<std::pair<std::string_view, double>> labelOf(std::string_view cell, char decimal) {
  if (cell.empty() || !isLetter(cell.front())) return std::nullopt;
  const std::size_t mark = cell.find_last_of(":=");
  if (mark == std::string_view::npos) return std::nullopt;
  const Cell value = parseCell(trimmed(cell.substr(mark + 1)), decimal);
  if (value.kind != Cell::Kind::kNumber) return std::nullopt;
  return std::pair(trimmed(cell.substr(0, mark)), value.value);
}

char separatorOf(std::string_view line) {
  for (const char separator : {';', '\t', '|', ','}) {
    if (line.find(separator) != std::string_view::npos) return separator;
  }
  return '\0';
}

// "21.5 40 3e2", whose parts are all numbers or labels.
void cutAtBlanks(std::string_view line, std::vector<std::string_view>& cells) {
  std::vector<std::string_view> parts;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    parts.push_back(line.substr(0, end));
    if (parseCell(parts.back(), ',').kind == Cell::Kind::kText && !labelOf(parts.back(), ',')) {
      return;
    }
    line.remove_prefix(end);
    line = trimmed(line);
  }
  cells = std::move(parts);
}

// on, off, true, false, or a number with a unit: "21.5 °C", "45%".
std::optional<double> wordValue(std::string_view cell, char decimal) {
  if (const auto word = valueOfText(cell)) return word;
  const std::size_t end = std::min(cell.find_first_of(" %\xC2"), cell.size());
  if (cell.size() - end > kMostUnitBytes || cell.find_first_of("0123456789", end) != cell.npos) {
    return std::nullopt;
  }
  const Cell number = parseCell(cell.substr(0, end), decimal);
  if (number.kind != Cell::Kind::kNumber) return std::nullopt;
  return number.value;
}

}  // namespace

CsvLines::CsvLines(const DecodeSettings& settings)
    : time_(settings.time), stream_(splitList(settings.stream)) {}

void CsvLines::reset() {
  header_.reset();
  next_header_.reset();
  any_row_ = false;
  misfits_ = 0;
}

bool CsvLines::cut(std::string_view line, std::string& why) {
  text_.assign(line);
  const char separator = separatorOf(line);
  decimal_ = separator == ',' ? '.' : ',';
  if (const std::size_t fault = splitTableLine(text_, separator, cells_)) {
    why = fmt::format("cell {}: expected a quote that is closed at its end, found another", fault);
    return false;
  }
  const bool is_alone = separator == '\0' && cells_.size() == 1;
  if (is_alone && cells_[0].find_first_of(" \t") != std::string_view::npos &&
      !parseDate(cells_[0])) {
    cutAtBlanks(trimmed(std::string_view(text_)), cells_);
  }
  const std::size_t most = header_ ? header_->names.size() : 1;
  while (cells_.size() > most && cells_.back().empty() && header_ && !next_header_) {
    cells_.pop_back();
  }
  if (cells_.size() <= RowDecoder::kMostFields) return true;
  why = fmt::format("expected at most {} cells, found {}", RowDecoder::kMostFields, cells_.size());
  return false;
}

bool CsvLines::anyLabel() const {
  return std::any_of(cells_.begin(), cells_.end(),
                     [&](std::string_view cell) { return labelOf(cell, decimal_).has_value(); });
}

// Names only, each once. A single word is one only before the first row: later it is a message.
bool CsvLines::isHeader() const {
  if (cells_.size() == 1 && (any_row_ || header_)) return false;
  std::set<std::string_view> names;
  for (const std::string_view cell : cells_) {
    const bool is_name = !cell.empty() && cell.size() <= RowDecoder::kMostNameBytes &&
                         parseCell(cell, decimal_).kind == Cell::Kind::kText && !parseDate(cell) &&
                         !wordValue(cell, decimal_);
    if (!is_name || !names.insert(cell).second) return false;
  }
  return true;
}

bool CsvLines::takeHeader() {
  if (anyLabel() || !isHeader()) return false;
  Header header;
  for (const std::string_view cell : cells_) header.names.push_back(cleanName(cell));
  if (cells_.size() > 1 && time_.empty()) {
    const auto found = std::find_if(cells_.begin(), cells_.end(), isTimeName);
    if (found != cells_.end()) header.time = static_cast<std::size_t>(found - cells_.begin());
  }
  // In the middle it may be a message with a comma, so that the next row has to agree.
  (header_ || any_row_ ? next_header_ : header_) = std::move(header);
  return true;
}

bool CsvLines::fitHeader(std::string& why) {
  if (next_header_ && next_header_->names.size() == cells_.size()) header_ = next_header_;
  next_header_.reset();
  // What a device says when it starts may look like a header; then nothing ever agrees with it.
  if (header_ && !any_row_ && ++misfits_ > kMostMisfits) header_.reset();
  if (!header_ || header_->names.size() == cells_.size()) return true;
  why = fmt::format("expected {} cells as in the header, found {}", header_->names.size(),
                    cells_.size());
  return false;
}

const CsvLines::Header* CsvLines::header() const {
  return header_ && header_->names.size() == cells_.size() ? &*header_ : nullptr;
}

std::optional<std::size_t> CsvLines::columnCalled(std::string_view name) const {
  if (header() != nullptr) {
    const auto& names = header()->names;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  }
  const auto number = parseInteger(name);
  if (!number || *number < 1 || *number > static_cast<std::int64_t>(cells_.size())) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(*number - 1);
}

void CsvLines::findTime(Observation& row) {
  if (time_ == "none") return;
  const bool is_given = !time_.empty();
  const bool is_named = header() != nullptr && header()->time;
  std::optional<std::size_t> column;
  if (is_given) column = columnCalled(time_);
  if (is_named) column = header()->time;
  // Without a word on it, a date in the first cell, or a number that can only be a time.
  if (!is_given && !is_named && cells_.size() > 1) column = 0;
  if (!column) return;
  const std::string_view cell = cells_[*column];
  const std::string_view name =
      header() != nullptr ? std::string_view(header()->names[*column]) : "";
  const bool is_date = parseDate(cell).has_value();
  std::optional<std::int64_t> stamp =
      is_date ? parseDate(cell) : stampOfNumber(cell, name, decimal_);
  if (!is_given && !is_named) {
    // Counters run through numbers like 20261122, and columns with names have one for the time.
    const bool is_text = cell.find_first_not_of("0123456789") != std::string_view::npos;
    const bool is_epoch = header() == nullptr && stamp && isOfToday(*stamp);
    if (is_date ? !is_text : !is_epoch) return;
  }
  used_[*column] = true;
  row.stamp_ns = stamp;
  // "2026-11-22,14:30:05": the time of day beside the date.
  if (!is_date || cell.find(':') != std::string_view::npos || *column + 1 >= cells_.size()) return;
  const std::string_view beside = cells_[*column + 1];
  if (beside.find(':') > 2) return;
  if (const auto whole = parseDate(fmt::format("{} {}", cell, beside))) {
    used_[*column + 1] = true;
    row.stamp_ns = whole;
  }
}

bool CsvLines::findStream(std::string_view stream, Observation& row, std::string& why) {
  if (stream_.empty()) {
    row.stream = stream;
    return true;
  }
  for (const std::string& name : stream_) {
    const auto column = columnCalled(name);
    if (!column) {
      why = fmt::format("expected a column {} for the stream's name, found none", quotedPart(name));
      return false;
    }
    if (!row.stream.empty()) row.stream += '/';
    row.stream += cells_[*column];
    used_[*column] = true;
  }
  return checkStream(row.stream, why);
}

void CsvLines::takeValues(Observation& row) {
  const std::size_t free =
      cells_.size() - static_cast<std::size_t>(std::count(used_.begin(), used_.end(), true));
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    if (used_[c]) continue;
    if (const auto label = labelOf(cells_[c], decimal_)) {
      row.fields.push_back({std::string(label->first), label->second});
      continue;
    }
    const Cell cell = parseCell(cells_[c], decimal_);
    const auto word = cell.kind == Cell::Kind::kText ? wordValue(cells_[c], decimal_)
                                                     : std::optional<double>(cell.value);
    if (!word) continue;  // a text is no value
    row.fields.push_back({header() != nullptr ? header()->names[c]
                          : free == 1         ? "value"
                                              : std::to_string(c + 1),
                          *word});
  }
}

bool CsvLines::decode(std::string_view line, std::string_view stream,
                      std::vector<Observation>& rows, std::string& why) {
  if (!cut(line, why)) return false;
  if (takeHeader()) return true;
  if (!anyLabel() && !fitHeader(why)) return false;
  Observation row;
  used_.assign(cells_.size(), false);
  if (!findStream(stream, row, why)) return false;
  findTime(row);
  takeValues(row);
  if (row.fields.empty()) {
    why = fmt::format("expected numbers, found {}", quotedPart(line));
    return false;
  }
  if (!checkFields(row.fields, why)) return false;
  any_row_ = true;
  rows.push_back(std::move(row));
  return true;
}

}  // namespace hiss
