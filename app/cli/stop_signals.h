// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include "app/engine/byte_file.h"

namespace hiss {

// While it lives SIGINT, SIGTERM and SIGHUP do not end the program but make a descriptor readable,
// for a command that runs until it is told to end. [main-thread]
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  [[nodiscard]] int descriptor() const { return file_.descriptor(); }
  [[nodiscard]] bool arrived() const;
  // Takes the oldest one that arrived; 0: none did.
  int take();

 private:
  sigset_t saved_{};
  ByteFile file_;
};

}  // namespace hiss
