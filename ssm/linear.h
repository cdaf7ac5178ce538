// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/simd/kernels.h"

namespace hiss {

// How packed weights are stored. Products and sums are of floats in either; kBf16 (8 bits of
// mantissa) halves the memory that a step streams, which is what a step of few rows waits for.
enum class WeightFormat { kF32, kBf16 };

// kBf16 where that keeps every one of `values` as it is, else kF32. [thread-safe]
[[nodiscard]] WeightFormat exactFormat(std::span<const float> values) noexcept;

// y = x Wᵀ + b, as torch.nn.Linear. The weights are copied into panels of kPanel columns when the
// object is made; forward() only reads, so one Linear may serve many streams. [thread-safe]
class Linear {
 public:
  Linear() = default;

  // `weight` [n_out, n_in] row-major, `bias` [n_out] or empty. `kernels` must outlive this.
  // `format` is that of the packed weights; kBf16 rounds each to the nearest.
  // Throws std::invalid_argument if a size does not fit. [main-thread]
  Linear(std::span<const float> weight, std::span<const float> bias, int n_out, int n_in,
         const Kernels& kernels, WeightFormat format = WeightFormat::kF32);

  // x [rows, n_in] -> y [rows, n_out], both dense. x and y must not overlap. [audio-thread]
  void forward(const float* x, float* y, int rows) const noexcept HISS_NONBLOCKING {
    forward(x, y, rows, n_in_, n_out_);
  }

  // Row r is read at x + r * ldx and written at y + r * ldy. ldx < n_in lets rows overlap, which
  // makes a convolution of channels-last data one multiplication. [audio-thread]
  void forward(const float* x, float* y, int rows, std::ptrdiff_t ldx,
               std::ptrdiff_t ldy) const noexcept HISS_NONBLOCKING {
    if (format_ == WeightFormat::kF32) {
      kernels_->gemm(x, ldx, packed_.data(), bias_.data(), y, ldy, rows, n_in_, n_out_);
    } else {
      kernels_->gemmBf16(x, ldx, words_.data(), bias_.data(), y, ldy, rows, n_in_, n_out_);
    }
  }

  // y += x W^T, without the bias. forward() of the first inputs and accumulate() of the others, in
  // two objects, give the bits of one forward() over all inputs side by side. [audio-thread]
  void accumulate(const float* x, float* y, int rows, std::ptrdiff_t ldx,
                  std::ptrdiff_t ldy) const noexcept HISS_NONBLOCKING {
    if (format_ == WeightFormat::kF32) {
      kernels_->gemmAdd(x, ldx, packed_.data(), y, ldy, rows, n_in_, n_out_);
    } else {
      kernels_->gemmAddBf16(x, ldx, words_.data(), y, ldy, rows, n_in_, n_out_);
    }
  }

  int inputs() const noexcept { return n_in_; }
  int outputs() const noexcept { return n_out_; }
  WeightFormat format() const noexcept { return format_; }
  // Memory that a forward() reads weights from, in bytes.
  std::size_t weightBytes() const noexcept {
    return packed_.size() * sizeof(float) + words_.size() * sizeof(std::uint32_t);
  }

 private:
  const Kernels* kernels_ = &scalarKernels();
  int n_in_ = 0;
  int n_out_ = 0;
  WeightFormat format_ = WeightFormat::kF32;
  AlignedBuffer<float> packed_;         // kF32: [ceil(n_out / kPanel), n_in, kPanel]
  AlignedBuffer<std::uint32_t> words_;  // kBf16: [ceil(n_out / kPanel), ceil(n_in / 2), kPanel]
  AlignedBuffer<float> bias_;           // [paddedCount(n_out)]
};

}  // namespace hiss
