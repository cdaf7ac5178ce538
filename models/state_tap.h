// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/state_view.h"
#include "ssm/state_probe.h"

namespace hiss {

// Where one reader follows the hidden state of a running model step by step. While nobody looks it
// costs a step one atomic load and holds no memory. The model and its reader share it (shared_ptr),
// so that it outlives whichever goes first.
//
// Reader: one thread, which is not the audio thread. Writer: the thread that runs the model.
class StateTap {
 public:
  static constexpr std::size_t kSteps = 256;  // that find room before they are read

  explicit StateTap(StateLayout layout);
  StateTap(const StateTap&) = delete;
  StateTap& operator=(const StateTap&) = delete;
  ~StateTap() = default;

  [[nodiscard]] const StateLayout& layout() const { return layout_; }

  // From the next step on every step of this row of this block is kept until next() takes it; takes
  // memory at the first call. Throws std::invalid_argument for a block or row that is not there.
  void look(StateFocus focus);
  // Nothing is kept any more.
  void lookAway() noexcept;
  // The oldest step that was not read yet; false, and `snapshot` untouched, if there is none. A
  // step of an earlier focus may still come.
  bool next(StateSnapshot& snapshot);
  // Steps that found no room because the reader was too slow.
  [[nodiscard]] std::uint64_t lost() const noexcept {
    return lost_.load(std::memory_order_relaxed);
  }

  // Writer: where to record the step that comes; nullptr if nobody looks, or there is no room,
  // which is counted. Wait-free. [audio-thread]
  [[nodiscard]] const StateProbe* begin() noexcept HISS_NONBLOCKING;
  // Writer: the probe that begin() gave is filled. `ssm_state_rms` [layers]. [audio-thread]
  void end(std::uint64_t step, std::span<const float> ssm_state_rms) noexcept HISS_NONBLOCKING;

 private:
  struct Slot {
    std::uint64_t step = 0;
    StateProbe probe;  // its arrays and ssm_state_rms stand one after the other
  };

  void makeSlots();
  void aim(StateProbe& probe, float* values) const noexcept HISS_NONBLOCKING;
  [[nodiscard]] std::size_t floatsOf(const StateLayer& layer) const;

  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::uint64_t kAway = 0;
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  StateLayout layout_;
  // Made by the reader before `focus_` first says that it looks, then left in place.
  std::size_t slot_floats_ = 0;
  AlignedBuffer<float> values_;  // [kSteps, slot_floats]
  std::vector<Slot> slots_;      // [kSteps], or empty

  std::atomic<std::uint64_t> focus_{kAway};
  // Steps ever written and read, each on its own cache line.
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
  std::atomic<std::uint64_t> lost_{0};
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace hiss
