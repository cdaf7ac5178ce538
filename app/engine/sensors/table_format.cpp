// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/table_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "app/engine/failure.h"
#include "app/engine/sensors/table_cell.h"
#include "app/engine/sensors/table_fields.h"
#include "app/engine/sensors/time_names.h"

namespace hiss {
namespace {

constexpr std::array kSeparators = {';', '\t', ',', '|'};
constexpr std::array<std::string_view, 11> kRowNames = {
    "index", "idx", "row", "rows", "id", "#", "no", "nr", "step", "sample", "unnamed: 0"};
constexpr std::size_t kMostNamesSaid = 12;

template <class Names>
bool isOneOf(std::string_view name, const Names& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view known) { return equalsIgnoringCase(name, known); });
}

std::string said(std::span<const std::string> names) {
  if (names.size() <= kMostNamesSaid) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{}, ... ({} in all)", fmt::join(names.first(kMostNamesSaid), ", "),
                     names.size());
}

using Rows = std::vector<std::vector<std::string>>;

class Finder {
 public:
  Finder(std::span<const std::string> lines, const TableWish& wish, const std::string& name)
      : lines_(lines), wish_(wish), name_(name) {}

  TableFormat find() {
    findSeparator();
    findDecimal();
    findHeader();
    nameColumns();
    findTime();
    findChannels();
    return format_;
  }

