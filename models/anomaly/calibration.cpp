// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace hiss {

namespace {

// Places in kPriorShares of what the two units hold to.
constexpr std::size_t kHundredth = 3;
constexpr std::size_t kThousandth = 5;
static_assert(kPriorShares[kHundredth] == 1e-2 && kPriorShares[kThousandth] == 1e-3);

// An event that nobody calls an alarm can do no more than this.
constexpr double kMostUnit = 0.4;
constexpr double kLeastTailUnit = -1.0;
// How far a row moves a unit: by this, and more in the first rows of a stream.
constexpr double kStep = 0.001;
constexpr double kTailStep = 0.02;
constexpr double kYoungRows = 3000.0;
constexpr double kMostStep = 0.05;

}  // namespace

EvidenceCalibration::EvidenceCalibration(const EvidencePrior& prior, double unit) : prior_(prior) {
  if (!(unit > 0.0) || !std::isfinite(unit)) {
    throw std::invalid_argument("unit: expected more than 0, found another");
  }
  for (float& evidence : prior_) evidence *= static_cast<float>(unit);
  for (std::size_t i = 0; i < prior.size(); ++i) {
    if (!std::isfinite(prior[i]) || !(prior[i] > (i > 0 ? prior[i - 1] : 0.0F))) {
      throw std::invalid_argument("prior: expected evidences that rise, found others");
    }
  }
}

double EvidenceCalibration::inPriorUnits(double evidence) const noexcept HISS_NONBLOCKING {
  const double x = evidence * std::exp(-unit_);
  const double beyond = x - double{prior_[kHundredth]};
  return beyond > 0.0 ? double{prior_[kHundredth]} + beyond * std::exp(-tail_unit_) : x;
}

double EvidenceCalibration::evidenceOf(double evidence) const noexcept HISS_NONBLOCKING {
  const double x = inPriorUnits(std::max(evidence, 0.0));
  double x0 = 0.0;
  double y0 = 0.0;
  double slope = 0.0;
  for (std::size_t i = 0; i < prior_.size(); ++i) {
    const double x1 = prior_[i];
    const double y1 = -std::log10(kPriorShares[i]);
    slope = (y1 - y0) / (x1 - x0);
    if (x <= x1 || i + 1 == prior_.size()) break;  // beyond the last as between the last two
    x0 = x1;
    y0 = y1;
  }
  return y0 + slope * (x - x0);
}

void EvidenceCalibration::learn(double evidence) noexcept HISS_NONBLOCKING {
  // Robbins and Monro: at rest when as many rows pass the mark as the prior says.
  rows_ = std::min(rows_ + 1.0, 1e9);
  const double young = std::max(1.0, kYoungRows / rows_);
  const double x = inPriorUnits(std::max(evidence, 0.0));
  const auto move = [&](double& unit, std::size_t share, double step, double least) {
    const double passed = x > double{prior_[share]} ? 1.0 : 0.0;
    unit += std::min(step * young, kMostStep) * (passed - kPriorShares[share]);
    unit = std::clamp(unit, least, kMostUnit);
  };
  move(unit_, kHundredth, kStep, -kMostUnit);
  move(tail_unit_, kThousandth, kTailStep, kLeastTailUnit);
}

void EvidenceCalibration::reset() noexcept HISS_NONBLOCKING { unit_ = tail_unit_ = rows_ = 0.0; }

void EvidenceCalibration::save(StateWriter& writer) const {
  const double values[] = {unit_, tail_unit_, rows_};
  writer.doubles(values);
}

void EvidenceCalibration::load(StateReader& reader) {
  double values[3];
  reader.doubles(values);
  if (!(std::abs(values[0]) <= kMostUnit && values[1] >= kLeastTailUnit && values[1] <= kMostUnit &&
        values[2] >= 0.0)) {
    throw std::runtime_error("saved state: calibration: expected units in range, found others");
  }
  unit_ = values[0];
  tail_unit_ = values[1];
  rows_ = values[2];
}

}  // namespace hiss
