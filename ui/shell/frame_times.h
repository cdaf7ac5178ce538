// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace hiss {

// How long frames took: counts in steps of a tenth of a millisecond, so that a session of any
// length costs the same. Not thread-safe.
class FrameTimes {
 public:
  void add(double seconds) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] double maxMs() const noexcept { return max_ms_; }
  // The time that the share 0 < `share` <= 1 of all frames did not pass, rounded up to a step; 0
  // without frames. Above the last step, a tenth of a second, the greatest of all.
  [[nodiscard]] double percentileMs(double share) const noexcept;

 private:
  static constexpr double kStepMs = 0.1;

  std::array<std::uint64_t, 1000> counts_{};
  std::uint64_t count_ = 0;
  double max_ms_ = 0.0;
};

}  // namespace hiss
