// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace hiss {

// How far time has gone in a replay, where only the stamps of rows tell it. A single stream whose
// clock leaps, runs back or is of another zone must not make all others look silent: each stream
// carries the time forward by what passed between its own rows, by at most three of its usual
// intervals at once, and the farthest of them is the time of all. ns; begins at 0.
class ReplayClock {
 public:
  static constexpr std::int64_t kMostIntervals = 3;

  // A row of a stream that was last seen at `at_ns` of this clock (empty: never), `step_ns` later
  // by its own stamps, with a usual interval of `interval_ns` (0: not known). Returns when it is
  // seen now.
  std::int64_t tick(std::optional<std::int64_t> at_ns, std::int64_t step_ns,
                    std::int64_t interval_ns) {
    if (!at_ns || interval_ns <= 0) return now_ns_;
    const std::int64_t interval = std::min(interval_ns, kMostIntervalNs);
    const std::int64_t step = std::clamp<std::int64_t>(step_ns, 0, kMostIntervals * interval);
    const std::int64_t at =
        std::clamp(*at_ns + step, now_ns_ - interval, now_ns_ + kMostIntervals * interval);
    now_ns_ = std::max(now_ns_, at);
    return at;
  }

  [[nodiscard]] std::int64_t nowNs() const { return now_ns_; }
  void setNowNs(std::int64_t now_ns) { now_ns_ = now_ns; }

 private:
  static constexpr std::int64_t kMostIntervalNs = std::int64_t{1} << 52;  // 52 days

  std::int64_t now_ns_ = 0;
};

}  // namespace hiss
