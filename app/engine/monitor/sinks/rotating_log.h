// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/byte_file.h"
#include "app/engine/monitor/monitor_log.h"
#include "app/engine/monitor/monitor_status.h"
#include "app/engine/monitor/sinks/repeat_filter.h"

namespace hiss {

struct RotatingLogSettings {
  std::filesystem::path path;               // "-": standard output
  std::string name;                         // for messages and the status
  std::uint64_t max_bytes = 100u << 20u;    // of a file; a longer record has a file of its own
  int keep = 5;                             // files FILE.1 (the newest) to FILE.keep besides FILE
  std::uint64_t buffer_bytes = 16u << 20u;  // that wait while the disk is full
  std::string header;                       // first line of each file; empty: none
  // Where the beginning of a run is noted until there is a state; empty: nowhere.
  std::filesystem::path start_note;
};

// A log of lines in a file that is renamed when it is full: FILE, FILE.1, ... FILE.keep. A record
// is a line, and a line is never torn but at the end of a file whose writer died; open() cuts it
// off. Where a file ends depends on the records alone, so that the files of a run that was killed
// and went on are those of a run that was not. A full disk is said, tried again each second, and
// costs records only when more than `buffer_bytes` wait.
//
// Standard output and what is no regular file are written to as they are, without renaming.
// One thread; status() is [thread-safe].
class RotatingLog {
 public:
  // What tells a record from all others, from its line; empty: it never comes again.
  using KeyOf = std::function<std::optional<std::string>(std::string_view line)>;

  RotatingLog(RotatingLogSettings settings, MonitorLog& log);

  // `token`: of checkpoint(), or empty: a new start, or a run that died before its first state,
  // which its note tells. What was written after it is left out if it comes
  // again. Throws Failure(kOutput): cannot be opened, or another run writes it.
  void open(const std::string& token, const KeyOf& key_of);
  // Whether append() needs a key.
  [[nodiscard]] bool expectsRepeats() const { return !repeats_.isEmpty(); }
  // `record`: without its line end, and with none in it.
  void append(std::string_view record, std::string_view key = {});
  void flush();
  // Throws Failure(kOutput): records wait, for the disk is full.
  std::string checkpoint();
  void close() noexcept;
  [[nodiscard]] SinkStatus status() const;

 private:
  // A file of this log; positions count on over all of them.
  struct Part {
    std::uint64_t inode = 0;
    std::uint64_t begin = 0;  // position of its first byte
  };

  [[nodiscard]] std::filesystem::path fileName(int number) const;
  [[nodiscard]] std::uint64_t end() const { return parts_.back().begin + size_; }
  void openStream();
  // The token of a run that died before its first state; notes one for this run otherwise.
  std::string takeStart();
  void forgetStart() noexcept;
  // errno, or 0. Sets file_, size_ and the newest part.
  int openFile(std::uint64_t begin);
  void cutTornLine();
  void readTail(const std::string& token, const KeyOf& key_of);
  void expectLines(int number, std::uint64_t offset, std::uint64_t begin, const KeyOf& key_of);
  [[nodiscard]] std::string tokenAt(std::uint64_t position) const;
  void write(bool even_if_failed);
  bool rotate();
  void reopenIfMoved();
  void fail(int error_number);
  void publish();

  RotatingLogSettings settings_;
  MonitorLog& log_;
  RepeatFilter repeats_;
  bool is_stream_ = false;
  ByteFile file_;
  std::uint64_t size_ = 0;     // of the file
  std::uint64_t planned_ = 0;  // of the newest file, with what waits
  std::vector<Part> parts_;    // the newest last
  std::string waiting_;
  std::size_t sent_ = 0;           // of it, in the file already
  std::deque<std::size_t> turns_;  // places in it where a new file begins
  std::uint64_t waiting_records_ = 0;
  std::int64_t retry_ns_ = 0;  // steady clock; 0: the last write went well
  bool renamed_ = false;       // since the last checkpoint
  int checkpoints_ = 0;        // at most 2
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
  std::string problem_;
  mutable std::mutex mutex_;  // of status_
  SinkStatus status_;
};

}  // namespace hiss
