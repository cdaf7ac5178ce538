// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "dsp/realtime.h"

namespace hiss {

// What a StreamClock has seen; copied to save it and put back to go on.
struct ClockState {
  static constexpr int kSteps = 63;

  std::array<std::int64_t, kSteps> steps_ns = {};  // the newest times between rows, a ring
  int count = 0;                                   // of them in use
  int at = 0;                                      // where the next one goes
  bool has_last = false;
  std::int64_t last_ns = 0;
  std::uint64_t duplicates = 0;  // rows with the stamp of the row before
  std::uint64_t backward = 0;    // rows with an earlier one
  std::uint64_t gaps = 0;        // of more than kGapRows usual intervals
  double longest_gap_rows = 0.0;
};

// Tells from the stamps of rows how far they lie apart, in units of what is usual: the median of
// the newest 63 times between rows. So a table needs no word on its rate, and each row's figure
// depends on earlier rows only. A duplicate or backward stamp counts as the usual interval; time
// goes on from it. Not thread-safe.
class StreamClock {
 public:
  static constexpr double kGapRows = 3.0;

  // Usual intervals since the row before; NaN: as usual, or not known. [audio-thread]
  double tick(std::optional<std::int64_t> stamp_ns) noexcept HISS_NONBLOCKING;

  // The usual interval; 0: not known yet. [audio-thread]
  [[nodiscard]] std::int64_t intervalNs() const noexcept HISS_NONBLOCKING { return interval_ns_; }

  [[nodiscard]] const ClockState& state() const noexcept { return state_; }
  // `state` must hold counts within their bounds and positive steps.
  void setState(const ClockState& state) noexcept;

 private:
  void learn(std::int64_t step_ns) noexcept HISS_NONBLOCKING;
  void findMedian() noexcept HISS_NONBLOCKING;

  ClockState state_;
  std::int64_t interval_ns_ = 0;
};

}  // namespace hiss
