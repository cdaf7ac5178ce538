// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

namespace hiss {

// Scalar definitions, stable for every finite input. They are what the vectorised kernels are
// tested against. [thread-safe] [audio-thread]

// 1 / (1 + exp(-x)), computed from exp(-|x|) so that nothing overflows.
inline float sigmoid(float x) noexcept {
  const float t = std::exp(-std::fabs(x));
  return (x < 0.0f ? t : 1.0f) / (1.0f + t);
}

// x sigmoid(x), "swish".
inline float silu(float x) noexcept {
  const float t = std::exp(-std::fabs(x));
  return x * (x < 0.0f ? t : 1.0f) / (1.0f + t);
}

// log(1 + exp(x)). The reference returns x itself above 20, which differs by less than half an ulp.
inline float softplus(float x) noexcept {
  return std::max(x, 0.0f) + std::log1p(std::exp(-std::fabs(x)));
}

// x Φ(x) by the complement, which keeps its digits where Φ(x) is near 0.
inline float gelu(float x) noexcept { return 0.5f * x * std::erfc(-x * 0.70710678f); }

}  // namespace hiss
