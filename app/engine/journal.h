// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/engine/batch_plan.h"
#include "app/engine/byte_file.h"

namespace hiss {

// What tells two contents of a file apart without reading it.
struct FileStamp {
  std::int64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

// Empty if there is no file.
std::optional<FileStamp> fileStamp(const std::filesystem::path& path);
std::optional<FileStamp> fileStamp(int descriptor);

// 64 bits in hexadecimal (FNV-1a) that change when a text or a file's content does. They tell of
// change, not of attacks. Throws Failure(kInput).
std::string fingerprintOfText(const std::string& text);
std::string fingerprintOfFile(const std::filesystem::path& path);

// An output that is complete but has not its name yet. `input`: as it was before it was read.
struct JournalLine {
  const BatchEntry* entry = nullptr;
  FileStamp input;
  FileStamp output;
};

// The record of a batch in its output folder: one line of JSON for each output, on the disk before
// the output gets its name. So an output without a line is none of this program's, or older than
// journals; one whose line fits input, settings and itself is done; any other is to be made again.
//
// The file is .hiss-journal, with the shard's number if there are several; while another run holds
// it, one with the next free number is used. A line that was cut off is passed over.
class Journal {
 public:
  enum class State { kUnknown, kDone, kChanged };

  // `settings`: what the outputs depend on besides their inputs.
  Journal(std::filesystem::path folder, std::string settings, const Shard& shard = {});
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Reads what all runs wrote into the folder.
  void read();

  // Of the output, which exists. Reads no file. [thread-safe] while no read() runs
  State state(const BatchEntry& entry) const;

  // Records outputs and forces the lines to the disk; after read() state() knows them too. Throws
  // Failure(kOutput). [thread-safe]
  void add(std::span<const JournalLine> lines);

 private:
  struct Line {
    std::string input;
    std::string settings;
    FileStamp input_stamp;
    FileStamp output_stamp;
  };

  std::string outputKey(const BatchEntry& entry) const;
  void readFile(const std::filesystem::path& path);
  void open();
  bool tryOpen(const std::filesystem::path& path);

  std::filesystem::path folder_;
  std::string settings_;
  Shard shard_;
  std::unordered_map<std::string, std::vector<Line>> lines_;  // by outputKey
  bool is_read_ = false;
  mutable std::mutex mutex_;
  ByteFile file_;  // opened with the first line, locked as long as it is open
  std::string name_;
  bool torn_ = false;  // the last line
};

// Removes what dead runs left in the folders of these outputs: temporary files that no process
// holds. [main-thread]
void removeStrayTemporaries(const std::vector<BatchEntry>& entries);

}  // namespace hiss
