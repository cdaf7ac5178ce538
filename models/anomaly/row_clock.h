// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// What a row's time since the one before is in usual intervals. The usual interval is given, or
// the median of the last 31, so that gaps do not move it and a new rate is taken up after 16 rows.
// Owned by one stream. [audio-thread]
class RowClock {
 public:
  // seconds_per_row: 0: learnt.
  explicit RowClock(double seconds_per_row = 0.0) : given_(seconds_per_row) {}

  // seconds: NaN, infinite or <= 0: as usual. Returns ln of the time in usual intervals, at most
  // ln(1e6) in magnitude; 0 while no interval is known.
  float step(double seconds) noexcept HISS_NONBLOCKING {
    if (!(seconds > 0.0) || !std::isfinite(seconds)) return 0.0F;
    double usual = given_;
    if (given_ == 0.0) {
      if (count_ > 0) {
        std::array<double, kRows> sorted = recent_;
        const std::size_t middle = count_ / 2;
        std::nth_element(sorted.begin(), sorted.begin() + middle, sorted.begin() + count_);
        usual = sorted[middle];
      }
      recent_[next_] = seconds;
      next_ = (next_ + 1) % kRows;
      count_ = std::min(count_ + 1, kRows);
      if (!(usual > 0.0)) return 0.0F;
    }
    const double most = std::log(1e6);
    return static_cast<float>(std::clamp(std::log(seconds / usual), -most, most));
  }

  void reset() noexcept HISS_NONBLOCKING {
    recent_ = {};
    next_ = count_ = 0;
  }
  void save(StateWriter& writer) const {
    writer.integer(next_);
    writer.integer(count_);
    writer.doubles(recent_);
  }
  void load(StateReader& reader) {
    next_ = static_cast<std::size_t>(reader.integer("next interval", kRows - 1));
    count_ = static_cast<std::size_t>(reader.integer("intervals", kRows));
    reader.doubles(recent_);
  }

 private:
  static constexpr std::size_t kRows = 31;

  double given_;
  std::array<double, kRows> recent_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace hiss
