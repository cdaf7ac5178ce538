// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <random>

namespace hiss {

// How long to wait before the next attempt at something that fails: twice as long each time up to a
// limit, with a quarter of chance up or down, so that many that lost the same peer do not return in
// one instant. Not thread-safe.
class RetryPause {
 public:
  explicit RetryPause(double longest_seconds, double first_seconds = 0.5)
      : longest_(longest_seconds), first_(std::min(first_seconds, longest_seconds)), next_(first_) {
    std::random_device device;
    random_.seed(device());
  }

  // In seconds. `at_least`: for what hardly comes right by itself, such as a wrong password.
  double next(double at_least = 0.0) {
    const double pause = std::max(next_, std::min(at_least, longest_));
    next_ = std::min(2.0 * pause, longest_);
    return pause * std::uniform_real_distribution<double>(0.75, 1.25)(random_);
  }
  void reset() { next_ = first_; }
  [[nodiscard]] double longest() const { return longest_; }

 private:
  double longest_;
  double first_;
  double next_;
  std::minstd_rand random_;
};

}  // namespace hiss
