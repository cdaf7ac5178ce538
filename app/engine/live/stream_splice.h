// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "dsp/realtime.h"

namespace hiss {

// Shortens or lengthens a running stream at once: leaves sound out, or puts silence in, with fades
// instead of clicks. Interleaved [samples][channels]. Not thread-safe.
class StreamSplice {
 public:
  // [main-thread]
  void prepare(int channels, int fade_samples, int most_inserted);

  // Leaves out `samples` (at least a fade's length) from the next sample on. Not while isBusy.
  void drop(int samples) noexcept HISS_NONBLOCKING;
  // Puts in `samples` of silence, at most what `prepare` was told. Not while isBusy.
  void insert(int samples) noexcept HISS_NONBLOCKING;
  [[nodiscard]] bool isBusy() const noexcept HISS_NONBLOCKING { return phase_ != Phase::kThrough; }

  // in [n][channels]; out holds n + most_inserted samples. Returns how many were written.
  int process(const float* in, int n, float* out) noexcept HISS_NONBLOCKING;
  void reset() noexcept HISS_NONBLOCKING;

 private:
  enum class Phase { kThrough, kKeepTail, kSkip, kCrossfade, kFadeOut, kSilence, kFadeIn };
  void enter(Phase phase, int samples) noexcept HISS_NONBLOCKING;
  void next() noexcept HISS_NONBLOCKING;

  std::size_t channels_ = 1;
  int fade_ = 1;
  int most_inserted_ = 0;
  int length_ = 0;  // of the drop or the insertion
  Phase phase_ = Phase::kThrough;
  int left_ = 0;             // samples of the phase
  std::vector<float> tail_;  // [fade][channels]: what would have been heard next
};

}  // namespace hiss
