// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/sensors/time_stamp.h"

namespace hiss {

// What a user says of a table; what is left empty is found out.
struct TableWish {
  std::string time;                  // column by name or number from 1; "none": rows have no time
  std::vector<std::string> columns;  // the channels, by name or number, in this order
  std::vector<std::string> names;  // of all columns, for a table without a header that has as many
};

// How a table is written.
struct TableFormat {
  char separator = ',';  // '\0': there is one column
  char decimal = '.';
  bool has_header = false;
  std::vector<std::string> names;  // of all columns; without a header "1", "2", ...
  int time_column = -1;            // -1: none
  int clock_column = -1;           // time of day that belongs to the date there; -1: none
  bool time_is_date = false;       // otherwise a number of `time_unit`
  TimeUnit time_unit = TimeUnit::kSeconds;
  std::vector<int> channels;       // columns of the values, at least one
  std::vector<std::string> notes;  // what a user may not expect, a sentence each
};

// Records that the format is found out from.
inline constexpr std::size_t kFormatRows = 32;

// Finds out how a table is written from its first lines (without line ends, not empty; at least
// one), which are called lines of `name` in messages:
//
//   separator   ; tab , or | that cuts all lines into as many cells; else the table is one column
//   decimals    a comma if some numbers have one and none has a point
//   header      the first line, if it has no number, or a text above a column without texts
//   time        a column with a name like time, timestamp or date; else the first one of dates;
//   else
//               the first column if it counts rows, or seconds since 1970; dates without a time of
//               day have it from the first column that holds such times, if there is one
//   channels    the other columns that hold a number in these lines
//
// Throws Failure(kInput) if there is no such table, or not what `wish` asks for. [thread-safe]
TableFormat findTableFormat(std::span<const std::string> lines, const TableWish& wish,
                            const std::string& name);

}  // namespace hiss
