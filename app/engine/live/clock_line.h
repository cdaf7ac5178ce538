// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dsp/realtime.h"

namespace hiss {

// What the clock of a sound device shows, learned from the moments of its calls: a straight line
// from time to samples, fitted by a delay-locked loop (F. Adriaensen, "Using a DLL to filter time",
// LAC 2005). Its bandwidth falls as 1/age, to a floor, so that the line settles in a second and is
// quiet after some more. Calls may come late, in bursts, and with any number of samples.
// Not thread-safe.
class ClockLine {
 public:
  // Forgets everything. rate_hz > 0 is the nominal rate.
  void start(double rate_hz) noexcept HISS_NONBLOCKING;

  // At time_s, by the steady clock, the count of samples had become `samples`, which never falls.
  // What comes much too late or too early moves the line there at once: a stall or its end.
  void mark(double time_s, double samples) noexcept HISS_NONBLOCKING;

  // The count of samples at time_s, with a fraction. 0 before the first mark.
  [[nodiscard]] double samplesAt(double time_s) const noexcept HISS_NONBLOCKING;
  // How much faster than nominal the clock runs.
  [[nodiscard]] double ppm() const noexcept HISS_NONBLOCKING;
  // By how much the last mark came after the line (before: below 0).
  [[nodiscard]] double lateness() const noexcept HISS_NONBLOCKING { return lateness_s_; }
  // Seconds since the line was last moved; 0 before the first mark.
  [[nodiscard]] double age() const noexcept HISS_NONBLOCKING { return age_s_; }

 private:
  void moveTo(double time_s, double samples) noexcept HISS_NONBLOCKING;

  double nominal_period_s_ = 1.0;
  double period_s_ = 1.0;  // of a sample
  double time_s_ = 0.0;    // the line goes through (time_s_, samples_)
  double samples_ = 0.0;
  double lateness_s_ = 0.0;
  double age_s_ = 0.0;
  double learned_s_ = 0.0;  // that the slope was fitted for, over all moves of the line
  bool started_ = false;
};

}  // namespace hiss
