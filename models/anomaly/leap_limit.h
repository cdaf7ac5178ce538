// SPDX-License-Identifier: Apache-2.0
// Internal to models/: how much a value far from a running mean may move it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// A wrong reading, however large, counts as a few deviations: it must not blind a stream for
// thousands of rows. What stays is believed after 30 rows, the more the longer it stays. A stream
// that stood still has no deviation to go by, and is believed the second time. Owned by one stream.
// [audio-thread]
class LeapLimit {
 public:
  // The part of `change`, a value's distance from the mean, that counts. `usual`: the most that
  // counts at once. `share`: of the change of a stream that stood `still`.
  double counts(double change, double usual, bool still, double share) noexcept HISS_NONBLOCKING {
    far_rows_ = std::abs(change) > usual ? std::min(far_rows_ + 1, kMostFarRows) : 0;
    if (far_rows_ == 0) return change;
    double most = usual;
    if (still && far_rows_ > 1) most = std::max(most, share * std::abs(change));
    if (far_rows_ > kBelievedRows) most = std::ldexp(most, 2 * (far_rows_ - kBelievedRows));
    return std::clamp(change, -most, most);
  }

  void reset() noexcept HISS_NONBLOCKING { far_rows_ = 0; }
  void save(StateWriter& writer) const { writer.integer(static_cast<std::uint64_t>(far_rows_)); }
  void load(StateReader& reader) {
    far_rows_ = static_cast<int>(reader.integer("rows far from the mean", kMostFarRows));
  }

 private:
  static constexpr int kBelievedRows = 30;
  static constexpr int kMostFarRows = 500;

  int far_rows_ = 0;  // in a row until now
};

}  // namespace hiss
