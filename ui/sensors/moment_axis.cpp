// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/moment_axis.h"

#include <QDateTime>
#include <QFontMetricsF>
#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dsp/plot_scale.h"
#include "ui/base/plot_colours.h"

namespace hiss {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr double kSecond = 1e9;
constexpr double kMinute = 60.0 * kSecond;
constexpr double kHour = 60.0 * kMinute;
constexpr double kDay = 24.0 * kHour;
constexpr std::array kSteps = {kSecond,      2 * kSecond,  5 * kSecond, 10 * kSecond, 15 * kSecond,
                               30 * kSecond, kMinute,      2 * kMinute, 5 * kMinute,  10 * kMinute,
                               15 * kMinute, 30 * kMinute, kHour,       2 * kHour,    3 * kHour,
                               6 * kHour,    12 * kHour,   kDay,        2 * kDay,     7 * kDay,
                               14 * kDay,    28 * kDay,    91 * kDay,   182 * kDay,   365 * kDay};
constexpr int kPixelsOfLabel = 110;

QDateTime dateOf(std::int64_t moment) {
  return QDateTime::fromMSecsSinceEpoch(
      static_cast<qint64>(std::floor(static_cast<double>(moment) / kNsPerMs)));
}

double stepOf(const MomentAxis& axis, int most) {
  const double least = axis.span() / std::max(1, most);
  if (!axis.has_time || least < kSecond) {
    return std::max(axis.has_time ? kNsPerMs : 1.0, decimalStep(least * 5.0));
  }
  const auto* const step =
      std::find_if(kSteps.begin(), kSteps.end(), [least](double each) { return each >= least; });
  return step != kSteps.end() ? *step : kSteps.back() * std::ceil(least / kSteps.back());
}

}  // namespace

double MomentAxis::xOf(std::int64_t moment, const QRectF& plot) const noexcept {
  const double from = moment >= begin ? static_cast<double>(static_cast<std::uint64_t>(moment) -
                                                            static_cast<std::uint64_t>(begin))
                                      : -static_cast<double>(static_cast<std::uint64_t>(begin) -
                                                             static_cast<std::uint64_t>(moment));
  return plot.left() + from / span() * plot.width();
}

std::int64_t MomentAxis::momentAt(double x, const QRectF& plot) const noexcept {
  constexpr double kMost = 9.2e18;
  const double from = (x - plot.left()) / std::max(1.0, plot.width()) * span();
  if (std::abs(static_cast<double>(begin) + from) > kMost) return from < 0 ? begin : end;
  return begin + static_cast<std::int64_t>(std::llround(from));
}

std::vector<std::int64_t> momentTicks(const MomentAxis& axis, int most) {
  const double step = stepOf(axis, most);
  const double offset =
      axis.has_time ? kSecond * static_cast<double>(dateOf(axis.begin).offsetFromUtc()) : 0.0;
  // Whole steps since 1970, local time, would lose digits as doubles.
  const auto step_ns = static_cast<std::int64_t>(step);
  const auto offset_ns = static_cast<std::int64_t>(offset);
  std::vector<std::int64_t> ticks;
  std::int64_t since = (axis.begin + offset_ns) % step_ns;
  if (since < 0) since += step_ns;
  std::int64_t tick = since == 0 ? axis.begin : axis.begin + (step_ns - since);
  while (tick < axis.end && static_cast<int>(ticks.size()) <= 4 * most) {
    ticks.push_back(tick);
    if (tick > std::numeric_limits<std::int64_t>::max() - step_ns) break;
    tick += step_ns;
  }
  return ticks;
}

QString momentText(std::int64_t moment, bool has_time, double span) {
  const QLocale locale;
  if (!has_time) return locale.toString(static_cast<qlonglong>(moment));
  const QDateTime date = dateOf(moment);
  QString day = locale.toString(date.date(), QStringLiteral("yyyy-MM-dd"));
  if (span > 30.0 * kDay) return day;
  if (span < 20.0 * kSecond) return date.toString(QStringLiteral("HH:mm:ss.zzz"));
  if (span < 20.0 * kMinute) return date.toString(QStringLiteral("HH:mm:ss"));
  if (span < 20.0 * kHour) return date.toString(QStringLiteral("HH:mm"));
  return date.toString(QStringLiteral("MM-dd HH:mm"));
}

void paintMomentGrid(QPainter& painter, const MomentAxis& axis, const QRectF& plot,
                     const PlotColours& colours) {
  painter.setPen(colours.grid);
  for (const std::int64_t tick :
       momentTicks(axis, static_cast<int>(plot.width()) / kPixelsOfLabel)) {
    const double x = std::floor(axis.xOf(tick, plot)) + 0.5;
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
  }
}

std::vector<MomentLabel> momentLabels(const MomentAxis& axis, const QRectF& plot,
                                      const QFontMetricsF& metrics) {
  std::vector<MomentLabel> labels;
  double free_from = plot.left();
  for (const std::int64_t tick :
       momentTicks(axis, static_cast<int>(plot.width()) / kPixelsOfLabel)) {
    const QString text = momentText(tick, axis.has_time, axis.span());
    const double width = metrics.horizontalAdvance(text);
    const double x = std::clamp(axis.xOf(tick, plot) - 0.5 * width, plot.left(),
                                std::max(plot.left(), plot.right() - width));
    if (x < free_from) continue;
    labels.push_back({x, width, text});
    free_from = x + width + metrics.averageCharWidth();
  }
  return labels;
}

void paintMomentLabels(QPainter& painter, const MomentAxis& axis, const QRectF& plot,
                       const PlotColours& colours) {
  const QFontMetricsF metrics(painter.font());
  painter.setPen(colours.faint_text);
  for (const MomentLabel& label : momentLabels(axis, plot, metrics)) {
    painter.drawText(QPointF(label.x, plot.bottom() + metrics.ascent() + 2.0), label.text);
  }
}

}  // namespace hiss
