// SPDX-License-Identifier: Apache-2.0
// Internal to models/: how far a value lies beyond all that a stream has shown.
#pragma once

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// The evidence of a value that leaps far out of the range of those before: of N rows none was out
// there, and beyond a range's width a tail is taken to fall with the square of the distance, which
// is slow for what sensors show, so that evidence is rather too small. It serves detectors whose
// own evidence of a row is a mean of many views, of which a single wrong reading moves only some.
//
// The range follows what comes: it doubles at most with a row, so that a leap that recurs is usual
// after some times and a wrong reading of 1e30 blinds nobody, and it narrows slowly. Owned by one
// channel. [audio-thread]
class RangeLeap {
 public:
  // -log10 of the share of rows that leap as far; 0: it does not lie far out. Then learns it.
  float step(double value) noexcept HISS_NONBLOCKING {
    float evidence = 0.0F;
    if (rows_ == 0.0) {
      low_ = value;
      high_ = value;
    }
    const double width = high_ - low_;
    const double beyond = std::max(value - high_, low_ - value);
    if (width > 0.0 && rows_ >= kLeastRows && beyond > kLeastWidths * width) {
      evidence = static_cast<float>(std::log10(rows_) + 2.0 * std::log10(beyond / width));
    }
    // What stood still has no width to go by.
    const double most = width > 0.0 ? width : beyond;
    if (value > high_) high_ += std::min(value - high_, most);
    if (value < low_) low_ -= std::min(low_ - value, most);
    high_ -= kNarrowing * width;
    low_ += kNarrowing * width;
    rows_ = std::min(rows_ + 1.0, kMostRows);
    return evidence;
  }

  void reset() noexcept HISS_NONBLOCKING { *this = {}; }
  void save(StateWriter& writer) const { writer.doubles({{low_, high_, rows_}}); }
  void load(StateReader& reader) {
    reader.doubles({&low_, 1});
    reader.doubles({&high_, 1});
    reader.doubles({&rows_, 1});
    if (!std::isfinite(low_) || !std::isfinite(high_) || !(rows_ >= 0.0 && rows_ <= kMostRows)) {
      throw std::runtime_error("saved state: range of values: expected finite numbers");
    }
  }

 private:
  static constexpr double kLeastRows = 150.0;
  static constexpr double kLeastWidths = 3.0;
  static constexpr double kMostRows = 50000.0;
  static constexpr double kNarrowing = 0.5 / kMostRows;  // of each side a row

  double low_ = 0.0;
  double high_ = 0.0;
  double rows_ = 0.0;
};

}  // namespace hiss
