// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace hiss {

// A file descriptor with owner, 64-bit positions and EINTR handled. The error of the last failed
// call is kept, so that it is still known after a C library in between has swallowed it.
// Move-only; not thread-safe: one user at a time.
class ByteFile {
 public:
  ByteFile() = default;
  ByteFile(ByteFile&& other) noexcept;
  ByteFile& operator=(ByteFile&& other) noexcept;
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;
  ~ByteFile();

  // Opens for reading. A file that cannot seek (pipe, terminal) is first copied to an unlinked
  // temporary file. Throws Failure: kInput for the file, kOutput for the temporary copy.
  static ByteFile openForReading(const std::filesystem::path& path);

  // Standard input, copied to an unlinked temporary file unless it can seek.
  static ByteFile openStandardInput();

  // Creates a file that must not exist yet, for reading and writing, with the usual permissions.
  // Returns a file for which isOpen() is false on failure; see lastError().
  static ByteFile createNew(const std::filesystem::path& path);

  // A file without a name in $TMPDIR (or /tmp): gone with the process. Throws Failure(kOutput).
  static ByteFile createUnlinked();

  // Takes the descriptor over.
  static ByteFile adopt(int descriptor);

  bool isOpen() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }

  // Bytes transferred; fewer than asked for at the end of the file or on an error.
  std::size_t read(std::span<std::byte> destination) noexcept;
  std::size_t write(std::span<const std::byte> source) noexcept;

  // New absolute position, or -1.
  std::int64_t seek(std::int64_t offset, int whence) noexcept;
  std::int64_t position() noexcept;
  std::int64_t size() noexcept;

  // Lets the system begin to write to the disk what it holds, so that sync() has less to wait for.
  void startWriting() noexcept;
  // Forces the content to the disk; false on failure.
  bool sync() noexcept;
  // Closes; false when the system reports a delayed write error.
  bool close() noexcept;

  // errno of the first failed read, write, sync or close; 0 if none failed.
  int lastError() const noexcept { return last_error_; }
  // For one who saves what can be saved.
  void forgetError() noexcept { last_error_ = 0; }

 private:
  int descriptor_ = -1;
  int last_error_ = 0;
};

// Copies `from` (from its present position to its end) to `to`. Returns 0, or the errno of the
// side that failed with `failed_writing` saying which.
int copyBytes(ByteFile& from, ByteFile& to, bool& failed_writing);

}  // namespace hiss
