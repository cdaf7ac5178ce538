// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

struct TailConfig {
  float effective_rows = 5000.0f;  // a row's weight has faded to 1/e after so many; > 1
  float warm_up_rows = 150.0f;     // evidence is 0 until so many rows were learned
};

// Says how unusual each value of a positive statistic of one stream is against the stream's own
// past: evidence is -log10 of the share of past rows, aged, with at least this value. In the body
// that share is counted in a histogram over log10 of the value; beyond the upper 5 % it is that of
// a generalised Pareto distribution with the mean and the variance of the excesses there, so that
// evidence grows without bound and never ties (Pickands 1975; its use on streams is SPOT's, Siffer
// et al. 2017).
//
// The histogram needs no scale: it spans five decades that lie where the first value falls and
// move by whole bins when the values do. Values from 1e-300 to 1e300 are told apart.
//
// One instance serves one statistic of one stream; not thread-safe.
class TailEvidence {
 public:
  static constexpr int kBins = 80;
  static constexpr int kBinsPerDecade = 16;

  explicit TailEvidence(const TailConfig& config = {});

  // The evidence of a finite value >= 0 against the rows before, then learns it with a weight from
  // 0 to 1, by which the past ages as well. Evidence is finite, >= 0 and rises with the value; it
  // is 0 while warming up. [audio-thread]
  float step(double statistic, float weight = 1.0f) noexcept HISS_NONBLOCKING;

  // The two halves of `step`. [audio-thread]
  [[nodiscard]] float evidence(double statistic) const noexcept HISS_NONBLOCKING;
  void learn(double statistic, float weight = 1.0f) noexcept HISS_NONBLOCKING;

  // Whether evidence counts. [audio-thread]
  [[nodiscard]] bool warm() const noexcept { return rows_ >= warm_up_rows_; }
  // Forgets all rows. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // The past; `load` throws std::runtime_error for what none can be. The config is not part of it.
  // [main-thread]
  void save(StateWriter& writer) const;
  void load(StateReader& reader);

 private:
  // Where a value lies: its bin and the place in it, 3.25 being a quarter into bin 3. Below 0 and
  // above kBins where the histogram does not reach.
  [[nodiscard]] double position(double statistic) const noexcept HISS_NONBLOCKING;
  // Moves the histogram a bin towards a value that it does not reach, where that is due.
  void follow(double at) noexcept HISS_NONBLOCKING;
  void renormalise() noexcept HISS_NONBLOCKING;

  // Bin 0 has what lies below the histogram as well, zeros among it, the last what lies above.
  std::array<float, kBins> mass_{};
  double total_ = 0.0;
  float row_mass_ = 1.0f;  // of the newest row; it grows instead of all others fading
  float rows_ = 0.0f;      // learned, up to those that warm up
  float growth_;
  float warm_up_rows_;
  std::int32_t first_bin_ = 0;  // lower edge of bin 0: 10^(first_bin / kBinsPerDecade)
};

}  // namespace hiss
