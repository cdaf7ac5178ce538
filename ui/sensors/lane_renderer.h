// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <QRectF>

#include "models/sensor_view.h"
#include "ui/sensors/moment_axis.h"

class QPainter;

namespace hiss {

struct PlotColours;

// Least and greatest of what a lane shows.
struct LaneScale {
  double low = 0.0;
  double high = 1.0;

  [[nodiscard]] double yOf(double value, const QRectF& plot) const noexcept {
    return plot.bottom() - (value - low) / (high - low) * plot.height();
  }
};

// What holds all values and as much of the band as stands near them; a lane without values is from
// 0 to 1.
LaneScale scaleOf(const SensorLane& lane);
// From 0 to at least 2; scores beyond 20 are cut off.
LaneScale scaleOfScore(const SensorLanes& lanes);

// The renderers draw the range of `lanes` where it stands on `axis`, which may be another one: what
// lies beside it stays empty. They draw no text.

// Spans with an alert, shaded.
void paintAlerts(QPainter& painter, const SensorLanes& lanes, const MomentAxis& axis,
                 const QRectF& plot, const PlotColours& colours);
// The predicted band, and the values before it.
void paintLane(QPainter& painter, const SensorLanes& lanes, const SensorLane& lane,
               const LaneScale& scale, const MomentAxis& axis, const QRectF& plot,
               const PlotColours& colours, const QColor& line);
// The score, with the line that alarms.
void paintScore(QPainter& painter, const SensorLanes& lanes, const LaneScale& scale,
                const MomentAxis& axis, const QRectF& plot, const PlotColours& colours);

}  // namespace hiss
