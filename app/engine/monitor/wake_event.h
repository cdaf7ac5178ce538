// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "app/engine/byte_file.h"

namespace hiss {

// Wakes a thread that waits in poll(): descriptor() is readable from signal() to clear().
// [thread-safe]
class WakeEvent {
 public:
  // Throws Failure(kInternal) if the system has no descriptors left.
  WakeEvent();

  void signal() noexcept;
  void clear() noexcept;
  [[nodiscard]] int descriptor() const noexcept { return event_.descriptor(); }

 private:
  ByteFile event_;
};

}  // namespace hiss
