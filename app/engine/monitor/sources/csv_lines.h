// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/observation.h"
#include "app/engine/monitor/sources/row_decoder.h"

namespace hiss {

// Reads single lines of values. Cells are cut at ; tab | or comma, the first of them that is there,
// or at blanks between numbers; where it is no comma, decimals may have one. A line of texts names
// the columns of those that follow. Without one, a value is called after the number of its column,
// from 1, or "value" if it is alone. Cells like temp:21.5 or temp=21.5 name themselves. Not
// thread-safe.
class CsvLines {
 public:
  explicit CsvLines(const DecodeSettings& settings);
  // Appends at most one row. False, with a sentence in `why`, if the line is malformed.
  bool decode(std::string_view line, std::string_view stream, std::vector<Observation>& rows,
              std::string& why);
  // Forgets the header.
  void reset();
  [[nodiscard]] bool hasHeader() const { return header_.has_value(); }

 private:
  struct Header {
    std::vector<std::string> names;
    std::optional<std::size_t> time;
  };

  static constexpr int kMostMisfits = 5;

  bool cut(std::string_view line, std::string& why);
  // Of the present line; null: none, or one of another number of cells.
  [[nodiscard]] const Header* header() const;
  [[nodiscard]] bool isHeader() const;
  [[nodiscard]] bool anyLabel() const;
  bool takeHeader();
  bool fitHeader(std::string& why);
  void findTime(Observation& row);
  bool findStream(std::string_view stream, Observation& row, std::string& why);
  void takeValues(Observation& row);
  [[nodiscard]] std::optional<std::size_t> columnCalled(std::string_view name) const;

  std::string time_;                   // column; empty: found out; "none"
  std::vector<std::string> stream_;    // columns
  std::optional<Header> header_;       // of the rows that come
  std::optional<Header> next_header_;  // a newer one, until a row agrees with it
  bool any_row_ = false;
  int misfits_ = 0;   // rows since a header without one that fits it
  std::string text_;  // the line, in which quotes are taken out
  char decimal_ = '.';
  std::vector<std::string_view> cells_;
  std::vector<bool> used_;  // [cells] as time or stream
};

}  // namespace hiss
