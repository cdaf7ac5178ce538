// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/clock_line.h"

#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

constexpr double kTooLate = 0.05;    // s: the line is moved at once
constexpr double kTooEarly = -0.04;  // s: calls come late more often than early
// Far from the line, in seconds and in standard deviations, and how long that must last.
constexpr double kFar = 0.003;
constexpr double kFarDeviations = 3.0;
constexpr double kAwayFor = 0.15;
constexpr int kAwayCalls = 4;
constexpr double kToldStep = 0.01;          // s: of a gap that the device tells of
constexpr double kMostSlope = 0.001;        // no sound card is off by as much
constexpr double kSlopeDeviation = 100e-6;  // before anything is known; sound cards are that good
constexpr double kSlopeWander = 1e-7;       // in a second, of a crystal that warms up
constexpr double kPlaceWander = 0.1;        // in a second, as a share of what calls scatter by
constexpr double kFirstScatter = 0.001;     // s
constexpr double kLeastScatter = 20e-6;     // s
constexpr double kScatterFor = 4.0;         // s over which it is averaged
// Calls that are nearer to each other than that are late together.
constexpr double kTogether = 0.05;  // s
constexpr double kOutlier = 3.0;    // standard deviations that one call can weigh at most

double squared(double x) { return x * x; }

}  // namespace

void ClockLine::start(double rate_hz) noexcept HISS_NONBLOCKING {
  *this = ClockLine();
  nominal_period_s_ = period_s_ = 1.0 / rate_hz;
  slope_var_ = squared(kSlopeDeviation);
  call_var_ = squared(kFirstScatter);
}

void ClockLine::moveTo(double time_s, double samples) noexcept HISS_NONBLOCKING {
  time_s_ = time_s;
  samples_ = samples;
  age_s_ = 0.0;
  place_var_ = call_var_;
  both_var_ = 0.0;
  away_s_ = away_sum_s_ = 0.0;
  away_calls_ = 0;
  started_ = true;
}

void ClockLine::loosen() noexcept HISS_NONBLOCKING {
  place_var_ += squared(kToldStep);
  both_var_ = 0.0;
}

bool ClockLine::hasLeft(double step_s, double most_s) noexcept HISS_NONBLOCKING {
  const bool away = std::abs(lateness_s_) > most_s && lateness_s_ * away_sum_s_ >= 0.0;
  if (!away) {
    away_s_ = away_sum_s_ = 0.0;
    away_calls_ = 0;
    return false;
  }
  away_s_ += step_s;
  away_sum_s_ += lateness_s_;
  ++away_calls_;
  return away_s_ > kAwayFor && away_calls_ >= kAwayCalls;
}

void ClockLine::mark(double time_s, double samples) noexcept HISS_NONBLOCKING {
  if (!started_) {
    moveTo(time_s, samples);
    return;
  }
  const double count = samples - samples_;
  if (count <= 0.0) return;
  const double expected_s = time_s_ + count * period_s_;
  const double step_s = count * nominal_period_s_;
  lateness_s_ = time_s - expected_s;
  if (lateness_s_ > kTooLate || lateness_s_ < kTooEarly) {
    moveTo(time_s, samples);
    return;
  }
  time_s_ = expected_s;
  samples_ = samples;
  age_s_ += step_s;
  place_var_ +=
      step_s * (2.0 * both_var_ + step_s * slope_var_ + squared(kPlaceWander) * call_var_);
  both_var_ += step_s * slope_var_;
  slope_var_ += step_s * squared(kSlopeWander);
  const double deviation_s = std::sqrt(place_var_ + call_var_);
  if (hasLeft(step_s, std::max(kFar, kFarDeviations * deviation_s))) {
    moveTo(expected_s + away_sum_s_ / away_calls_, samples);
    return;
  }
  const double weighed_s = std::clamp(lateness_s_, -kOutlier * deviation_s, kOutlier * deviation_s);
  const double keep = std::max(1.0 - step_s / kScatterFor, 0.0);
  call_var_ =
      std::max(keep * call_var_ + (1.0 - keep) * squared(weighed_s), squared(kLeastScatter));
  const double noise = call_var_ * std::max(1.0, kTogether / step_s);
  const double place_gain = place_var_ / (place_var_ + noise);
  const double slope_gain = both_var_ / (place_var_ + noise);
  time_s_ += place_gain * weighed_s;
  const double slope = period_s_ / nominal_period_s_ - 1.0 + slope_gain * weighed_s;
  period_s_ = nominal_period_s_ * (1.0 + std::clamp(slope, -kMostSlope, kMostSlope));
  slope_var_ -= slope_gain * both_var_;
  both_var_ -= place_gain * both_var_;
  place_var_ -= place_gain * place_var_;
}

double ClockLine::samplesAt(double time_s) const noexcept HISS_NONBLOCKING {
  return started_ ? samples_ + (time_s - time_s_) / period_s_ : 0.0;
}

double ClockLine::ppm() const noexcept HISS_NONBLOCKING {
  return 1e6 * (nominal_period_s_ / period_s_ - 1.0);
}

}  // namespace hiss
