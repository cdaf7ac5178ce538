// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "models/state_view.h"

namespace hiss {

// Where one reader follows the hidden state of a running model step by step. While nobody looks it
// costs a step one atomic load and holds no memory. The model and its reader share it (shared_ptr),
// so that it outlives whichever goes first.
//
// Reader: one thread, which is not the audio thread.
class StateTap {
 public:
  explicit StateTap(StateLayout layout);
  StateTap(const StateTap&) = delete;
  StateTap& operator=(const StateTap&) = delete;
  ~StateTap();

  [[nodiscard]] const StateLayout& layout() const;

  // From the next step on every step of this row of this block is kept until next() takes it; takes
  // memory at the first call. Throws std::invalid_argument for a block or row that is not there.
  void look(StateFocus focus);
  // Nothing is kept any more.
  void lookAway() noexcept;
  // The oldest step that was not read yet; false, and `snapshot` untouched, if there is none. Steps
  // of an earlier focus may still come.
  bool next(StateSnapshot& snapshot);
  // Steps that found no room because the reader was too slow.
  [[nodiscard]] std::uint64_t lost() const noexcept;
};

}  // namespace hiss
