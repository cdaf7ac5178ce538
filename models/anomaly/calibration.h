// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// The shares of rows at which a prior says what evidence is reached.
inline constexpr std::array<double, 8> kPriorShares = {0.5,  0.1,  0.03, 1e-2,
                                                       3e-3, 1e-3, 3e-4, 1e-4};

// What evidence a detector's rows reached on other streams, [kPriorShares], each more than the one
// before.
using EvidencePrior = std::array<float, kPriorShares.size()>;

// From a detector's evidence to the share of a stream's rows that have as much: the prior, with two
// numbers of the stream's own. The unit of evidence is moved until one row in a hundred passes
// what the prior says of such; then the unit of what goes beyond, until one in a thousand does.
//
// Both move slowly and within bounds. A histogram of the stream's own rows is right more quickly
// and for any tail, but costs the order of rows, and so finds less: an event that lasts teaches it
// while it lasts, and two rows of equal evidence get different shares an hour apart. On the tuning
// sets the share of made series whose greatest row lies at the anomaly falls from .88 to .77 by
// that, and not by this.
//
// Strictly rising in the evidence and unbounded. Owned by one stream. [audio-thread]
class EvidenceCalibration {
 public:
  // `unit`: by what the stream's evidence is probably greater than the prior's. Throws
  // std::invalid_argument if the prior does not rise or the unit is not above 0.
  explicit EvidenceCalibration(const EvidencePrior& prior, double unit = 1.0);

  // -log10 of the share of rows with at least this evidence (finite, >= 0).
  [[nodiscard]] double evidenceOf(double evidence) const noexcept HISS_NONBLOCKING;
  // Counts a row with this evidence.
  void learn(double evidence) noexcept HISS_NONBLOCKING;

  void reset() noexcept HISS_NONBLOCKING;
  void save(StateWriter& writer) const;
  void load(StateReader& reader);

 private:
  // What the prior would have had for this evidence, its units being the stream's.
  [[nodiscard]] double inPriorUnits(double evidence) const noexcept HISS_NONBLOCKING;

  EvidencePrior prior_;     // in the units that are expected of the stream
  double unit_ = 0.0;       // ln of the stream's unit of evidence over that
  double tail_unit_ = 0.0;  // the same for what lies beyond the prior's evidence of a hundredth
  double rows_ = 0.0;       // learnt
};

}  // namespace hiss
