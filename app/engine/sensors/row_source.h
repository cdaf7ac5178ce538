// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hiss {

// One row of all channels of a sensor stream.
struct SensorRow {
  std::string time;                      // as the source writes it; empty: no time
  std::optional<std::int64_t> stamp_ns;  // the same as a number, to tell how far rows are apart
  std::vector<double> values;            // [channels]; NaN: missing
};

// What of a source was not as it should be, though it was read.
struct SourceEvents {
  std::uint64_t missing_values = 0;  // cells without a number, those below among them
  std::uint64_t text_cells = 0;      // where a number should be
  std::string first_text;            // "line 12, \"temp\": found \"n.a.\""
  std::uint64_t bad_stamps = 0;      // times that are none
  std::string first_bad_stamp;       // as first_text
  std::uint64_t repeated_headers = 0;
  std::vector<std::string> notes;  // sentences
};

// Rows one after the other, from a table or from sound. Not thread-safe.
class RowSource {
 public:
  RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  virtual ~RowSource() = default;

  // Names of the channels, at least one; the same for all rows.
  [[nodiscard]] virtual const std::vector<std::string>& channels() const = 0;
  // Whether stamps are seconds; if not, they are row numbers, or there are none.
  [[nodiscard]] virtual bool hasSeconds() const = 0;
  // Names of all columns of the source, for one without names that continues it; may be empty.
  [[nodiscard]] virtual const std::vector<std::string>& columns() const = 0;

  // False at the end. Throws Failure(kInput).
  virtual bool next(SensorRow& row) = 0;

  // So far.
  [[nodiscard]] virtual const SourceEvents& events() const = 0;
};

}  // namespace hiss
