// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/share_bars.h"

#include <QLocale>
#include <QPainter>
#include <algorithm>

#include "ui/base/plot_colours.h"

namespace hiss {
namespace {

constexpr double kInset = 2.0;

}  // namespace

void paintShareBars(QPainter& painter, const std::vector<ChannelShare>& shares, const QRectF& plot,
                    double row, const PlotColours& colours) {
  double top = plot.top();
  for (const ChannelShare& share : shares) {
    const QRectF ground(plot.left(), top + kInset, plot.width(), row - 2.0 * kInset);
    painter.fillRect(ground, colours.grid);
    painter.fillRect(QRectF(ground.left(), ground.top(),
                            ground.width() * std::clamp(share.share, 0.0, 1.0), ground.height()),
                     colours.band);
    top += row;
  }
}

ShareBars::ShareBars(QWidget* parent) : QWidget(parent) {
  setToolTip(tr("How much each channel had to do with the score"));
  setShares({}, {});
}

void ShareBars::setShares(const QString& title, std::vector<ChannelShare> shares) {
  std::stable_sort(shares.begin(), shares.end(),
                   [](const ChannelShare& a, const ChannelShare& b) { return a.share > b.share; });
  if (shares.size() > kMost) shares.resize(kMost);
  title_ = title;
  shares_ = std::move(shares);
  QStringList words{tr("Shares of the channels"), title_};
  for (const ChannelShare& share : shares_)
    words << share.channel + QLatin1Char(' ') + share.reading;
  setAccessibleName(words.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

QSize ShareBars::minimumSizeHint() const { return {180, (fontMetrics().height() + 6) * 3}; }

QSize ShareBars::sizeHint() const {
  return {260, (fontMetrics().height() + 6) *
                   (1 + static_cast<int>(std::max<std::size_t>(2, shares_.size())))};
}

void ShareBars::paintEvent(QPaintEvent* /*event*/) {
  const PlotColours colours = plotColours(palette());
  QPainter painter(this);
  painter.fillRect(rect(), colours.background);
  const double row = fontMetrics().height() + 6;
  painter.setPen(colours.faint_text);
  if (title_.isEmpty()) {
    painter.drawText(rect().adjusted(4, 3, -4, -3), Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap,
                     tr("Point at a moment, or choose an alert"));
    return;
  }
  const QRectF head(4.0, 0.0, width() - 8.0, row);
  painter.drawText(
      head, Qt::AlignVCenter | Qt::AlignLeft,
      fontMetrics().elidedText(title_, Qt::ElideRight, static_cast<int>(head.width())));
  const QRectF plot(4.0, row, width() - 8.0, height() - row);
  paintShareBars(painter, shares_, plot, row, colours);
  double top = plot.top();
  painter.setPen(colours.text);
  for (const ChannelShare& share : shares_) {
    const QRectF line(plot.left() + 4.0, top, plot.width() - 8.0, row);
    const QString percent = tr("%1 %").arg(QLocale().toString(100.0 * share.share, 'f', 0));
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, percent);
    const int room = static_cast<int>(line.width()) - fontMetrics().horizontalAdvance(percent) - 8;
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                     fontMetrics().elidedText(share.channel + QStringLiteral("  ") + share.reading,
                                              Qt::ElideRight, room));
    top += row;
  }
}

}  // namespace hiss
