// SPDX-License-Identifier: Apache-2.0
#include "ui/state/scale.h"

#include <QPainter>
#include <algorithm>

namespace hiss {
namespace {

constexpr int kGap = 4;
constexpr int kBarWidth = 6;

}  // namespace

int scaleWidth(const QFontMetrics& metrics) {
  return metrics.horizontalAdvance(QStringLiteral("-0.0000")) + kBarWidth + 2 * kGap;
}

void paintScale(QPainter& painter, const QRect& plot, const QString& upper, const QString& lower,
                std::span<const QRgb> bar) {
  const int left = plot.left() - kGap - kBarWidth;
  const auto last = static_cast<int>(bar.size()) - 1;
  for (int y = 0; y < plot.height() && last >= 0; ++y) {
    const int up = (plot.height() - 1 - y) * last / std::max(1, plot.height() - 1);
    painter.fillRect(left, plot.top() + y, kBarWidth, 1, QColor(bar[static_cast<std::size_t>(up)]));
  }
  const QRect labels(0, plot.top(), left - kGap, plot.height());
  painter.drawText(labels, Qt::AlignRight | Qt::AlignTop, upper);
  painter.drawText(labels, Qt::AlignRight | Qt::AlignBottom, lower);
}

}  // namespace hiss
