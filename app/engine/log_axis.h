// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

namespace hiss {

// Values above 0 on a logarithmic axis of a picture; those outside stand at its ends. A value type.
struct LogAxis {
  double low = 1.0;
  double high = 10.0;
  double from = 0.0;  // place of `low`, px
  double to = 1.0;    // place of `high`

  [[nodiscard]] double at(double value) const {
    const double part = std::log(value / low) / std::log(high / low);
    return from + (to - from) * std::clamp(part, 0.0, 1.0);
  }
};

}  // namespace hiss
