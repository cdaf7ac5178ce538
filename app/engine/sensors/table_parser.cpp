// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/table_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/sensors/table_cell.h"
#include "app/engine/sensors/table_fields.h"

namespace hiss {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMostQuoted = 40;

std::string quoted(std::string_view text) {
  if (text.size() <= kMostQuoted) return fmt::format("\"{}\"", text);
  return fmt::format("\"{}...\"", text.substr(0, kMostQuoted));
}

bool isBlankLine(std::string_view text) { return trimmed(text).empty(); }

std::string cellsText(std::size_t n) { return n == 1 ? "1 cell" : fmt::format("{} cells", n); }

std::string_view separatorName(char separator) {
  switch (separator) {
    case '\t':
      return "tabs";
    case ';':
      return "semicolons";
    case '|':
      return "bars";
    default:
      return "commas";
  }
}

}  // namespace

TableParser::TableParser(std::string name, TableWish wish)
    : name_(std::move(name)), wish_(std::move(wish)) {}

void TableParser::feed(std::string_view bytes) {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  buffer_ += bytes;
}

void TableParser::finish() { finished_ = true; }

void TableParser::failAtLine(const std::string& expected, const std::string& found) const {
  throw Failure(FailureKind::kInput, fmt::format("{}: line {}", name_, line_), expected, found);
}

void TableParser::checkEncoding() {
  const std::string_view text = buffer_;
  const auto starts_with = [&](std::string_view mark) { return text.substr(0, 2) == mark; };
  if (starts_with("\xFF\xFE") || starts_with("\xFE\xFF")) {
    throw Failure(FailureKind::kInput, name_, "a table in UTF-8", "UTF-16");
  }
  if (text.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

// Sets `text_` to the next line, without its end.
bool TableParser::takeLine() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  if (rest.empty()) return false;
  std::size_t line_feeds = 0;
  std::size_t end = std::string_view::npos;
  // A line that is still open is looked at again only once it has grown by half.
  if (finished_ || rest.size() > scanned_ + scanned_ / 2) end = endOfTableLine(rest, line_feeds);
  const bool open = end == std::string_view::npos;
  line_ = next_line_;
  if ((open ? rest.size() : end) > kMostLineBytes) {
    failAtLine(fmt::format("at most {} bytes in a line", kMostLineBytes),
               "more, or a quote that is never closed");
  }
  if (open && !finished_) {
    scanned_ = rest.size();
    return false;
  }
  scanned_ = 0;
  if (open) end = rest.size();
  next_line_ += std::max<std::size_t>(line_feeds, 1);
  text_ = std::span(buffer_).subspan(at_, end);
  at_ += end;
  while (!text_.empty() && (text_.back() == '\n' || text_.back() == '\r')) {
    text_ = text_.first(text_.size() - 1);
  }
  return true;
}

bool TableParser::prepare() {
  if (format_) return true;
  if (!begun_) {
    if (buffer_.size() < kByteOrderMark.size() && !finished_) return false;
    checkEncoding();
    begun_ = true;
  }
  // The lines are read again as rows.
  const std::size_t begin = at_;
  scanned_ = 0;
  std::vector<std::string> lines;
  const auto is_enough = [&] {
    return lines.size() >= kFormatRows || at_ - begin >= kMostLineBytes;
  };
  while (!is_enough() && takeLine()) {
    if (!isBlankLine({text_.data(), text_.size()})) lines.emplace_back(text_.data(), text_.size());
  }
  const bool known = is_enough() || finished_;
  at_ = begin;
  next_line_ = 1;
  if (!known) return false;
  scanned_ = 0;
  if (lines.empty()) {
    throw Failure(FailureKind::kInput, name_, "a table",
                  buffer_.empty() ? "an empty file" : "no line with something in it");
  }
  format_ = findTableFormat(lines, wish_, name_);
  for (const int column : format_->channels) channels_.push_back(format_->names[column]);
  events_.notes = format_->notes;
  header_passed_ = !format_->has_header;
  return true;
}

bool TableParser::next(SensorRow& row) {
  if (!prepare()) return false;
  while (takeLine()) {
    if (isBlankLine({text_.data(), text_.size()})) continue;
    if (const std::size_t fault = splitTableLine(text_, format_->separator, cells_)) {
      throw Failure(FailureKind::kInput, fmt::format("{}: line {}, cell {}", name_, line_, fault),
                    "a quote that is closed at the end of its cell", "another");
    }
    if (!std::exchange(header_passed_, true)) continue;
    if (parseRow(row) == Line::kRow) return true;
  }
  return false;
}

void TableParser::checkWidth() {
  const std::size_t width = format_->names.size();
  while (cells_.size() > width && cells_.back().empty()) cells_.pop_back();
  if (cells_.size() == width) return;
  std::string expected = cellsText(width);
  if (width > 1) expected += fmt::format(" between {}", separatorName(format_->separator));
  failAtLine(expected, std::to_string(cells_.size()));
}

// No cell that is a value or missing, and no time: a row of names.
bool TableParser::looksLikeHeader() const {
  const TableFormat& format = *format_;
  for (const int column : format.channels) {
    if (parseCell(cells_[column], format.decimal).kind != Cell::Kind::kText) return false;
  }
  if (format.time_column >= 0) {
    const std::string_view time = cells_[format.time_column];
    return !parseDate(time) && parseCell(time, format.decimal).kind == Cell::Kind::kText;
  }
  return std::any_of(cells_.begin(), cells_.end(), [&](std::string_view cell) {
    return std::find(format.names.begin(), format.names.end(), cell) != format.names.end();
  });
}

TableParser::Line TableParser::parseRow(SensorRow& row) {
  checkWidth();
  const TableFormat& format = *format_;
  const bool first_is_text =
      parseCell(cells_[format.channels.front()], format.decimal).kind == Cell::Kind::kText;
  if (first_is_text && looksLikeHeader()) {
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      if (cells_[c] == format.names[c] || cells_[c].empty()) continue;
      failAtLine(fmt::format("a row, or the first header again with {} in column {}",
                             quoted(format.names[c]), c + 1),
                 quoted(cells_[c]));
    }
    ++events_.repeated_headers;
    return Line::kSkipped;
  }
  parseTime(row);
  parseValues(row);
  return Line::kRow;
}

std::string TableParser::place(int column) const {
  return fmt::format("line {}, {}: {}", line_, quoted(format_->names[column]),
                     quoted(cells_[column]));
}

void TableParser::parseTime(SensorRow& row) {
  row.time.clear();
  row.stamp_ns.reset();
  const TableFormat& format = *format_;
  if (format.time_column < 0) return;
  const std::string_view cell = cells_[format.time_column];
  row.time = cell;
  if (format.clock_column >= 0) (row.time += ' ') += cells_[format.clock_column];
  row.stamp_ns = format.time_is_date ? parseDate(row.time)
                                     : parseEpoch(cell, format.time_unit, format.decimal);
  if (row.stamp_ns) return;
  if (events_.bad_stamps++ == 0) events_.first_bad_stamp = place(format.time_column);
}

void TableParser::parseValues(SensorRow& row) {
  const TableFormat& format = *format_;
  row.values.resize(format.channels.size());
  for (std::size_t i = 0; i < format.channels.size(); ++i) {
    const Cell cell = parseCell(cells_[format.channels[i]], format.decimal);
    row.values[i] = cell.value;
    if (cell.kind == Cell::Kind::kNumber) continue;
    ++events_.missing_values;
    if (cell.kind == Cell::Kind::kText && events_.text_cells++ == 0) {
      events_.first_text = place(format.channels[i]);
    }
  }
}

}  // namespace hiss
