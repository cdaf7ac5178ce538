// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/linear.h"
#include "ssm/simd/kernels.h"

namespace hiss {

// Convolution over the frequency axis of channels-last data, as torch.nn.Conv1d (which is
// channels-first). One multiplication without im2col: row i of the input matrix starts at
// x_padded + i * stride * c_in and is kernel * c_in long. Immutable. [thread-safe]
class Conv1d {
 public:
  Conv1d() = default;

  // `weight` [c_out, c_in, kernel] as torch stores it, `bias` [c_out] or empty.
  // Throws std::invalid_argument if a size does not fit. [main-thread]
  Conv1d(std::span<const float> weight, std::span<const float> bias, int c_out, int c_in,
         int kernel, int stride, int padding, const Kernels& kernels);

  // x_padded [f + 2 * padding, c_in], of which the first and last `padding` rows are zeros the
  // caller keeps -> y [outLength(f), c_out], dense. No overlap. [audio-thread]
  void forward(const float* x_padded, float* y, int f) const noexcept HISS_NONBLOCKING;

  // The same function, faster for a kernel of 3 and stride 1: Winograd's F(4, 3) makes four outputs
  // of six products instead of twelve, with other roundings (tested: within 2e-5 where the direct
  // form is within 8e-6). `scratch` has scratchFloats(f) values. No overlap. [audio-thread]
  void forward(const float* x_padded, float* y, int f,
               float* scratch) const noexcept HISS_NONBLOCKING;
  std::size_t scratchFloats(int f) const noexcept;

  // Output length for `f` input positions: floor((f + 2 padding - kernel) / stride) + 1.
  int outLength(int f) const noexcept { return (f + 2 * padding_ - kernel_) / stride_ + 1; }
  int padding() const noexcept { return padding_; }

 private:
  void packPlanes(std::span<const float> weight, std::span<const float> bias, int c_out);

  const Kernels* kernels_ = &scalarKernels();
  Linear linear_;                 // [c_out, kernel * c_in]
  std::array<Linear, 6> planes_;  // [c_out, c_in] each, of F(4, 3); only for kernel 3, stride 1
  int c_in_ = 0;
  int kernel_ = 1;
  int stride_ = 1;
  int padding_ = 0;
};

// Transposed convolution over the frequency axis of channels-last data, as
// torch.nn.ConvTranspose1d. Immutable. [thread-safe]
class ConvTranspose1d {
 public:
  ConvTranspose1d() = default;

  // `weight` [c_in, c_out, kernel] as torch stores it, `bias` [c_out] or empty.
  // Throws std::invalid_argument if a size does not fit. [main-thread]
  ConvTranspose1d(std::span<const float> weight, std::span<const float> bias, int c_in, int c_out,
                  int kernel, int stride, int padding, const Kernels& kernels);

  // x [f, c_in] -> y [outLength(f), c_out], dense; `scratch` has scratchFloats(f) values. Fast for
  // a kernel of twice the stride, where each output is a sum of two taps. No overlap.
  // [audio-thread]
  void forward(const float* x, float* y, int f, float* scratch) const noexcept HISS_NONBLOCKING;

  // Output length for `f` input positions: (f - 1) stride - 2 padding + kernel.
  int outLength(int f) const noexcept { return (f - 1) * stride_ - 2 * padding_ + kernel_; }
  std::size_t scratchFloats(int f) const noexcept {
    return static_cast<std::size_t>(f) * static_cast<std::size_t>(kernel_ * c_out_);
  }

 private:
  const Kernels* kernels_ = &scalarKernels();
  void forwardHalves(const float* x, float* y, int f,
                     float* scratch) const noexcept HISS_NONBLOCKING;

  Linear linear_;  // [kernel * c_out, c_in]: every tap's contribution of one position
  // The same cut in two for a kernel of twice the stride: the first half, with the bias, falls on
  // the second half of the position before.
  bool halved_ = false;
  std::array<Linear, 2> halves_;  // [stride * c_out, c_in] each
  AlignedBuffer<float> bias_;     // [c_out]
  int c_out_ = 0;
  int kernel_ = 1;
  int stride_ = 1;
  int padding_ = 0;
};

}  // namespace hiss
