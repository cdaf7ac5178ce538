// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/stream_clock.h"

#include <algorithm>
#include <cmath>

namespace hiss {

double StreamClock::tick(std::optional<std::int64_t> stamp_ns) noexcept HISS_NONBLOCKING {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  const bool had_last = state_.has_last;
  const std::int64_t last = state_.last_ns;
  // After a row without a stamp nobody knows how many rows the next step covers.
  state_.has_last = stamp_ns.has_value();
  if (!stamp_ns) return unknown;
  state_.last_ns = *stamp_ns;
  if (!had_last) return unknown;
  std::int64_t step = 0;
  if (__builtin_sub_overflow(*stamp_ns, last, &step)) return unknown;
  if (step <= 0) {
    ++(step == 0 ? state_.duplicates : state_.backward);
    return unknown;
  }
  const double rows =
      interval_ns_ > 0 ? static_cast<double>(step) / static_cast<double>(interval_ns_) : unknown;
  learn(step);
  if (rows > kGapRows) {
    ++state_.gaps;
    state_.longest_gap_rows = std::max(state_.longest_gap_rows, rows);
  }
  return rows;
}

void StreamClock::setState(const ClockState& state) noexcept {
  state_ = state;
  interval_ns_ = 0;
  if (state_.count > 0) findMedian();
}

void StreamClock::learn(std::int64_t step_ns) noexcept HISS_NONBLOCKING {
  std::int64_t& slot = state_.steps_ns[static_cast<std::size_t>(state_.at)];
  const bool same = state_.count == ClockState::kSteps && slot == step_ns;
  slot = step_ns;
  state_.at = (state_.at + 1) % ClockState::kSteps;
  state_.count = std::min(state_.count + 1, ClockState::kSteps);
  if (!same) findMedian();
}

void StreamClock::findMedian() noexcept HISS_NONBLOCKING {
  std::array<std::int64_t, ClockState::kSteps> sorted = state_.steps_ns;
  const auto middle = sorted.begin() + (state_.count - 1) / 2;
  std::nth_element(sorted.begin(), middle, sorted.begin() + state_.count);
  interval_ns_ = *middle;
}

}  // namespace hiss
