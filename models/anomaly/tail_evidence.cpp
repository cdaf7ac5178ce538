// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/tail_evidence.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>

namespace hiss {
namespace {

constexpr std::size_t kBins = TailEvidence::kBins;
// Nothing positive was seen yet. Positions of doubles are within +- 5200.
constexpr std::int32_t kUnplaced = 1 << 20;
constexpr std::int32_t kFarthestBin = 6000;
// The first positive value falls here: first ones are rather large for what comes.
constexpr int kFirstPlace = 56;
constexpr double kTailShare = 0.05;
// The histogram moves up when so much lies at its upper end, and down when no more lies there.
constexpr double kCrowdedShare = 0.025;
constexpr double kEmptyShare = 0.01;
// What is always supposed beyond all values seen: half a row, with excesses of a distribution
// with mean 1/2 and second moment 1 in units of the threshold. It keeps evidence finite and in
// order where no tail was seen yet, as with a constant.
constexpr double kSupposedRows = 0.5;
constexpr double kSupposedMean = 0.5;
constexpr double kSupposedSquare = 1.0;
constexpr double kLeastShape = 0.02;
// Evidence rises by this a bin where no row tells two values apart.
constexpr double kOrderStep = 1e-6;
// Exponents of ten up to which excesses are told apart.
constexpr double kMostDecades = 300.0;
constexpr float kMostRowMass = 1e12f;
constexpr float kLeastMass = 1e-8f;  // rows that have faded to less are forgotten

constexpr double kLog2Of10 = 3.321928094887362;
constexpr double kBinRatio = 1.1547819846894583;      // 10^(1/16)
constexpr double kHalfBinRatio = 1.0746078283213176;  // 10^(1/32)
static_assert(TailEvidence::kBinsPerDecade == 16);

// Excess of the middle of the bin `d` bins above the threshold, over the threshold.
constexpr std::array<double, kBins> excesses() {
  std::array<double, kBins> out{};
  double ratio = kHalfBinRatio;
  for (double& excess : out) {
    excess = ratio - 1.0;
    ratio *= kBinRatio;
  }
  return out;
}
constexpr std::array<double, kBins> kExcess = excesses();

// -log10 of the share of excesses above `excess` under the generalised Pareto distribution with
// these moments. Shapes for bounded or nearly exponential tails are cut to almost exponential with
// the same mean: no value is impossible.
double paretoEvidence(double mean, double square, double excess) noexcept HISS_NONBLOCKING {
  const double variance = std::max(square - mean * mean, 1e-3 * mean * mean);
  const double shape = std::max(0.5 * (1.0 - mean * mean / variance), kLeastShape);
  const double scale = mean * (1.0 - shape);
  return std::log10(1.0 + shape * excess / scale) / shape;
}

}  // namespace

TailEvidence::TailEvidence(const TailConfig& config)
    : growth_(1.0f / (config.effective_rows - 1.0f)), warm_up_rows_(config.warm_up_rows) {
  if (!(config.effective_rows > 1.0f) || !(config.warm_up_rows >= 0.0f)) {
    throw std::invalid_argument("TailConfig: effective_rows: expected more than 1, found " +
                                std::to_string(config.effective_rows));
  }
  reset();
}

void TailEvidence::reset() noexcept HISS_NONBLOCKING {
  mass_.fill(0.0f);
  total_ = 0.0;
  row_mass_ = 1.0f;
  rows_ = 0.0f;
  first_bin_ = kUnplaced;
}

double TailEvidence::position(double statistic) const noexcept HISS_NONBLOCKING {
  if (!(statistic > 0.0)) return 0.0;
  const double absolute = kBinsPerDecade * std::log10(statistic);
  // Before anything positive was seen, all of it is beyond what was.
  return first_bin_ == kUnplaced ? kBins + absolute + kFarthestBin : absolute - first_bin_;
}

float TailEvidence::evidence(double statistic) const noexcept HISS_NONBLOCKING {
  if (!warm() || !(total_ > 0.0)) return 0.0f;
  const double at = position(statistic);
  if (at <= 0.0) return 0.0f;
  const double order = kOrderStep * at;
  const double supposed = kSupposedRows * double{row_mass_};
  const double all = total_ + supposed;

  std::size_t first = kBins;  // of the tail
  double tail = 0.0;
  while (first > 0 && tail + double{mass_[first - 1]} < kTailShare * total_) {
    tail += double{mass_[--first]};
  }
  const auto threshold = static_cast<double>(first);
  if (at <= threshold) {
    const std::size_t bin = std::min(static_cast<std::size_t>(at), first - 1);
    double beyond = tail;
    for (std::size_t i = first - 1; i > bin; --i) beyond += double{mass_[i]};
    beyond += (static_cast<double>(bin + 1) - at) * double{mass_[bin]};
    return static_cast<float>(std::max(0.0, std::log10(all / (beyond + supposed))) + order);
  }
  double sum = supposed * kSupposedMean;
  double squares = supposed * kSupposedSquare;
  for (std::size_t i = first; i < kBins; ++i) {
    const double more = double{mass_[i]} * kExcess[i - first];
    sum += more;
    squares += more * kExcess[i - first];
  }
  const double rows = tail + supposed;
  // Where only zeros were seen there is no unit for an excess.
  const bool placed = first_bin_ != kUnplaced;
  const double decades = !placed ? 0.0 : std::min((at - threshold) / kBinsPerDecade, kMostDecades);
  const double excess = std::exp2(decades * kLog2Of10) - 1.0;
  return static_cast<float>(std::log10(all / rows) +
                            paretoEvidence(sum / rows, squares / rows, excess) + order);
}

void TailEvidence::follow(double at) noexcept HISS_NONBLOCKING {
  const double upper = double{mass_[kBins - 1]} + double{mass_[kBins - 2]};
  if (at >= kBins && upper > kCrowdedShare * total_) {
    mass_[0] += mass_[1];
    std::copy(mass_.begin() + 2, mass_.end(), mass_.begin() + 1);
    mass_[kBins - 1] = 0.0f;
    ++first_bin_;
  } else if (at < 0.0 && upper <= kEmptyShare * total_) {
    // What lies in bin 0 is taken to lie below the new one as well: so zeros stay where they are.
    mass_[kBins - 1] += mass_[kBins - 2];
    std::copy_backward(mass_.begin() + 1, mass_.end() - 2, mass_.end() - 1);
    mass_[1] = 0.0f;
    --first_bin_;
  }
}

void TailEvidence::learn(double statistic, float weight) noexcept HISS_NONBLOCKING {
  if (!(weight > 0.0f)) return;
  if (statistic > 0.0) {
    if (first_bin_ == kUnplaced) {
      const double absolute = kBinsPerDecade * std::log10(statistic);
      first_bin_ = static_cast<std::int32_t>(std::floor(absolute)) - kFirstPlace;
    }
    follow(position(statistic));
  }
  row_mass_ *= 1.0f + growth_ * weight;
  const float more = row_mass_ * weight;
  const double at = std::clamp(position(statistic), 0.0, static_cast<double>(kBins - 1));
  mass_[static_cast<std::size_t>(at)] += more;
  total_ += double{more};
  rows_ = std::min(rows_ + weight, warm_up_rows_);
  if (row_mass_ > kMostRowMass) renormalise();
}

void TailEvidence::renormalise() noexcept HISS_NONBLOCKING {
  total_ = 0.0;
  for (float& mass : mass_) {
    mass /= row_mass_;
    if (mass < kLeastMass) mass = 0.0f;
    total_ += double{mass};
  }
  row_mass_ = 1.0f;
}

float TailEvidence::step(double statistic, float weight) noexcept HISS_NONBLOCKING {
  const float found = evidence(statistic);
  learn(statistic, weight);
  return found;
}

void TailEvidence::save(StateWriter& writer) const {
  writer.integer(static_cast<std::uint64_t>(first_bin_ + kFarthestBin));
  writer.floats(mass_);
  writer.doubles(std::span(&total_, 1));
  const std::array<float, 2> rest = {row_mass_, rows_};
  writer.floats(rest);
}

void TailEvidence::load(StateReader& reader) {
  first_bin_ = static_cast<std::int32_t>(reader.integer("first bin", kUnplaced + kFarthestBin)) -
               kFarthestBin;
  reader.floats(mass_);
  reader.doubles(std::span(&total_, 1));
  std::array<float, 2> rest{};
  reader.floats(rest);
  row_mass_ = rest[0];
  rows_ = rest[1];
  const bool sound = std::all_of(mass_.begin(), mass_.end(), [](float m) { return m >= 0.0f; }) &&
                     total_ >= 0.0 && row_mass_ >= 1.0f && rows_ >= 0.0f;
  if (!sound) {
    throw std::runtime_error("saved state: tail: expected masses of rows, found negative ones");
  }
}

}  // namespace hiss
