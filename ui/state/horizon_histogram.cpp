// SPDX-License-Identifier: Apache-2.0
#include "ui/state/horizon_histogram.h"

#include <QColor>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace hiss {
namespace {

const double kLogLeast = std::log10(HorizonHistogram::kLeastSteps);
const double kDecades = std::log10(HorizonHistogram::kMostSteps) - kLogLeast;

}  // namespace

void HorizonHistogram::setLayer(const StateLayer& layer) {
  d_state_ = layer.d_state;
  log10_rates_.resize(layer.A.size());
  std::transform(layer.A.begin(), layer.A.end(), log10_rates_.begin(),
                 [](float A) { return std::log10(-A); });
  counts_.fill(0);
}

void HorizonHistogram::count(std::span<const float> dt) {
  counts_.fill(0);
  if (log10_rates_.empty()) return;
  const auto bins_per_decade = static_cast<float>(kBins / kDecades);
  const auto* A = log10_rates_.data();
  for (const float d : dt) {
    const float start = -std::log10(d) - static_cast<float>(kLogLeast);
    for (int s = 0; s < d_state_; ++s) {
      const float bin = (start - *A++) * bins_per_decade;
      ++counts_[static_cast<std::size_t>(std::min(kBins - 1.0F, std::max(0.0F, bin)))];
    }
  }
}

double HorizonHistogram::highestShare() const noexcept {
  return log10_rates_.empty()
             ? 0.0
             : static_cast<double>(*std::max_element(counts_.begin(), counts_.end())) /
                   static_cast<double>(log10_rates_.size());
}

double HorizonHistogram::medianSteps() const noexcept {
  const int all = std::accumulate(counts_.begin(), counts_.end(), 0);
  int below = 0;
  int bin = 0;
  while (bin < kBins - 1 && 2 * (below + counts_[static_cast<std::size_t>(bin)]) < all) {
    below += counts_[static_cast<std::size_t>(bin++)];
  }
  return std::pow(10.0, kLogLeast + (bin + 0.5) * kDecades / kBins);
}

double HorizonHistogram::position(double steps) noexcept {
  return std::clamp((std::log10(steps) - kLogLeast) / kDecades, 0.0, 1.0);
}

void HorizonHistogram::paint(QPainter& painter, const QRect& plot, double full_share,
                             const QColor& colour) const {
  const double unit = plot.height() / (full_share * static_cast<double>(log10_rates_.size()));
  for (int bin = 0; bin < kBins; ++bin) {
    const int left = bin * plot.width() / kBins;
    const int right = (bin + 1) * plot.width() / kBins;
    const int count = counts_[static_cast<std::size_t>(bin)];
    const int height = std::min(plot.height(), static_cast<int>(std::lround(count * unit)));
    painter.fillRect(plot.left() + left, plot.bottom() + 1 - height, std::max(1, right - left - 1),
                     height, colour);
  }
}

}  // namespace hiss
