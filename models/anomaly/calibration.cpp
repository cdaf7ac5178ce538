// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/calibration.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace hiss {

namespace {

constexpr int kBins = 512;
constexpr double kBinsPerUnit = 32.0;    // the last bin holds all from 16 on
constexpr double kMemoryRows = 30000.0;  // three times as many as a share of 1e-4 calls for
constexpr double kAgeing = 4.0;          // that power
constexpr double kFirstRows = 200.0;
constexpr double kTailRows = 60.0;    // as many rows make a tail
constexpr double kPriorRows = 200.0;  // after as many rows the prior counts as much as they
constexpr double kMostShape = 0.3;
constexpr double kMostPower = 2.0;
constexpr double kShapeRows = 20.0;    // as many rows of tail speak for no shape, at first
constexpr double kScaleRows = 2.0;     // as many rows of tail speak for the prior's scale
constexpr double kStretchRows = 50.0;  // after as many rows the prior's unit is half the stream's
constexpr double kMostMass = 1e200;

int binOf(double evidence) noexcept {
  return static_cast<int>(std::min(evidence * kBinsPerUnit, kBins - 1.0));
}

double lowerEdge(int bin) noexcept { return bin / kBinsPerUnit; }

}  // namespace

EvidenceCalibration::EvidenceCalibration(const EvidencePrior& prior) : prior_(prior), bins_(kBins) {
  for (std::size_t i = 0; i < prior.size(); ++i) {
    if (!std::isfinite(prior[i]) || !(prior[i] > (i > 0 ? prior[i - 1] : 0.0F))) {
      throw std::invalid_argument("prior: expected evidences that rise, found others");
    }
  }
  prior_scale_ = (prior[kPriorShares.size() - 1] - prior[kPriorShares.size() - 3]) /
                 std::log(kPriorShares[kPriorShares.size() - 3] / kPriorShares.back());
  reset();
}

double EvidenceCalibration::evidenceOf(double evidence) const noexcept HISS_NONBLOCKING {
  const double x = std::max(evidence, 0.0);
  const double rows = total_ / row_mass_;
  // Blended as logarithms: a prior that is wrong by tenfold then does little harm when the stream
  // has spoken, while as so many rows more it would rule the far tail for ever.
  const double ratio = rows / kPriorRows;
  const double share = ratio * ratio / (1.0 + ratio * ratio);
  const double of_prior = ofPrior(x / stretch_);
  return rows < 1.0 ? of_prior : std::max(of_prior + share * (ofStream(x) - of_prior), 0.0);
}

void EvidenceCalibration::learn(double evidence) noexcept HISS_NONBLOCKING {
  // The ranks of young streams are still coarse: a row weighs as a power of its number, so
  // that they are soon outweighed.
  learnt_ = std::min(learnt_ + 1.0, kAgeing * kMemoryRows);
  row_mass_ *= 1.0 + kAgeing / std::max(learnt_, kFirstRows);
  bins_[binOf(std::max(evidence, 0.0))] += row_mass_;
  total_ += row_mass_;
  if (row_mass_ > kMostMass) {
    for (double& mass : bins_) mass /= kMostMass;
    total_ /= kMostMass;
    row_mass_ /= kMostMass;
  }
  findTail();
}

double EvidenceCalibration::ofPrior(double evidence) const noexcept HISS_NONBLOCKING {
  double x0 = 0.0;
  double y0 = 0.0;
  double slope = 1.0;
  for (std::size_t i = 0; i < prior_.size(); ++i) {
    const double x1 = prior_[i];
    const double y1 = -std::log10(kPriorShares[i]);
    slope = (y1 - y0) / (x1 - x0);
    if (evidence <= x1) break;
    if (i + 1 < prior_.size()) {
      x0 = x1;
      y0 = y1;
    }
  }
  return y0 + slope * (evidence - x0);  // beyond the last share as between the last two
}

