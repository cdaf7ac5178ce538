// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace hiss {

// One number a step, of the newest `kept` steps; NaN where there is none. Not thread-safe.
class StepCurve {
 public:
  static constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

  explicit StepCurve(int kept) : values_(static_cast<std::size_t>(kept), kMissing) {}

  // Steps come in rising order; those that are passed over are missing.
  void set(std::int64_t step, float value) {
    const auto kept = static_cast<std::int64_t>(values_.size());
    for (std::int64_t k = std::max(newest_ + 1, step - kept); k < step; ++k) slot(k) = kMissing;
    slot(step) = value;
    newest_ = step;
  }
  [[nodiscard]] float at(std::int64_t step) const noexcept {
    const auto kept = static_cast<std::int64_t>(values_.size());
    if (step < 1 || step > newest_ || step <= newest_ - kept) return kMissing;
    return values_[static_cast<std::size_t>(step % kept)];
  }
  void clear() {
    std::fill(values_.begin(), values_.end(), kMissing);
    newest_ = 0;
  }

 private:
  float& slot(std::int64_t step) {
    return values_[static_cast<std::size_t>(step) % values_.size()];
  }

  std::vector<float> values_;  // [kept], ring
  std::int64_t newest_ = 0;
};

}  // namespace hiss
