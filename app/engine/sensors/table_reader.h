// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/byte_file.h"
#include "app/engine/sensors/row_source.h"
#include "app/engine/sensors/table_parser.h"

namespace hiss {

// Reads the rows of a table from a file, a pipe or standard input ("-") as they come; what cannot
// seek is not copied first. Not thread-safe.
class TableReader final : public RowSource {
 public:
  // Reads up to the first rows, so that the columns are known. Throws Failure(kInput): it cannot be
  // read, or is no table.
  TableReader(const std::filesystem::path& path, TableWish wish);

  [[nodiscard]] const std::vector<std::string>& channels() const override {
    return parser_.channels();
  }
  [[nodiscard]] bool hasSeconds() const override;
  [[nodiscard]] const std::vector<std::string>& columns() const override {
    return parser_.format()->names;
  }
  [[nodiscard]] const TableFormat& format() const { return *parser_.format(); }
  bool next(SensorRow& row) override;
  // Of the newest row, by its place in TableFormat::names; valid until the next call of next.
  [[nodiscard]] std::string_view cell(std::size_t column) const { return parser_.cell(column); }
  [[nodiscard]] const SourceEvents& events() const override { return parser_.events(); }

  // Bytes read so far, and of the whole file; -1: not known.
  [[nodiscard]] std::int64_t bytesRead() const { return bytes_read_; }
  [[nodiscard]] std::int64_t bytesInAll() const { return bytes_in_all_; }

  // Called before more bytes are waited for, so that what has been found can be shown.
  void onWait(std::function<void()> call) { on_wait_ = std::move(call); }

 private:
  void readMore();

  std::string name_;
  ByteFile file_;
  std::int64_t bytes_read_ = 0;
  std::int64_t bytes_in_all_ = -1;
  std::function<void()> on_wait_;
  std::vector<char> block_;
  TableParser parser_;
};

}  // namespace hiss
