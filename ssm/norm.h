// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/simd/kernels.h"

namespace hiss {

// x / sqrt(mean(x²) + eps) * weight over each row, as MambaRMSNorm of the reference. Immutable.
// [thread-safe]
class RmsNorm {
 public:
  RmsNorm() = default;
  // `weight` [n]; `kernels` must outlive this. Throws std::invalid_argument if empty. [main-thread]
  RmsNorm(std::span<const float> weight, float eps, const Kernels& kernels);

  // x [rows, n] -> y [rows, n], dense; y may be x. [audio-thread]
  void forward(const float* x, float* y, int rows) const noexcept HISS_NONBLOCKING {
    const int n = static_cast<int>(weight_.size());
    kernels_->rmsNorm(x, n, weight_.data(), eps_, y, n, rows, n);
  }

 private:
  const Kernels* kernels_ = &scalarKernels();
  AlignedBuffer<float> weight_;  // [n]
  float eps_ = 0.0f;
};

// (x - mean) / sqrt(variance + eps) * weight + bias over each row, as torch.nn.LayerNorm.
// Immutable. [thread-safe]
class LayerNorm {
 public:
  LayerNorm() = default;
  // `weight` [n], `bias` [n]; `kernels` must outlive this. Throws std::invalid_argument if empty
  // or of different sizes. [main-thread]
  LayerNorm(std::span<const float> weight, std::span<const float> bias, float eps,
            const Kernels& kernels);

  // x [rows, n] -> y [rows, n], dense; y may be x. [audio-thread]
  void forward(const float* x, float* y, int rows) const noexcept HISS_NONBLOCKING {
    kernels_->layerNorm(x, weight_.data(), bias_.data(), eps_, y, rows,
                        static_cast<int>(weight_.size()));
  }

 private:
  const Kernels* kernels_ = &scalarKernels();
  AlignedBuffer<float> weight_;  // [n]
  AlignedBuffer<float> bias_;    // [n]
  float eps_ = 0.0f;
};

}  // namespace hiss
