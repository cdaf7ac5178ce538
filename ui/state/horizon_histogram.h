// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRect>
#include <array>
#include <span>
#include <vector>

#include "models/state_view.h"

class QColor;
class QPainter;

namespace hiss {

// How many cells of one row of a layer remember for how long: the horizon -1 / (dt A), in steps, on
// a logarithmic axis. What lies beyond an end is counted there. Not thread-safe.
class HorizonHistogram {
 public:
  static constexpr int kBins = 50;
  static constexpr double kLeastSteps = 0.1;
  static constexpr double kMostSteps = 1e4;

  // Of a layer without A no cell is counted.
  void setLayer(const StateLayer& layer);
  // dt [d_inner] of one step.
  void count(std::span<const float> dt);
  [[nodiscard]] const std::array<int, kBins>& counts() const noexcept { return counts_; }
  // Of the fullest bin, 0 ... 1 of all cells.
  [[nodiscard]] double highestShare() const noexcept;
  // Half of the cells remember for longer, to within a bin.
  [[nodiscard]] double medianSteps() const noexcept;

  // From 0 to 1 along the axis, clamped.
  [[nodiscard]] static double position(double steps) noexcept;
  // One bar a bin; the upper edge of `plot` is `full_share` of all cells.
  void paint(QPainter& painter, const QRect& plot, double full_share, const QColor& colour) const;

 private:
  int d_state_ = 0;
  std::vector<float> log10_rates_;  // [d_inner, d_state], log10(-A)
  std::array<int, kBins> counts_{};
};

}  // namespace hiss