 private:
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw Failure(FailureKind::kInput, name_, expected, found);
  }

  [[noreturn]] void failForQuotes() const {
    fail("quotes that are closed at the end of their cells", "others in its first lines");
  }

  // Empty if a quote is left open or followed by something.
  Rows cut(char separator) const {
    Rows rows;
    std::vector<std::string_view> cells;
    for (std::string line : lines_) {
      if (splitTableLine(line, separator, cells) != 0) return {};
      rows.emplace_back(cells.begin(), cells.end());
    }
    return rows;
  }

  void findSeparator() {
    std::size_t most_alike = 0;
    bool open_quotes = false;
    Rows best;
    for (const char separator : kSeparators) {
      Rows rows = cut(separator);
      open_quotes = open_quotes || rows.empty();
      if (rows.empty()) continue;
      const std::size_t width = rows.front().size();
      // Lines that are cut as the first one, or cut at all if the first one is not.
      const auto alike =
          static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const auto& cells) {
            return width > 1 ? cells.size() == width : cells.size() > 1;
          }));
      const bool all = width > 1 && alike == rows.size();
      if (alike > most_alike || all) {
        most_alike = alike;
        best = std::move(rows);
        format_.separator = separator;
      }
      if (all) break;
    }
    if (most_alike == 0 && open_quotes) failForQuotes();
    if (most_alike == 0 || isOneColumnOfDecimalCommas(best)) {
      format_.separator = '\0';
      best = cut('\0');
    }
    rows_ = std::move(best);
    if (rows_.empty()) failForQuotes();
    // Ragged lines are refused when they are read.
    const std::size_t width = rows_.front().size();
    for (auto& cells : rows_) cells.resize(width);
  }

  // A header without a comma, and numbers like 1,5 below it.
  bool isOneColumnOfDecimalCommas(const Rows& rows) const {
    if (format_.separator != ',' || rows.size() < 2 || rows.front().size() != 1) return false;
    return std::all_of(lines_.begin() + 1, lines_.end(), [](const std::string& line) {
      return parseCell(trimmed(line), ',').kind != Cell::Kind::kText;
    });
  }

  void findDecimal() {
    std::size_t commas = 0;
    std::size_t points = 0;
    for (const auto& cells : rows_) {
      for (const std::string& cell : cells) {
        const bool has_comma = cell.find(',') != std::string::npos;
        const bool has_point = cell.find('.') != std::string::npos;
        if (has_comma && parseCell(cell, ',').kind == Cell::Kind::kNumber) ++commas;
        if (has_point && parseCell(cell, '.').kind == Cell::Kind::kNumber) ++points;
      }
    }
    format_.decimal = commas > 0 && points == 0 ? ',' : '.';
  }

  bool isNumber(const std::string& cell) const {
    return parseCell(cell, format_.decimal).kind == Cell::Kind::kNumber;
  }
  bool isMissing(const std::string& cell) const {
    return parseCell(cell, format_.decimal).kind == Cell::Kind::kMissing;
  }
  bool isText(const std::string& cell) const {
    return !isNumber(cell) && !isMissing(cell) && !parseDate(cell);
  }

  void findHeader() {
    const auto& first = rows_.front();
    bool any_text = false;
    bool any_value = false;
    bool text_above_values = false;
    for (std::size_t c = 0; c < first.size(); ++c) {
      if (!isText(first[c])) {
        any_value = any_value || !isMissing(first[c]);
        continue;
      }
      any_text = true;
      bool values = false;
      bool texts = false;
      for (std::size_t r = 1; r < rows_.size(); ++r) {
        texts = texts || isText(rows_[r][c]);
        values = values || (!isText(rows_[r][c]) && !isMissing(rows_[r][c]));
      }
      text_above_values = text_above_values || (values && !texts);
    }
    format_.has_header = text_above_values || (any_text && !any_value);
    // Rows of texts only are headers that come again, or faults of which the reader tells.
    const auto is_text = [&](const std::vector<std::string>& cells) {
      return std::all_of(cells.begin(), cells.end(),
                         [&](const auto& cell) { return isText(cell); });
    };
    const auto end = std::stable_partition(rows_.begin() + 1, rows_.end(),
                                           [&](const auto& cells) { return !is_text(cells); });
    if (end != rows_.begin() + 1) rows_.erase(end, rows_.end());
    if (format_.has_header && rows_.size() == 1) {
      fail("at least one row below the header", "none");
    }
  }

  void nameColumns() {
    const std::size_t width = rows_.front().size();
    const bool given = !format_.has_header && wish_.names.size() == width;
    std::set<std::string> taken;
    for (std::size_t c = 0; c < width; ++c) {
      std::string column = given ? wish_.names[c] : format_.has_header ? rows_.front()[c] : "";
      if (column.empty()) column = std::to_string(c + 1);
      // Twice the same name would leave open which is meant.
      std::string unique = column;
      for (int i = 2; !taken.insert(unique).second; ++i) unique = fmt::format("{}_{}", column, i);
      format_.names.push_back(std::move(unique));
    }
  }

  [[nodiscard]] std::span<const std::vector<std::string>> rows() const {
    return std::span(rows_).subspan(format_.has_header ? 1 : 0);
  }

  // By name, else by number from 1.
  int columnCalled(const std::string& wanted, const char* option) const {
    const auto& names = format_.names;
    auto at = std::find(names.begin(), names.end(), wanted);
    if (at == names.end()) {
      at = std::find_if(names.begin(), names.end(), [&](const std::string& column) {
        return equalsIgnoringCase(column, wanted);
      });
    }
    if (at != names.end()) return static_cast<int>(at - names.begin());
    const auto number = parseInteger(wanted);
    if (number && *number >= 1 && *number <= static_cast<std::int64_t>(names.size())) {
      return static_cast<int>(*number) - 1;
    }
    fail(fmt::format("a column for {} (there are {})", option, said(names)),
         fmt::format("\"{}\"", wanted));
  }

  void findTime() {
    if (wish_.time == "none") return;
    if (!wish_.time.empty()) {
      const int column = columnCalled(wish_.time, "--time");
      if (!takeTime(column)) {
        fail(fmt::format("dates or numbers in the time column \"{}\"", wish_.time),
             "other cells in its first rows");
      }
      return;
    }
    const auto columns = static_cast<int>(format_.names.size());
    for (int c = 0; c < columns; ++c) {
      if (isTimeName(format_.names[c]) && columns > 1 && takeTime(c)) return;
    }
    for (int c = 0; c < columns; ++c) {
      if (allDates(c)) {
        takeTime(c);
        return;
      }
    }
    if (columns > 1 && (countsRows() || countsSince1970())) takeTime(0);
  }

  bool allDates(int c) const {
    bool any = false;
    for (const auto& cells : rows()) {
      if (isMissing(cells[c])) continue;
      if (!parseDate(cells[c])) return false;
      any = true;
    }
    return any;
  }

  // The values of a column of numbers that never fall; empty if it is none.
  std::vector<double> rising(int c) const {
    std::vector<double> values;
    for (const auto& cells : rows()) {
      const Cell cell = parseCell(cells[c], format_.decimal);
      if (cell.kind != Cell::Kind::kNumber) return {};
      if (!values.empty() && cell.value < values.back()) return {};
      values.push_back(cell.value);
    }
    return values;
  }

  bool hasRowName(int c) const {
    return isOneOf(format_.names[c], kRowNames) || (format_.has_header && rows_.front()[c].empty());
  }

  // 0, 1, 2, ... or 1, 2, 3, ... without a name, or what is called a row number.
  bool countsRows() const {
    const std::vector<double> values = rising(0);
    if (values.empty()) return false;
    if (format_.has_header) return hasRowName(0);
    if (values.size() < 3 || (values[0] != 0.0 && values[0] != 1.0)) return false;
    for (std::size_t i = 1; i < values.size(); ++i) {
      if (values[i] != values[0] + static_cast<double>(i)) return false;
    }
    return true;
  }

  bool countsSince1970() const {
    const std::vector<double> values = rising(0);
    if (values.size() < 2 || format_.has_header) return false;
    const double scale = 1e9;  // 2001-09-09 in seconds
    const TimeUnit unit = epochUnitOf(values.front());
    const double least = unit == TimeUnit::kSeconds        ? scale
                         : unit == TimeUnit::kMilliseconds ? scale * 1e3
                         : unit == TimeUnit::kMicroseconds ? scale * 1e6
                                                           : scale * 1e9;
    return values.front() >= least && values.back() < 4.0 * least && values.back() > values.front();
  }

  // A column of times of day, if the dates have none.
  void findClock() {
    const auto is_clock = [](const std::string& cell) {
      return cell.find(':') < 3 && parseDate("2000-01-01 " + cell).has_value();
    };
    for (const auto& cells : rows()) {
      if (cells[format_.time_column].find(':') != std::string::npos) return;
    }
    for (int c = 0; c < static_cast<int>(format_.names.size()); ++c) {
      const bool all = std::all_of(rows().begin(), rows().end(),
                                   [&](const auto& cells) { return is_clock(cells[c]); });
      if (!all) continue;
      format_.clock_column = c;
      return;
    }
  }

  bool takeTime(int c) {
    format_.time_is_date = allDates(c);
    std::optional<double> first;
    for (const auto& cells : rows()) {
      if (format_.time_is_date || isMissing(cells[c])) continue;
      const Cell cell = parseCell(cells[c], format_.decimal);
      if (cell.kind != Cell::Kind::kNumber) return false;
      if (!first) first = cell.value;
    }
    if (!format_.time_is_date && !first) return false;
    format_.time_column = c;
    if (format_.time_is_date) findClock();
    const std::string& column = format_.names[c];
    const bool is_row_number = hasRowName(c) || (!format_.has_header && wish_.time.empty() &&
                                                 !isTimeName(column) && countsRows());
    format_.time_unit = is_row_number
                            ? TimeUnit::kRows
                            : timeUnitInName(column).value_or(epochUnitOf(first.value_or(0.0)));
    return true;
  }

  void findChannels() {
    for (const std::string& wanted : wish_.columns) {
      const int c = columnCalled(wanted, "--columns");
      if (c == format_.time_column) {
        fail("columns of values for --columns", fmt::format("the time column \"{}\"", wanted));
      }
      const auto& taken = format_.channels;
      if (std::find(taken.begin(), taken.end(), c) != taken.end()) {
        fail("each column once in --columns", fmt::format("\"{}\" twice", wanted));
      }
      format_.channels.push_back(c);
    }
    if (!wish_.columns.empty()) return;
    std::vector<std::string> left_out;
    for (int c = 0; c < static_cast<int>(format_.names.size()); ++c) {
      if (c == format_.time_column || c == format_.clock_column) continue;
      const bool any = std::any_of(rows().begin(), rows().end(),
                                   [&](const auto& cells) { return isNumber(cells[c]); });
      if (any) {
        format_.channels.push_back(c);
      } else {
        left_out.push_back(format_.names[c]);
      }
    }
    if (format_.channels.empty()) {
      fail("at least one column with a number in its first rows", "none");
    }
    if (!left_out.empty()) {
      format_.notes.push_back(
          fmt::format("no channel, for want of a number in the first {} rows: {}", rows().size(),
                      said(left_out)));
    }
  }

  std::span<const std::string> lines_;
  const TableWish& wish_;
  const std::string& name_;
  TableFormat format_;
  Rows rows_;  // cut into cells, each as many as the first has
};

}  // namespace

TableFormat findTableFormat(std::span<const std::string> lines, const TableWish& wish,
                            const std::string& name) {
  return Finder(lines, wish, name).find();
}

}  // namespace hiss
