// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "app/engine/byte_file.h"

namespace hiss {

// Unfinished outputs that removeUnfinishedOutputs() is sure to know at a time.
inline constexpr int kMaxOpenOutputs = 256;

// An output that is either complete or absent. The content goes to a temporary file in the target's
// folder; `commit` forces it to the disk and gives it its name in one step. Whatever else happens
// (an exception, a signal) the temporary file is removed and the target stays as it was.
// A target that is no regular file (a device, a pipe, standard output) cannot be renamed onto: its
// content is gathered in an unlinked temporary file and copied by `commit`.
// Not thread-safe: one instance per output.
class AtomicOutput {
 public:
  enum class Existing { kRefuse, kReplace };

  // Creates the target's folders and the temporary file. A symbolic link is followed: its target is
  // what gets replaced. Throws Failure(kOutput).
  AtomicOutput(const std::filesystem::path& target, Existing existing);

  // Standard output.
  static AtomicOutput toStandardOutput();

  AtomicOutput(AtomicOutput&& other) noexcept;
  AtomicOutput& operator=(AtomicOutput&&) = delete;
  AtomicOutput(const AtomicOutput&) = delete;
  AtomicOutput& operator=(const AtomicOutput&) = delete;
  ~AtomicOutput();

  // Where to write; seekable.
  ByteFile& file() noexcept { return file_; }
  const std::string& name() const noexcept { return name_; }
  // Whether the target is a file, not a device, a pipe or standard output.
  bool isFile() const noexcept { return !stream_.isOpen(); }

  // Forces what was written to the disk; afterwards the file's size and time stay as they are.
  // Throws Failure(kOutput).
  void seal();

  // The rest of commit() for a file that is sealed, but for forcing the name to the disk: that is
  // syncFolder() of the folder returned. Throws Failure(kOutput) and leaves nothing behind.
  std::filesystem::path giveName();

  // Throws Failure(kOutput) and leaves nothing behind.
  void commit();

 private:
  AtomicOutput() = default;
  void commitToStream();
  void commitToFile();
  [[noreturn]] void fail(int error_number) const;

  ByteFile file_;
  ByteFile lock_;    // holds the temporary file, so that it is not taken for a dead run's
  ByteFile stream_;  // open: the content is copied there
  std::string name_;
  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty: nothing to remove
  Existing existing_ = Existing::kRefuse;
  bool sealed_ = false;
  int signal_slot_ = -1;
};

// Makes the names in a folder durable. Some file systems cannot sync a folder; the data is safe
// then. [thread-safe]
void syncFolder(const std::filesystem::path& folder);

// True for the name of a temporary file, of this or another run.
bool isTemporaryName(const std::string& name);

// For a program that is about to die: a thread that asks for a new output from now on waits for
// good, so that no file appears after removeUnfinishedOutputs(). A signal handler may use it.
// [thread-safe]
void refuseNewOutputs() noexcept;

// Removes the temporary files of all unfinished outputs, of whatever thread. Calls nothing but
// gettid(2), nanosleep(2) and unlink(2), so that a signal handler may use it. [thread-safe]
void removeUnfinishedOutputs() noexcept;

}  // namespace hiss
