// SPDX-License-Identifier: Apache-2.0
#include "ui/base/time_axis.h"

#include <QFontMetricsF>
#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "dsp/plot_scale.h"
#include "ui/base/plot_colours.h"

namespace hiss {

void paintTimeAxis(QPainter& painter, const TimeAxis& axis, const QRectF& plot,
                   const PlotColours& colours, bool labels) {
  const double step = axis.is_rows ? decimalStep(axis.span_s) : timeStep(axis.span_s);
  const QFontMetricsF metrics(painter.font());
  const double first = std::max(0.0, std::ceil(axis.begin() / step));
  for (double k = first; k * step <= axis.end_s; k += 1.0) {
    const double x = axis.xOf(k * step, plot);
    painter.setPen(colours.grid);
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    if (!labels) continue;
    const QString text = axis.is_rows ? QLocale().toString(std::llround(k * step))
                                      : QString::fromStdString(timeLabel(k * step, axis.end_s));
    painter.setPen(colours.faint_text);
    const double width = metrics.horizontalAdvance(text);
    const double left = std::min(x - 0.5 * width, plot.right() - width);  // nothing is cut off
    painter.drawText(QPointF(left, plot.bottom() + metrics.ascent() + 2.0), text);
  }
}

}  // namespace hiss
