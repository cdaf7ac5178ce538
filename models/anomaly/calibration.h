// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// The shares of rows at which a prior says what evidence is reached.
inline constexpr std::array<double, 8> kPriorShares = {0.5,  0.1,  0.03, 1e-2,
                                                       3e-3, 1e-3, 3e-4, 1e-4};

// What evidence a detector's rows reached on other streams, [kPriorShares], each more than the one
// before: what is believed of a new stream before it has shown enough rows. Its unit is soon taken
// from the stream, so that the form is what counts.
using EvidencePrior = std::array<float, kPriorShares.size()>;

// From a detector's evidence to the share of the stream's rows that have as much: the rows so far,
// aged, counted in narrow bins; beyond the highest of them a generalised Pareto tail (by moments;
// as in Siffer et al., KDD 2017) or, where the tail is lighter than exponential, one of Weibull;
// both blended with the prior, which fades as rows come. Strictly rising in the evidence and
// unbounded. Owned by one stream. [audio-thread]
class EvidenceCalibration {
 public:
  // Throws std::invalid_argument if the prior does not rise.
  explicit EvidenceCalibration(const EvidencePrior& prior);

  // -log10 of the share of earlier rows with at least this evidence (finite, >= 0).
  [[nodiscard]] double evidenceOf(double evidence) const noexcept HISS_NONBLOCKING;
  // Counts a row with this evidence.
  void learn(double evidence) noexcept HISS_NONBLOCKING;

  void reset() noexcept HISS_NONBLOCKING;
  void save(StateWriter& writer) const;
  void load(StateReader& reader);

 private:
  [[nodiscard]] double ofPrior(double evidence) const noexcept HISS_NONBLOCKING;
  [[nodiscard]] double ofStream(double evidence) const noexcept HISS_NONBLOCKING;
  void findTail() noexcept HISS_NONBLOCKING;
  // The unit of the prior, from where a tenth of the rows lies; `mass` lies from `bin` on.
  void findStretch(int bin, double mass) noexcept HISS_NONBLOCKING;

  // The tail from bin `first` on: its mass, and shape and scale of the Pareto distribution.
  struct Tail {
    int first = 0;
    double mass = 0.0;
    double shape = 0.0;  // Pareto's, >= 0
    double power = 1.0;  // Weibull's shape; 1 where `shape` counts
    double scale = 1.0;
  };

  EvidencePrior prior_;
  double prior_scale_ = 1.0;  // evidence by which the prior's far tail falls to 1/e
  std::vector<double> bins_;  // mass of each, in units of `row_mass_`'s first value
  double stretch_ = 1.0;      // the prior holds for evidence divided by this
  double total_ = 0.0;
  double row_mass_ = 1.0;  // of the next row: grows instead of all others shrinking
  double learnt_ = 0.0;    // rows, until they no longer change the ageing
  Tail tail_;
};

}  // namespace hiss
