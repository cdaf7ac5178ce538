// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "ssm/simd/kernels.h"
#include "ssm/simd/roofline_loops.h"

namespace hiss {

// What one core can do at best with one kernel set: the two limits of the roofline model
// (Williams, Waterman and Patterson, 2009).
struct Roofline {
  double fma_per_s = 0.0;        // multiply-adds a second, from registers
  double l1_bytes_per_s = 0.0;   // read bandwidth of a working set of 16 KiB,
  double l2_bytes_per_s = 0.0;   // of 256 KiB,
  double l3_bytes_per_s = 0.0;   // of 8 MiB,
  double own_bytes_per_s = 0.0;  // and of the size that the probe was made for
  // Part by which fma_per_s falls behind its best in the worst tenth of the rounds: near 0 on a
  // quiet core, more where clock speed changes or other programs take turns.
  double fma_spread = 0.0;
};

// Measures a roofline in rounds of about two milliseconds, so that they can be spread over the run
// they are compared with. Not thread-safe: the thread that it is run on is what it measures.
class RooflineProbe {
 public:
  // `own_bytes`: what the work under test reads again and again, say its weights; 0 for none.
  // Between two sizes of caches this bandwidth is that of neither. Throws std::invalid_argument for
  // kernels that are not of availableKernels(). [main-thread]
  explicit RooflineProbe(const Kernels& kernels, std::size_t own_bytes = 0);

  void round() noexcept;

  // The best of all rounds; zeros before the first.
  [[nodiscard]] Roofline result() const;

 private:
  [[nodiscard]] double readRate(int floats, int passes) noexcept;

  const RooflineLoops* loops_;
  int own_floats_;
  AlignedBuffer<float> data_;
  Roofline best_;
  std::vector<double> fma_rates_;  // per second, one a round
};

// A roofline by itself, in about 50 ms. Throws as the constructor above. [main-thread]
[[nodiscard]] Roofline measureRoofline(const Kernels& kernels);

}  // namespace hiss
