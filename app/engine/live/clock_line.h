// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dsp/realtime.h"

namespace hiss {

// What the clock of a sound device shows, learned from the moments of its calls: a straight line
// from time to samples. A Kalman filter of two states, the line's place and its slope, whose noise
// is what the calls scatter by; so the line settles in a second and is quieter the longer it runs.
// Calls may come late, in bursts, and with any number of samples. Where the calls leave the line
// and stay away from it (a stall, a server that has filled its buffer anew) the line is moved; what
// is known of the slope stays, for such a step tells nothing of the clock.
// Not thread-safe.
class ClockLine {
 public:
  // Forgets everything. rate_hz > 0 is the nominal rate.
  void start(double rate_hz) noexcept HISS_NONBLOCKING;

  // At time_s, by the steady clock, the count of samples had become `samples`, which never falls.
  void mark(double time_s, double samples) noexcept HISS_NONBLOCKING;

  // The device says that it stood still or lost sound before the next mark: the line may have to be
  // moved by some milliseconds, which tells nothing of its slope.
  void loosen() noexcept HISS_NONBLOCKING;

  // The count of samples at time_s, with a fraction. 0 before the first mark.
  [[nodiscard]] double samplesAt(double time_s) const noexcept HISS_NONBLOCKING;
  // How much faster than nominal the clock runs.
  [[nodiscard]] double ppm() const noexcept HISS_NONBLOCKING;
  // By how much the last mark came after the line (before: below 0).
  [[nodiscard]] double lateness() const noexcept HISS_NONBLOCKING { return lateness_s_; }
  // Seconds of marks since the line was last moved; 0 before the first mark.
  [[nodiscard]] double age() const noexcept HISS_NONBLOCKING { return age_s_; }

 private:
  void moveTo(double time_s, double samples) noexcept HISS_NONBLOCKING;
  bool hasLeft(double step_s, double most_s) noexcept HISS_NONBLOCKING;

  double nominal_period_s_ = 1.0;
  double period_s_ = 1.0;  // of a sample
  double time_s_ = 0.0;    // the line goes through (time_s_, samples_)
  double samples_ = 0.0;
  double lateness_s_ = 0.0;
  double age_s_ = 0.0;
  bool started_ = false;
  // What is not known: variances of the place (s^2) and of the relative slope, and their
  // covariance; and that of the calls about the line.
  double place_var_ = 0.0;
  double slope_var_ = 0.0;
  double both_var_ = 0.0;
  double call_var_ = 0.0;
  // Since when, in seconds of marks, all calls were on one side of the line and far from it.
  double away_s_ = 0.0;
  double away_sum_s_ = 0.0;
  int away_calls_ = 0;
};

}  // namespace hiss
