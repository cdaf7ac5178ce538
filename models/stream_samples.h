// SPDX-License-Identifier: Apache-2.0
// Internal to models/: what samples go through before the network.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dsp/realtime.h"

namespace hiss {

// Samples beyond this magnitude (+180 dBFS) are cut down to it on their way into the network, so
// that nothing finite can overflow in there.
inline constexpr float kMaxMagnitude = 1e9F;

// in [n] -> out [n], with 0 for what is not finite; returns how many that were. out may be in.
// [audio-thread]
inline std::uint64_t replaceNonFinite(const float* in, float* out,
                                      int n) noexcept HISS_NONBLOCKING {
  std::uint32_t replaced = 0;
  for (int i = 0; i < n; ++i) {
    const bool finite = std::isfinite(in[i]);
    out[i] = finite ? in[i] : 0.0F;
    replaced += finite ? 0U : 1U;
  }
  return replaced;
}

// in [n], finite -> out [n] within kMaxMagnitude. out may be in. [audio-thread]
inline void limitMagnitude(const float* in, float* out, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) out[i] = std::clamp(in[i], -kMaxMagnitude, kMaxMagnitude);
}

}  // namespace hiss
