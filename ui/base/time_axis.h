// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRectF>

class QPainter;

namespace hiss {

struct PlotColours;

// The time that several views share, so that what stands under another happened at the same moment.
struct TimeAxis {
  double end_s = 0.0;    // at the right edge
  double span_s = 10.0;  // from left to right; > 0
  bool is_rows = false;  // counts rows of a sensor, not seconds

  [[nodiscard]] double begin() const noexcept { return end_s - span_s; }
  // In the coordinates of `plot`, without bounds.
  [[nodiscard]] double xOf(double seconds, const QRectF& plot) const noexcept {
    return plot.left() + (seconds - begin()) / span_s * plot.width();
  }
  [[nodiscard]] double secondsAt(double x, const QRectF& plot) const noexcept {
    return begin() + (x - plot.left()) / plot.width() * span_s;
  }
};

// Vertical lines over `plot` and, if `labels`, the times below it. Times below 0 have neither.
void paintTimeAxis(QPainter& painter, const TimeAxis& axis, const QRectF& plot,
                   const PlotColours& colours, bool labels);

}  // namespace hiss