double EvidenceCalibration::ofStream(double evidence) const noexcept HISS_NONBLOCKING {
  const double edge = lowerEdge(tail_.first);
  if (evidence >= edge) {
    const double beyond = (evidence - edge) / tail_.scale;
    double log_share = std::pow(beyond, tail_.power);
    if (tail_.shape > 1e-6) log_share = std::log1p(tail_.shape * beyond) / tail_.shape;
    return log_share / std::log(10.0) - std::log10(tail_.mass / total_);
  }
  const int bin = binOf(evidence);
  double above = tail_.mass;
  for (int i = tail_.first - 1; i > bin; --i) above += bins_[i];
  // Within a bin the rows lie evenly, and a thousandth of a row everywhere keeps the order strict.
  const double inside = (bin + 1) - evidence * kBinsPerUnit;
  const double thousandth = 1e-3 * row_mass_ * (edge - evidence);
  return -std::log10(std::min((above + inside * bins_[bin] + thousandth) / total_, 1.0));
}

void EvidenceCalibration::findTail() noexcept HISS_NONBLOCKING {
  const double wanted = std::min(kTailRows * row_mass_, 0.1 * total_);
  Tail tail;
  double weighted = 0.0;
  double squares = 0.0;
  int bin = kBins - 1;
  for (;; --bin) {
    tail.mass += bins_[bin];
    const double middle = bin + 0.5;
    weighted += bins_[bin] * middle;
    squares += bins_[bin] * middle * middle;
    if (tail.mass >= wanted || bin == 0) break;
  }
  tail.first = bin;
  findStretch(bin, tail.mass);
  const double prior_scale = prior_scale_ * stretch_;
  tail.scale = prior_scale;
  if (tail.mass > 0.0) {
    const double mean_bins = weighted / tail.mass - bin;
    const double mean = mean_bins / kBinsPerUnit;
    const double spread = squares / tail.mass - (weighted / tail.mass) * (weighted / tail.mass);
    const double ratio = mean_bins * mean_bins / std::max(spread, 1e-3 * mean_bins * mean_bins);
    const double rows = tail.mass / row_mass_;
    const double trust = rows / (rows + kShapeRows);
    // `ratio` is 1 for an exponential tail. A Pareto tail lighter than that would end somewhere,
    // and all beyond be alike; Weibull's does not end. (1.086: Justus et al., 1978.)
    if (ratio < 1.0) {
      tail.shape = std::min(0.5 * (1.0 - ratio) * trust, kMostShape);
    } else {
      tail.power = std::min(1.0 + (std::pow(ratio, 0.5 * 1.086) - 1.0) * trust, kMostPower);
    }
    // Rows that are all alike, as of a stream of few values, say nothing of what may come.
    const double blended = (rows * mean + kScaleRows * prior_scale) / (rows + kScaleRows);
    const double unit = (1.0 - tail.shape) / std::tgamma(1.0 + 1.0 / tail.power);
    tail.scale = std::max(blended * unit, 0.1 * prior_scale);
  }
  tail_ = tail;
}

void EvidenceCalibration::findStretch(int bin, double mass) noexcept HISS_NONBLOCKING {
  constexpr std::size_t kTenth = 1;
  static_assert(kPriorShares[kTenth] == 0.1);
  while (bin > 0 && mass < kPriorShares[kTenth] * total_) mass += bins_[--bin];
  const double rows = total_ / row_mass_;
  const double found = std::max((bin + 0.5) / kBinsPerUnit, 0.1 * prior_[kTenth]);
  stretch_ = std::pow(found / prior_[kTenth], rows / (rows + kStretchRows));
}

void EvidenceCalibration::reset() noexcept HISS_NONBLOCKING {
  std::fill(bins_.begin(), bins_.end(), 0.0);
  total_ = 0.0;
  row_mass_ = 1.0;
  learnt_ = 0.0;
  stretch_ = 1.0;
  tail_ = {};
  tail_.scale = prior_scale_;
}

void EvidenceCalibration::save(StateWriter& writer) const {
  const double sums[] = {total_, row_mass_, learnt_};
  writer.doubles(sums);
  writer.doubles(bins_);
}

void EvidenceCalibration::load(StateReader& reader) {
  double sums[3];
  reader.doubles(sums);
  reader.doubles(bins_);
  double mass = 0.0;
  for (const double bin : bins_) mass += bin;
  const bool possible = *std::min_element(bins_.begin(), bins_.end()) >= 0.0 && sums[1] > 0.0 &&
                        std::abs(mass - sums[0]) <= 1e-6 * mass;
  if (!possible)
    throw std::runtime_error("saved state: calibration: expected masses, found others");
  total_ = sums[0];
  row_mass_ = sums[1];
  learnt_ = std::max(sums[2], 0.0);
  findTail();
}

}  // namespace hiss
