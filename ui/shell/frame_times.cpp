// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/frame_times.h"

#include <algorithm>
#include <cmath>

namespace hiss {

void FrameTimes::add(double seconds) noexcept {
  const double ms = std::max(0.0, 1e3 * seconds);
  max_ms_ = std::max(max_ms_, ms);
  ++count_;
  const double step = std::floor(ms / kStepMs);
  if (step < static_cast<double>(counts_.size())) ++counts_[static_cast<std::size_t>(step)];
}

double FrameTimes::percentileMs(double share) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size() && count_ > 0; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(max_ms_, kStepMs * static_cast<double>(i + 1));
  }
  return max_ms_;
}

}  // namespace hiss
