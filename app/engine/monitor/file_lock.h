// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <utility>

namespace hiss {

// The right to write a file that several processes, perhaps on several machines, share: an
// exclusive lock of the file `path`, which is made if it is not there and never removed, for who
// waits may have opened it already. It is given up at the end of its life, and by the system when
// the process dies. Not thread-safe.
//
// flock(2): Linux carries it over NFS, too. Two locks within one process exclude each other.
class FileLock {
 public:
  // Empty: another one holds it. Throws Failure(kOutput) if the file cannot be opened or locked.
  static std::optional<FileLock> tryTake(const std::filesystem::path& path);

  FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int file) : file_(file) {}

  int file_;
};

}  // namespace hiss
