// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace hiss {

// How long a task takes yet, by how fast it went so far; time in which it was paused does not
// count.
class TimeLeft {
 public:
  // Begins anew at this share of the whole, 0 … 1.
  void restart(double share) {
    first_share_ = share_ = share;
    seconds_ = 0.0;
  }

  // `seconds` of work later it stands at `share`.
  void advance(double seconds, double share) {
    seconds_ += seconds;
    share_ = share;
  }

  // Seconds; empty while too little is known.
  [[nodiscard]] std::optional<double> seconds() const {
    constexpr double kEnoughSeconds = 1.0;
    const double gone = share_ - first_share_;
    if (seconds_ < kEnoughSeconds || !(gone > 0.0)) return std::nullopt;
    return (1.0 - share_) * seconds_ / gone;
  }

 private:
  double first_share_ = 0.0;
  double share_ = 0.0;
  double seconds_ = 0.0;
};

}  // namespace hiss
