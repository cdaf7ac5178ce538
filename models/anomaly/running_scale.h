// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "dsp/realtime.h"
#include "models/anomaly/leap_limit.h"
#include "models/state_io.h"

namespace hiss {

// Mean and deviation of a stream, exponentially weighted, for any unit and size: all that follows
// from them is the same for a stream times a constant. The first rows count alike, so that it is
// of use from the second on. One bad value moves it little. Owned by one stream. [audio-thread]
class RunningScale {
 public:
  // `memory_rows`: after that many rows the past weighs as much as the present, about.
  explicit RunningScale(double memory_rows) : slowest_(1.0 / memory_rows) {}

  // x: finite, magnitude at most 1e100.
  void learn(double x) noexcept HISS_NONBLOCKING {
    if (count_ == 0.0) mean_ = x;
    count_ = std::min(count_ + 1.0, 1e9);
    const double rate = std::max(1.0 / count_, slowest_);
    double change = x - mean_;
    const double usual = kClip * std::sqrt(variance_);
    const bool still = std::sqrt(variance_) < 10.0 * (1e-30 + 1e-9 * std::abs(mean_));
    const double counts = leap_.counts(change, usual, still, 0.1);
    if (count_ > kOpenRows) change = counts;
    mean_ += rate * change;
    variance_ = (1.0 - rate) * (variance_ + rate * change * change);
  }

  [[nodiscard]] double mean() const noexcept HISS_NONBLOCKING { return mean_; }
  // Never 0: far below it a double of the mean's size resolves nothing.
  [[nodiscard]] double deviation() const noexcept HISS_NONBLOCKING {
    return std::sqrt(variance_) + 1e-9 * std::abs(mean_) + 1e-30;
  }
  // How many deviations from the mean; 0 before the first row. At most 1e30 in magnitude.
  [[nodiscard]] double relative(double x) const noexcept HISS_NONBLOCKING {
    if (count_ == 0.0) return 0.0;
    return std::clamp((x - mean_) / deviation(), -1e30, 1e30);
  }

  void reset() noexcept HISS_NONBLOCKING {
    mean_ = variance_ = count_ = 0.0;
    leap_.reset();
  }
  void save(StateWriter& writer) const {
    const double values[] = {mean_, variance_, count_};
    writer.doubles(values);
    leap_.save(writer);
  }
  void load(StateReader& reader) {
    double values[3];
    reader.doubles(values);
    mean_ = values[0];
    variance_ = std::max(values[1], 0.0);
    count_ = std::max(values[2], 0.0);
    leap_.load(reader);
  }

 private:
  static constexpr double kOpenRows = 50.0;  // that many are taken as they come
  static constexpr double kClip = 6.0;

  double slowest_;
  double mean_ = 0.0;
  double variance_ = 0.0;
  double count_ = 0.0;
  LeapLimit leap_;
};

}  // namespace hiss
