// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "dsp/realtime.h"
#include "models/anomaly/tail_evidence.h"
#include "models/state_io.h"

namespace hiss {

// How unlikely the last rows are together: the mean evidence of the last 1, 10 and 100 rows, each
// ranked among its own past, so that both one strange row and many slightly strange ones show.
// After the anomaly likelihood of the Numenta Anomaly Benchmark (Ahmad et al., 2017), which has
// one window and a normal distribution. Owned by one channel. [audio-thread]
class Likelihood {
 public:
  // evidence: of this row by itself, >= 0; weight: what it teaches, 0 to 1. Returns the evidence of
  // the trailing windows.
  float step(float evidence, float weight) noexcept HISS_NONBLOCKING;
  void reset() noexcept HISS_NONBLOCKING;
  void save(StateWriter& writer) const;
  void load(StateReader& reader);

 private:
  static constexpr std::size_t kLong = 100;
  static constexpr std::size_t kShort = 10;

  // Sums of multiples of 2^-16 up to 2^36: exact, so that what is added comes off again whole.
  std::array<float, kLong> recent_{};
  double long_sum_ = 0.0;
  double short_sum_ = 0.0;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::array<TailEvidence, 3> ranks_;
};

}  // namespace hiss
