// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dsp/realtime.h"

namespace hiss {

// Shortens a running stream at once: leaves sound out, with a crossfade instead of a click.
// Interleaved [samples][channels]. Not thread-safe.
class StreamSplice {
 public:
  // [main-thread]
  void prepare(int channels, int fade_samples);

  // Leaves out `samples` (at least a fade's length) from the next sample on. Not while isBusy.
  void drop(int samples) noexcept HISS_NONBLOCKING;
  [[nodiscard]] bool isBusy() const noexcept HISS_NONBLOCKING { return phase_ != Phase::kThrough; }

  // in [n][channels], out [n][channels]; returns how many samples were written.
  int process(const float* in, int n, float* out) noexcept HISS_NONBLOCKING;
  void reset() noexcept HISS_NONBLOCKING;

 private:
  enum class Phase { kThrough, kKeepTail, kSkip, kCrossfade };
  void enter(Phase phase, int samples) noexcept HISS_NONBLOCKING;
  void next() noexcept HISS_NONBLOCKING;

  std::size_t channels_ = 1;
  int fade_ = 1;
  int length_ = 0;  // of the drop
  Phase phase_ = Phase::kThrough;
  int left_ = 0;             // samples of the phase
  std::vector<float> tail_;  // [fade][channels]: what would have been heard next
};

}  // namespace hiss
