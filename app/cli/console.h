// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"

namespace hiss {

// The standard error stream: one line an error, and a progress bar if it is a terminal.
// [main-thread]
class Console {
 public:
  explicit Console(bool quiet);

  // "hiss: TEXT"
  void error(const std::string& text);

  // Shows how far `name` is; `total` is -1 while unknown. Redraws at most ten times a second.
  void progress(const std::string& name, std::int64_t done, std::int64_t total);
  // Takes the bar away.
  void clearProgress();

 private:
  void put(const std::string& text);

  ByteFile stream_;  // a duplicate: while MP3 is decoded, descriptor 2 leads nowhere
  bool has_bar_;
  bool bar_shown_ = false;
  std::chrono::steady_clock::time_point last_drawn_;
};

}  // namespace hiss
