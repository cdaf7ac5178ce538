// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/simd/kernels.h"

namespace hiss {

// Linear map along the first (band) axis of channels-last data: y = W x + b, the same for every
// channel. As torch.nn.Linear applied to the transposed tensor. Immutable. [thread-safe]
class BandMix {
 public:
  BandMix() = default;

  // `weight` [f_out, f_in] row-major, `bias` [f_out] or empty. `kernels` must outlive this.
  // Throws std::invalid_argument if a size does not fit. [main-thread]
  BandMix(std::span<const float> weight, std::span<const float> bias, int f_out, int f_in,
          const Kernels& kernels);

  // x [f_in, c] -> y [f_out, c], dense. x and y must not overlap. [audio-thread]
  void forward(const float* x, float* y, int c) const noexcept HISS_NONBLOCKING {
    kernels_->bandMix(weight_.data(), x, bias_.data(), y, f_out_, f_in_, c);
  }

  int inputs() const noexcept { return f_in_; }
  int outputs() const noexcept { return f_out_; }

 private:
  const Kernels* kernels_ = &scalarKernels();
  int f_in_ = 0;
  int f_out_ = 0;
  AlignedBuffer<float> weight_;  // [f_out, f_in]
  AlignedBuffer<float> bias_;    // [f_out]
};

}  // namespace hiss
