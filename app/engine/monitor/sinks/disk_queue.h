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

#include "app/engine/byte_file.h"
#include "app/engine/monitor/file_lock.h"
#include "app/engine/monitor/sinks/repeat_filter.h"

namespace hiss {

struct DiskQueueSettings {
  std::filesystem::path folder;  // empty: in memory only
  std::uint64_t most_bytes = 64u << 20u;
  std::uint64_t segment_bytes = 1u << 20u;
};

// A bounded queue of lines that outlives the process: what was pushed is on the disk after sync()
// and in the system's hands at once, so that a kill loses nothing; what was popped is not given
// out again but after a failure of power. In the folder are segments that are only appended to,
// each line with a checksum, a file `sent` that says how far the queue was emptied, and a `lock`.
//
// While the disk is full, records wait in memory and go to the disk later, in their order.
// [thread-safe]: one thread pushes, one pops.
class DiskQueue {
 public:
  // What tells a record from all others; empty: it never comes again.
  using KeyOf = std::function<std::optional<std::string>(std::string_view record)>;

  explicit DiskQueue(DiskQueueSettings settings);

  // `token`: of checkpoint(), or empty: there is no state yet. What was pushed after it is left out
  // if it comes again, also if it has been popped since. Throws Failure(kOutput): no such folder
  // can be made, or another run holds it.
  void open(const std::string& token, const KeyOf& key_of);
  // False: the queue is full. `key`: as of `key_of`. A repeat is taken and left out.
  bool push(std::string_view record, std::string_view key);
  // Forces to the disk what was pushed.
  void sync();
  // Throws Failure(kOutput): records wait in memory, for the disk is full.
  std::string checkpoint();

  // The oldest record; empty: there is none. It stays until pop().
  std::optional<std::string> front();
  void pop();

  [[nodiscard]] std::size_t size() const;
  // Why records wait in memory; empty: they do not.
  [[nodiscard]] std::string problem() const;
  // Lines that a failure of power or of the disk spoiled, found by open().
  [[nodiscard]] std::uint64_t damaged() const;

 private:
  struct Entry {
    std::uint64_t position = 0;  // segment and offset of its line; if it is on the disk
    std::uint32_t bytes = 0;     // of the record
    bool on_disk = false;
    std::string record;  // if it is not
  };

  [[nodiscard]] std::filesystem::path segmentName(std::uint64_t number) const;
  void readSegment(std::uint64_t number, std::uint64_t sent, std::uint64_t known,
                   const KeyOf& key_of);
  std::uint64_t readSent();
  void writeSent();
  void writeWaiting();
  bool writeEntry(Entry& entry);
  bool openSegment(std::uint64_t number);
  void removeOld();
  [[nodiscard]] std::uint64_t end() const;

  DiskQueueSettings settings_;
  std::optional<FileLock> lock_;
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;
  std::uint64_t bytes_ = 0;    // of all entries
  std::size_t in_memory_ = 0;  // entries at the end that are not on the disk
  RepeatFilter repeats_;
  ByteFile segment_;  // the newest
  std::uint64_t segment_number_ = 0;
  std::uint64_t segment_size_ = 0;
  bool torn_ = false;   // behind segment_size_ lies part of a line
  bool dirty_ = false;  // something is to be synced
  std::uint64_t oldest_segment_ = 1;
  ByteFile sent_file_;
  std::uint64_t sent_ = 0;     // position of the first record that was not popped
  std::uint64_t known_ = 0;    // position of the newest checkpoint
  std::uint64_t durable_ = 0;  // of the one before, whose state is on the disk
  std::uint64_t damaged_ = 0;
  std::string problem_;
};

}  // namespace hiss
