// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace hiss {

// How long each state remembers at this step: after so many steps of the same size a share of 1/e
// of it is left, -1 / (dt A). Infinite where the step is 0. dt [d_inner], A [d_inner, d_state] ->
// steps [d_inner, d_state]. [thread-safe]
inline void memoryHorizonSteps(std::span<const float> dt, std::span<const float> A,
                               std::span<float> steps) noexcept {
  const std::size_t d_state = dt.empty() ? 1 : A.size() / dt.size();
  for (std::size_t i = 0; i < A.size(); ++i) steps[i] = -1.0F / (dt[i / d_state] * A[i]);
}

}  // namespace hiss
