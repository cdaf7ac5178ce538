// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/sensors/sensor_watch.h"

namespace hiss {

// Writes what is said of each row as a table with commas and decimal points:
//
//   time,VALUE,low,high,p,score,alert,top            one channel
//   time,A,A low,A high,B,B low,B high,p,...,top     several
//
// `time` is the input's own text, or the row's number from 0 if it has none. Missing values, bands
// that are not known yet and `alert` without an alert are empty. `top` is the channel with the
// greatest share, if rows are judged and there is a value. Numbers are the shortest that read as
// the same value; p and score have nine digits. A file is complete or absent; standard output ("-")
// gets the rows as they come. Not thread-safe.
class ScoreWriter {
 public:
  // Throws Failure(kOutput).
  ScoreWriter(const std::filesystem::path& path, bool replace);

  void writeHeader(const std::vector<std::string>& channels);
  // `number`: of the row.
  void write(const SensorRow& row, std::uint64_t number, const WatchedRow& watched,
             std::span<const ChannelVerdict> verdicts, const std::vector<std::string>& channels);
  // To standard output, what waits; nothing else is done for a file. Throws Failure(kOutput).
  void showAll();
  // Gives a file its name. Throws Failure(kOutput).
  void commit();

 private:
  void flush();

  std::string name_;
  std::optional<AtomicOutput> file_;
  ByteFile stream_;  // standard output, if there is no file
  fmt::memory_buffer buffer_;
};

}  // namespace hiss
