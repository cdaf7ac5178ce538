// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/lane_renderer.h"

#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/base/plot_colours.h"

namespace hiss {
namespace {

constexpr double kMargin = 0.06;
constexpr double kMostScore = 20.0;
constexpr double kMostBand = 3.0;  // spans of the values that a band may add to the scale
constexpr int kShade = 56;
constexpr double kPointWidth = 4.0;  // rows so far apart are marked

// Where the columns of `lanes` stand.
struct ColumnPlaces {
  double left;
  double width;

  ColumnPlaces(const SensorLanes& lanes, const MomentAxis& axis, const QRectF& plot)
      : left(axis.xOf(lanes.begin, plot)),
        width((axis.xOf(lanes.end, plot) - left) / static_cast<double>(lanes.score.size())) {}
  [[nodiscard]] double begin(std::size_t column) const {
    return left + static_cast<double>(column) * width;
  }
  [[nodiscard]] double middle(std::size_t column) const {
    return left + (static_cast<double>(column) + 0.5) * width;
  }
};

double cut(double y, const QRectF& plot) { return std::clamp(y, plot.top(), plot.bottom()); }

void paintBand(QPainter& painter, const SensorLane& lane, const LaneScale& scale,
               const ColumnPlaces& places, const QRectF& plot, const PlotColours& colours) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(colours.band);
  QPolygonF upper;
  QPolygonF lower;
  const auto finish = [&] {
    std::reverse(lower.begin(), lower.end());
    if (upper.size() > 1) painter.drawPolygon(upper + lower);
    upper.clear();
    lower.clear();
  };
  // Columns without rows, between rows that are far apart, end no band.
  for (std::size_t i = 0; i < lane.band_low.size(); ++i) {
    if (std::isnan(lane.band_low[i])) {
      if (!std::isnan(lane.least[i])) finish();
      continue;
    }
    upper << QPointF(places.middle(i), cut(scale.yOf(lane.band_high[i], plot), plot));
    lower << QPointF(places.middle(i), cut(scale.yOf(lane.band_low[i], plot), plot));
  }
  finish();
}

}  // namespace

LaneScale scaleOf(const SensorLane& lane) {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < lane.least.size(); ++i) {
    if (std::isnan(lane.least[i])) continue;
    low = std::min(low, static_cast<double>(lane.least[i]));
    high = std::max(high, static_cast<double>(lane.greatest[i]));
  }
  if (!(low <= high)) return {};
  const double span = std::max(high - low, 1e-9 * std::max(std::abs(low), std::abs(high)));
  const double least = low - kMostBand * span;
  const double greatest = high + kMostBand * span;
  for (std::size_t i = 0; i < lane.band_low.size(); ++i) {
    if (std::isnan(lane.band_low[i])) continue;
    low = std::min(low, std::max(least, static_cast<double>(lane.band_low[i])));
    high = std::max(high, std::min(greatest, static_cast<double>(lane.band_high[i])));
  }
  if (high - low <= 0.0) return {low - 0.5, low + 0.5};
  const double margin = kMargin * (high - low);
  return {low - margin, high + margin};
}

LaneScale scaleOfScore(const SensorLanes& lanes) {
  double high = 2.0;
  for (const float score : lanes.score) {
    if (std::isfinite(score))
      high = std::max(high, std::min(kMostScore, static_cast<double>(score)));
  }
  return {0.0, high * (1.0 + kMargin)};
}

void paintAlerts(QPainter& painter, const SensorLanes& lanes, const MomentAxis& axis,
                 const QRectF& plot, const PlotColours& colours) {
  const ColumnPlaces places(lanes, axis, plot);
  QColor shade = colours.alert;
  shade.setAlpha(kShade);
  const std::size_t columns = lanes.alerts.size();
  for (std::size_t i = 0; i < columns; ++i) {
    if (lanes.alerts[i] == 0) continue;
    const std::size_t first = i;
    // Columns between rows that are far apart belong to the span.
    std::size_t last = i;
    while (i < columns && (lanes.alerts[i] != 0 || std::isnan(lanes.score[i]))) {
      if (lanes.alerts[i] != 0) last = i;
      ++i;
    }
    const double left = std::max(plot.left(), places.begin(first));
    const double right = std::min(plot.right(), std::max(places.begin(last + 1), left + 1.0));
    if (right > left)
      painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), shade);
  }
}

void paintLane(QPainter& painter, const SensorLanes& lanes, const SensorLane& lane,
               const LaneScale& scale, const MomentAxis& axis, const QRectF& plot,
               const PlotColours& colours, const QColor& line) {
  const ColumnPlaces places(lanes, axis, plot);
  painter.save();
  painter.setClipRect(plot);
  paintBand(painter, lane, scale, places, plot, colours);
  painter.setPen(QPen(line, 1.0));
  painter.setBrush(line);
  QPolygonF curve;
  double before = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < lane.least.size(); ++i) {
    if (std::isnan(lane.least[i])) {
      // A row without a value breaks the line; no row at all does not.
      if (!std::isnan(lanes.score[i])) {
        painter.drawPolyline(curve);
        curve.clear();
      }
      continue;
    }
    const double x = places.middle(i);
    const double low = scale.yOf(lane.least[i], plot);
    const double high = scale.yOf(lane.greatest[i], plot);
    // From the end that is nearer to where the curve is.
    const bool is_from_low =
        curve.isEmpty() || std::abs(curve.last().y() - low) < std::abs(curve.last().y() - high);
    curve << QPointF(x, is_from_low ? low : high);
    if (low != high) curve << QPointF(x, is_from_low ? high : low);
    if (x - before > kPointWidth) painter.drawRect(QRectF(x - 1.0, high - 1.0, 2.0, 2.0));
    before = x;
  }
  painter.drawPolyline(curve);
  painter.restore();
}

void paintScore(QPainter& painter, const SensorLanes& lanes, const LaneScale& scale,
                const MomentAxis& axis, const QRectF& plot, const PlotColours& colours) {
  const ColumnPlaces places(lanes, axis, plot);
  painter.save();
  painter.setClipRect(plot);
  const double alarm = std::round(scale.yOf(1.0, plot)) + 0.5;
  painter.setPen(QPen(colours.alert, 1.0, Qt::DashLine));
  painter.drawLine(QPointF(plot.left(), alarm), QPointF(plot.right(), alarm));
  const double width = std::max(1.0, std::min(places.width, kPointWidth));
  for (std::size_t i = 0; i < lanes.score.size(); ++i) {
    const float score = lanes.score[i];
    if (std::isnan(score)) continue;
    const double top = cut(scale.yOf(std::min<double>(score, scale.high), plot), plot);
    painter.fillRect(QRectF(places.middle(i) - 0.5 * width, top, width, plot.bottom() - top),
                     score > 1.0F ? colours.alert : colours.lines[0]);
  }
  painter.restore();
}

}  // namespace hiss
