// SPDX-License-Identifier: Apache-2.0
// Internal to models/: the scale on which the forecaster sees a channel.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dsp/realtime.h"
#include "models/anomaly/leap_limit.h"
#include "models/state_io.h"

namespace hiss {

// Running mean and deviation of a channel, and its usual step on that scale: the twin, operation
// for operation, of `streaming_scale` of models/training/hiss_training/series.py, for the
// forecaster was trained on what that gives. Owned by one stream. [audio-thread]
class ForecastScale {
 public:
  // One value, |x| <= 1e100, as it stood on the scale before it was seen, clipped to +-10. `quiet`:
  // what is an alarm now is not to be usual soon, so little is learnt.
  float step(double x, bool quiet) noexcept HISS_NONBLOCKING {
    if (count_ == 0) mean_ = x;
    const double c = static_cast<double>(++count_);
    const double sd = deviation();
    const double z = count_ == 1 ? 0.0 : std::clamp((x - mean_) / sd, -kMostZ, kMostZ);
    const double share = quiet ? kQuietShare : 1.0;

    double change = count_ == 1 ? 0.0 : std::abs(z - before_);
    if (count_ > kOpenRows) change = std::min(change, 8.0 * usual_ + kLeastStep);
    usual_ += share * std::max(1.0 / c, 1.0 / kStepRows) * (change - usual_);
    before_ = z;

    double d = x - mean_;
    const bool still = std::sqrt(variance_) < 10.0 * (1e-30 + 1e-6 * std::abs(mean_));
    const double counts = leap_.counts(d, 6.0 * sd, still, 0.02);
    if (count_ > kOpenRows) d = counts;
    const double k = share * std::max(1.0 / c, 1.0 / kMemoryRows);
    mean_ += k * d;
    variance_ = (1.0 - k) * (variance_ + k * d * d);
    return static_cast<float>(z);
  }

  // How many deviations x lies from the mean of the rows until now; not clipped, but at most 1e30.
  [[nodiscard]] double relative(double x) const noexcept HISS_NONBLOCKING {
    return count_ == 0 ? 0.0 : std::clamp((x - mean_) / deviation(), -1e30, 1e30);
  }
  // The value in the sensor's unit that lies z deviations from that mean.
  [[nodiscard]] double absolute(double z) const noexcept HISS_NONBLOCKING {
    return mean_ + z * deviation();
  }
  // Of the scaled value, from row to row.
  [[nodiscard]] float usualStep() const noexcept HISS_NONBLOCKING {
    return static_cast<float>(std::max(usual_, kLeastStep));
  }
  [[nodiscard]] std::uint64_t rows() const noexcept HISS_NONBLOCKING { return count_; }

  void reset() noexcept HISS_NONBLOCKING { *this = ForecastScale(); }
  void save(StateWriter& writer) const {
    writer.integer(count_);
    leap_.save(writer);
    const double values[] = {mean_, variance_, usual_, before_};
    writer.doubles(values);
  }
  void load(StateReader& reader) {
    count_ = reader.integer("rows of a channel", std::uint64_t{1} << 53U);
    leap_.load(reader);
    double values[4];
    reader.doubles(values);
    mean_ = values[0];
    variance_ = std::max(values[1], 0.0);
    usual_ = values[2];
    before_ = values[3];
  }

 private:
  static constexpr double kMostZ = 10.0;
  static constexpr double kLeastStep = 1e-3;
  static constexpr double kMemoryRows = 2000.0;
  static constexpr double kStepRows = 200.0;
  static constexpr std::uint64_t kOpenRows = 50;  // that many are taken as they come
  static constexpr double kQuietShare = 0.25;

  [[nodiscard]] double deviation() const noexcept HISS_NONBLOCKING {
    return std::sqrt(variance_) + 1e-30 + 1e-6 * std::abs(mean_);
  }

  double mean_ = 0.0;
  double variance_ = 0.0;
  double usual_ = 0.0;
  double before_ = 0.0;
  std::uint64_t count_ = 0;
  LeapLimit leap_;
};

}  // namespace hiss
