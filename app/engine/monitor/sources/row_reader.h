// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/observation.h"
#include "app/engine/sensors/band_rows.h"
#include "app/engine/sensors/table_reader.h"

namespace hiss {

// Rows of streams from files, one after the other and the same ones each time. Not thread-safe.
class RowReader {
 public:
  RowReader() = default;
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;
  virtual ~RowReader() = default;

  // Sets stream, stamp_ns and fields. False at the end. Throws Failure(kInput).
  virtual bool next(Observation& row) = 0;
};

// What streams the rows of a table make.
struct TableStreams {
  TableWish wish;
  std::string name;                 // of the stream, or what the names of several begin with
  std::vector<std::string> column;  // whose cells name the stream (long format); empty: none
  bool split = false;               // each column is a stream, NAME/COLUMN
};

class TableRows final : public RowReader {
 public:
  // A line that is no row is passed over and told to `on_malformed`. Throws Failure(kInput).
  TableRows(const std::filesystem::path& path, TableStreams streams,
            std::function<void(std::string_view)> on_malformed);
  bool next(Observation& row) override;

 private:
  bool readRow();
  void queueRow();

  TableStreams streams_;
  std::function<void(std::string_view)> on_malformed_;
  TableReader reader_;
  std::vector<int> stream_columns_;
  std::vector<std::size_t> channels_;  // of the reader, without those
  SensorRow row_;
  std::deque<Observation> queue_;
  std::string last_fault_;
};

// A sound file as band energies (BandRows). Its times count from `start_ns`.
class SoundRows final : public RowReader {
 public:
  // Throws Failure(kInput).
  SoundRows(const std::filesystem::path& path, std::string stream, std::int64_t start_ns,
            bool allow_truncated);
  bool next(Observation& row) override;

 private:
  BandRows reader_;
  std::string stream_;
  std::int64_t start_ns_;
  SensorRow row_;
};

// The rows of several readers in the order of their stamps. A row without one comes when its reader
// is next; among equals the first reader is.
class MergedRows final : public RowReader {
 public:
  explicit MergedRows(std::vector<std::unique_ptr<RowReader>> readers);
  bool next(Observation& row) override;

 private:
  struct Head {
    std::unique_ptr<RowReader> reader;
    std::size_t number = 0;
    Observation row;
    std::int64_t at_ns = std::numeric_limits<std::int64_t>::min();  // newest stamp so far
  };
  static bool advance(Head& head);
  static bool isLater(const Head& a, const Head& b);

  std::vector<Head> heads_;  // a heap, the earliest first
};

// The files that "csv:PLACE" means, sorted: PLACE itself, what a pattern with * ? [ ] or **
// matches, or the tables (.csv .tsv .txt) of a folder. Throws Failure(kInput), which calls it
// `name`, if there are none or too many.
std::vector<std::filesystem::path> filesOf(const std::string& place, const std::string& name);

}  // namespace hiss
