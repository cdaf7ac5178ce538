// SPDX-License-Identifier: Apache-2.0
#include "ui/state/horizon_view.h"

#include <QLocale>
#include <QPaintEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/base/plot_colours.h"
#include "ui/state/curve_renderer.h"
#include "ui/state/scale.h"
#include "ui/state/state_text.h"

namespace hiss {

HorizonView::HorizonView(const StateModel& model, QWidget* parent)
    : QWidget(parent), model_(model) {
  setAttribute(Qt::WA_OpaquePaintEvent);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void HorizonView::setLayer() {
  if (model_.hasLayers()) histogram_.setLayer(model_.layer());
  full_share_ = 1.0;
  update();
}

QRect HorizonView::plotRect() const {
  return rect().adjusted(scaleWidth(fontMetrics()), 1, -1, -fontMetrics().height() - 2);
}

QSize HorizonView::minimumSizeHint() const {
  return {scaleWidth(fontMetrics()) + 100, 4 * fontMetrics().height()};
}

QSize HorizonView::sizeHint() const { return minimumSizeHint() + QSize(200, 40); }

void HorizonView::refresh() {
  if (painted_revision_ == model_.revision()) return;
  painted_revision_ = model_.revision();
  const StateSnapshot* const shown = model_.shown();
  if (shown == nullptr) {
    update();
    return;
  }
  histogram_.count(shown->dt);
  // Upwards at once, downwards at half, so that the scale does not flicker.
  const double share = roundScale(0.0F, static_cast<float>(histogram_.highestShare()), false).upper;
  if (share > full_share_ || 2.0 * share < full_share_) {
    full_share_ = share;
    update();
  } else {
    update(plotRect());
  }
}

void HorizonView::paintAxis(QPainter& painter, const QRect& plot) const {
  const PlotColours colours = plotColours(palette());
  const double step_s = model_.layout().step_seconds;
  const double unit = step_s > 0.0 ? step_s : 1.0;
  const int first = static_cast<int>(std::ceil(std::log10(HorizonHistogram::kLeastSteps * unit)));
  const int last = static_cast<int>(std::floor(std::log10(HorizonHistogram::kMostSteps * unit)));
  int end_of_last = -1;
  for (int decade = first; decade <= last; ++decade) {
    const double steps = std::pow(10.0, decade) / unit;
    const auto x =
        static_cast<int>(plot.left() + HorizonHistogram::position(steps) * (plot.width() - 1));
    const QString text = StateText::steps(steps, step_s);
    const int width = fontMetrics().horizontalAdvance(text);
    painter.setPen(colours.grid);
    painter.drawLine(x, plot.top(), x, plot.bottom());
    painter.setPen(palette().color(QPalette::WindowText));
    const int left = std::clamp(x - width / 2, 0, std::max(0, this->width() - width));
    if (left <= end_of_last) continue;
    end_of_last = left + width + fontMetrics().averageCharWidth();
    painter.drawText(left, plot.bottom() + fontMetrics().ascent() + 2, text);
  }
}

void HorizonView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const PlotColours colours = plotColours(palette());
  const QRect plot = plotRect();
  for (const QRect& around : event->region().subtracted(plot)) {
    painter.fillRect(around, palette().window());
  }
  painter.fillRect(plot, colours.background);
  paintAxis(painter, plot);
  const StateSnapshot* const shown = model_.shown();
  if (shown == nullptr) return;
  if (!model_.hasHorizons()) {
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(plot, Qt::AlignCenter | Qt::TextWordWrap,
                     tr("Layers of this kind have no fixed time after which they forget."));
    return;
  }
  histogram_.paint(painter, plot, full_share_, colours.lines[0]);

  const double horizon = model_.horizonSteps(model_.followed());
  const auto x =
      static_cast<int>(plot.left() + HorizonHistogram::position(horizon) * (plot.width() - 1));
  painter.setPen(colours.alert);
  painter.drawLine(x, plot.top(), x, plot.bottom());
  painter.setPen(palette().color(QPalette::WindowText));
  constexpr double kPercent = 100.0;
  paintScale(painter, plot, tr("%1 %").arg(StateText::number(kPercent * full_share_)), tr("0 %"),
             {});
}

}  // namespace hiss
