// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/sensors/row_source.h"
#include "app/engine/sensors/table_format.h"

namespace hiss {

// Turns the bytes of a table, as they come, into rows. Memory does not depend on the table's
// length.
//
//   parser.feed(bytes);                      // any piece, also of a row
//   while (parser.next(row)) ...             // false: it needs more bytes
//   parser.finish(); while (parser.next(row)) ...
//
// How the table is written is found out from its first kFormatRows lines, which are waited for
// (findTableFormat). Blank lines are passed over. A row with a number of cells other than the
// header's ends the table with a Failure, but for empty cells too many at its end; so does a header
// in the middle that is not the first one. A cell that is no number is a missing value and counted.
// Not thread-safe.
class TableParser {
 public:
  static constexpr std::size_t kMostLineBytes = std::size_t{1} << 20;

  // `name`: of the table, in messages.
  TableParser(std::string name, TableWish wish);

  // Throws Failure(kInput) for a line of more than kMostLineBytes.
  void feed(std::string_view bytes);
  // No bytes will follow: a last line without a line end counts too.
  void finish();
  [[nodiscard]] bool isFinished() const { return finished_; }

  // False if there is no whole row left. Throws Failure(kInput), with file, line, what was expected
  // and what was found.
  bool next(SensorRow& row);

  // Once the first lines are known; null before.
  [[nodiscard]] const TableFormat* format() const { return format_ ? &*format_ : nullptr; }
  // Names of the channels, once format() is not null.
  [[nodiscard]] const std::vector<std::string>& channels() const { return channels_; }
  [[nodiscard]] const SourceEvents& events() const { return events_; }
  // Of the newest row, by its place in TableFormat::names; valid until the next call of next or
  // feed.
  [[nodiscard]] std::string_view cell(std::size_t column) const { return cells_[column]; }
  // Finds out the format if enough has come. Throws Failure(kInput). True if it is known.
  bool prepare();

 private:
  enum class Line { kRow, kSkipped };

  bool takeLine();
  Line parseRow(SensorRow& row);
  bool looksLikeHeader() const;
  void checkWidth();
  void checkEncoding();
  void parseTime(SensorRow& row);
  void parseValues(SensorRow& row);
  [[nodiscard]] std::string place(int column) const;
  [[noreturn]] void failAtLine(const std::string& expected, const std::string& found) const;

  std::string name_;
  TableWish wish_;
  std::string buffer_;
  std::size_t at_ = 0;       // of the first byte that is not read yet
  std::size_t scanned_ = 0;  // bytes of the present line that are known to hold no end
  bool finished_ = false;
  bool begun_ = false;
  bool header_passed_ = false;
  std::uint64_t line_ = 0;       // number of the present line, from 1
  std::uint64_t next_line_ = 1;  // of the one after it
  std::span<char> text_;         // the present line
  std::vector<std::string_view> cells_;
  std::optional<TableFormat> format_;
  std::vector<std::string> channels_;
  SourceEvents events_;
};

}  // namespace hiss
