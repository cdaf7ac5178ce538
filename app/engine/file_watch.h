// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/byte_file.h"
#include "app/engine/journal.h"

namespace hiss {

// Tells which files of a folder are complete (inotify): those that are there at the beginning,
// later those that are closed after writing or moved in. A file is complete when its size and time
// have stayed for kSettle and, as far as the system says, nobody has it open for writing. Hidden
// names and links to folders are passed over. Not thread-safe.
class FileWatch {
 public:
  static constexpr std::chrono::milliseconds kSettle{500};

  // `recursive`: with all folders below, also those that come later. Throws Failure(kInput).
  FileWatch(std::filesystem::path root, bool recursive);

  // Waits for complete files and returns them sorted; none if `stop_descriptor` became readable.
  // Throws Failure(kInput) if the folder is gone.
  std::vector<std::filesystem::path> wait(int stop_descriptor);

 private:
  using Clock = std::chrono::steady_clock;
  struct Pending {
    std::optional<FileStamp> stamp;
    Clock::time_point since;
  };

  void addFolder(const std::filesystem::path& folder);
  void readEvents();
  void handle(int watch, unsigned mask, const std::string& name);
  std::vector<std::filesystem::path> takeComplete();

  std::filesystem::path root_;
  bool recursive_;
  ByteFile inotify_;
  std::map<int, std::filesystem::path> folders_;  // by watch
  std::map<std::filesystem::path, Pending> pending_;
};

}  // namespace hiss
