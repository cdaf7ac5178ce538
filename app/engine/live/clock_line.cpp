// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/clock_line.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hiss {
namespace {

constexpr double kTooLate = 0.05;    // s
constexpr double kTooEarly = -0.02;  // s: calls come late more often than early
// While the line is this young it only moves; its slope would take a false start for drift.
constexpr double kPhaseOnlyAge = 1.0;       // s
constexpr double kYoungBandwidth = 2.0;     // Hz
constexpr double kLeastBandwidth = 0.02;    // Hz
constexpr double kMostPeriodError = 0.001;  // no sound card is off by as much
constexpr double kMostOmega = 0.5;          // rad, of one mark: the loop is stable below 1

}  // namespace

void ClockLine::start(double rate_hz) noexcept HISS_NONBLOCKING {
  *this = ClockLine();
  nominal_period_s_ = period_s_ = 1.0 / rate_hz;
}

void ClockLine::moveTo(double time_s, double samples) noexcept HISS_NONBLOCKING {
  time_s_ = time_s;
  samples_ = samples;
  age_s_ = 0.0;
  started_ = true;
}

void ClockLine::mark(double time_s, double samples) noexcept HISS_NONBLOCKING {
  if (!started_) {
    moveTo(time_s, samples);
    return;
  }
  const double count = samples - samples_;
  if (count <= 0.0) return;
  const double expected_s = time_s_ + count * period_s_;
  lateness_s_ = time_s - expected_s;
  if (lateness_s_ > kTooLate || lateness_s_ < kTooEarly) {
    moveTo(time_s, samples);
    return;
  }
  const double step_s = count * nominal_period_s_;
  age_s_ += step_s;
  const bool young = age_s_ < kPhaseOnlyAge;
  const double bandwidth =
      young ? kYoungBandwidth : std::clamp(1.0 / age_s_, kLeastBandwidth, kYoungBandwidth);
  const double omega = std::min(2.0 * std::numbers::pi * bandwidth * step_s, kMostOmega);
  time_s_ = expected_s + std::numbers::sqrt2 * omega * lateness_s_;
  samples_ = samples;
  if (young) return;
  // A stall moves the line but tells nothing of the clock: what is known of its rate stays.
  learned_s_ += step_s;
  const double slope_bandwidth = std::clamp(1.0 / learned_s_, kLeastBandwidth, bandwidth);
  const double slope_omega =
      std::min(2.0 * std::numbers::pi * slope_bandwidth * step_s, kMostOmega);
  period_s_ += slope_omega * slope_omega * lateness_s_ / count;
  period_s_ = std::clamp(period_s_, nominal_period_s_ * (1.0 - kMostPeriodError),
                         nominal_period_s_ * (1.0 + kMostPeriodError));
}

double ClockLine::samplesAt(double time_s) const noexcept HISS_NONBLOCKING {
  return started_ ? samples_ + (time_s - time_s_) / period_s_ : 0.0;
}

double ClockLine::ppm() const noexcept HISS_NONBLOCKING {
  return 1e6 * (nominal_period_s_ / period_s_ - 1.0);
}

}  // namespace hiss
