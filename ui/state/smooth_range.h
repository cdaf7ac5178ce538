// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

namespace hiss {

// The end of a colour scale that follows what is shown: rises at once, falls slowly, so that a
// picture neither saturates nor flickers.
class SmoothRange {
 public:
  // Falls to 1/e in `fall_steps` steps, but never below `least` > 0.
  SmoothRange(double fall_steps, float least)
      : keep_(static_cast<float>(std::exp(-1.0 / fall_steps))), least_(least), value_(least) {}

  void take(float peak) noexcept { value_ = std::max({peak, value_ * keep_, least_}); }
  void reset() noexcept { value_ = least_; }
  [[nodiscard]] float value() const noexcept { return value_; }

 private:
  float keep_;
  float least_;
  float value_;
};

}  // namespace hiss
