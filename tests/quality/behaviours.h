// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/denoiser_model.h"
#include "tests/quality/sound_set.h"

namespace hiss {

// One measured figure of a behaviour and the bounds it must keep to; without bounds it is told for
// information only.
struct Figure {
  static constexpr double kNone = std::numeric_limits<double>::infinity();

  std::string name;  // unique within its behaviour
  std::string unit;
  double value = 0.0;
  double least = -kNone;
  double most = kNone;

  [[nodiscard]] bool hasBound() const { return least > -kNone || most < kNone; }
  // False for NaN too.
  [[nodiscard]] bool keepsBound() const { return value >= least && value <= most; }
};

// How a figure reads in a report: name, value, unit, bounds.
std::string toText(const Figure& figure);

// Something that a denoiser must do, or not do, to real sound; tests/quality/README.md says how
// each is measured and where its bounds are from.
struct Behaviour {
  std::string name;
  std::vector<Figure> (*measure)(const std::shared_ptr<const DenoiserModel>& model,
                                 const SoundSet& sounds);
};

// What is left of a noise after denoising, as it is heard in a quiet room.
struct ResidualFigures {
  // Classical spectral subtraction, twelve kinds of it on these noises, breaks at least one.
  static constexpr double kMostModulationDb = 4.0;
  static constexpr double kLeastKurtosisRatio = 0.8;
  static constexpr double kMostKurtosisRatio = 1.2;
  static constexpr double kMostPeaksPercent = 2.0;

  double taken_out_db = 0.0;
  double modulation_in_db =
      0.0;                      // standard deviation of the level from 20 ms to 20 ms, of the noise
  double modulation_db = 0.0;   // the same of what is left
  double kurtosis_ratio = 0.0;  // of the log spectrum's cells, what is left over the noise
  double peaks_percent = 0.0;   // cells less than 30 dB under the noise's mean in their bin
};
ResidualFigures measureResidual(const Samples& noise, const Samples& residual, int rate);

// All of them. The list in CMakeLists.txt must be the same.
std::span<const Behaviour> behaviours();

}  // namespace hiss
