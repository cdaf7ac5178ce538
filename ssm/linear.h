// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/simd/kernels.h"

namespace hiss {

// y = x Wᵀ + b, as torch.nn.Linear. The weights are copied into panels of kPanel columns when the
// object is made; forward() only reads, so one Linear may serve many streams. [thread-safe]
class Linear {
 public:
  Linear() = default;

  // `weight` [n_out, n_in] row-major, `bias` [n_out] or empty. `kernels` must outlive this.
  // Throws std::invalid_argument if a size does not fit. [main-thread]
  Linear(std::span<const float> weight, std::span<const float> bias, int n_out, int n_in,
         const Kernels& kernels);

  // x [rows, n_in] -> y [rows, n_out], both dense. x and y must not overlap. [audio-thread]
  void forward(const float* x, float* y, int rows) const noexcept HISS_NONBLOCKING {
    forward(x, y, rows, n_in_, n_out_);
  }

  // Row r is read at x + r * ldx and written at y + r * ldy. ldx < n_in lets rows overlap, which
  // makes a convolution of channels-last data one multiplication. [audio-thread]
  void forward(const float* x, float* y, int rows, std::ptrdiff_t ldx,
               std::ptrdiff_t ldy) const noexcept HISS_NONBLOCKING {
    kernels_->gemm(x, ldx, packed_.data(), bias_.data(), y, ldy, rows, n_in_, n_out_);
  }

  // y += x W^T, without the bias. forward() of the first inputs and accumulate() of the others, in
  // two objects, give the bits of one forward() over all inputs side by side. [audio-thread]
  void accumulate(const float* x, float* y, int rows, std::ptrdiff_t ldx,
                  std::ptrdiff_t ldy) const noexcept HISS_NONBLOCKING {
    kernels_->gemmAdd(x, ldx, packed_.data(), y, ldy, rows, n_in_, n_out_);
  }

  int inputs() const noexcept { return n_in_; }
  int outputs() const noexcept { return n_out_; }

 private:
  const Kernels* kernels_ = &scalarKernels();
  int n_in_ = 0;
  int n_out_ = 0;
  AlignedBuffer<float> packed_;  // [ceil(n_out / kPanel), n_in, kPanel]
  AlignedBuffer<float> bias_;    // [paddedCount(n_out)]
};

}  // namespace hiss
