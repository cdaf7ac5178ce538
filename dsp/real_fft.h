// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <memory>

#include "dsp/realtime.h"

namespace hiss {

// Discrete Fourier transform of n real samples, X[k] = sum_i x[i] exp(-2 pi j k i / n) for the bins
// k = 0 .. n/2. All memory is taken in the constructor. Not thread-safe: one instance per stream.
class RealFft {
 public:
  // Throws std::invalid_argument unless n >= 4 is even and n/2 has no prime factor above 7.
  // [main-thread]
  explicit RealFft(int n);
  ~RealFft();
  RealFft(RealFft&&) noexcept;
  RealFft& operator=(RealFft&&) noexcept;

  int size() const noexcept HISS_NONBLOCKING { return n_; }
  int bins() const noexcept HISS_NONBLOCKING { return n_ / 2 + 1; }

  // in [n], out [n/2 + 1]. [audio-thread]
  void forward(const float* in, std::complex<float>* out) noexcept HISS_NONBLOCKING;

  // in [n/2 + 1], out [n], scaled by 1/n so that inverse(forward(x)) = x. The imaginary parts of
  // bins 0 and n/2 are ignored. [audio-thread]
  void inverse(const std::complex<float>* in, float* out) noexcept HISS_NONBLOCKING;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
  int n_ = 0;
};

}  // namespace hiss
