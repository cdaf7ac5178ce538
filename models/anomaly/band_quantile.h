// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// How far from what is expected 98 % of the rows lie, followed by small steps of its logarithm:
// up by a miss, down by a fiftieth of that for each hit (Robbins and Monro), so that it needs one
// number and forgets. As small steps down take long from a bad start, it is also held to so many
// times the mean distance. Owned by one stream. [audio-thread]
class BandQuantile {
 public:
  // distance: >= 0, of the row from its prediction, in the sensor's unit.
  void learn(double distance) noexcept HISS_NONBLOCKING {
    count_ = std::min(count_ + 1.0, 1e9);
    const double step = std::max(2.0 / (count_ + 1.0), 0.05);
    mean_ += std::max(1.0 / count_, 0.01) * (distance - mean_);
    if (count_ <= kFirstRows) {
      // The greatest of the first: a start of the right size for any unit.
      width_ = std::max(width_, distance);
    } else if (distance > width_) {
      width_ = width_ > 0.0 ? width_ * std::exp(kInside * step) : distance;
    } else {
      width_ *= std::exp((kInside - 1.0) * step);
    }
    width_ = std::min(width_, kMostMeans * mean_);
  }

  [[nodiscard]] bool known() const noexcept HISS_NONBLOCKING { return count_ >= kFirstRows; }
  [[nodiscard]] double width() const noexcept HISS_NONBLOCKING { return width_; }

  void reset() noexcept HISS_NONBLOCKING { width_ = mean_ = count_ = 0.0; }
  void save(StateWriter& writer) const {
    const double values[] = {width_, mean_, count_};
    writer.doubles(values);
  }
  void load(StateReader& reader) {
    double values[3];
    reader.doubles(values);
    width_ = std::max(values[0], 0.0);
    mean_ = std::max(values[1], 0.0);
    count_ = std::max(values[2], 0.0);
  }

 private:
  static constexpr double kInside = 0.98;
  static constexpr double kFirstRows = 30.0;
  static constexpr double kMostMeans = 12.0;

  double width_ = 0.0;
  double mean_ = 0.0;
  double count_ = 0.0;
};

}  // namespace hiss
