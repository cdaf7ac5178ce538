// SPDX-License-Identifier: Apache-2.0
#include "ui/state/time_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPaintEvent>
#include <QPainter>
#include <QStyleOptionFocusRect>
#include <algorithm>
#include <cmath>

#include "ui/base/time_axis.h"
#include "ui/state/scale.h"

namespace hiss {
namespace {

constexpr int kLeastPlotHeight = 44;

}  // namespace

TimeView::TimeView(StateModel& model, bool has_times, QWidget* parent)
    : QWidget(parent), model_(model), has_times_(has_times) {
  setAttribute(Qt::WA_OpaquePaintEvent);
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QRect TimeView::plotRect() const {
  const int below = has_times_ ? fontMetrics().height() + 2 : 1;
  return rect().adjusted(scaleWidth(fontMetrics()), 1, -1, -below);
}

QSize TimeView::minimumSizeHint() const {
  const int below = has_times_ ? fontMetrics().height() + 2 : 1;
  return {scaleWidth(fontMetrics()) + 100,
          std::max(kLeastPlotHeight, 2 * fontMetrics().height()) + 1 + below};
}

QSize TimeView::sizeHint() const { return minimumSizeHint() + QSize(200, 24); }

void TimeView::refresh() {
  if (painted_revision_ == model_.revision()) return;
  painted_revision_ = model_.revision();
  prepare();
  if (upperLabel() != painted_upper_ || lowerLabel() != painted_lower_) {
    update();
  } else {
    const QRect plot = plotRect();
    update(plot);
    if (has_times_) update(QRect(0, plot.bottom() + 1, width(), height() - plot.bottom() - 1));
  }
}

void TimeView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const PlotColours colours = plotColours(palette());
  const QRect plot = plotRect();
  for (const QRect& around : event->region().subtracted(plot)) {
    painter.fillRect(around, palette().window());
  }
  painter.fillRect(plot, colours.background);

  const double step_s = model_.layout().step_seconds;
  TimeAxis axis;
  axis.is_rows = !(step_s > 0.0);
  axis.end_s = static_cast<double>(model_.newest()) * (axis.is_rows ? 1.0 : step_s);
  axis.span_s = model_.kept() * (axis.is_rows ? 1.0 : step_s);
  PlotColours over = colours;
  if (isPicture()) over.grid = Qt::transparent;
  if (model_.newest() > 0) paintTimeAxis(painter, axis, QRectF(plot), over, has_times_);

  painter.save();
  const double ratio = devicePixelRatioF();
  painter.setClipRect(plot);
  painter.scale(1.0 / ratio, 1.0 / ratio);
  const QRect device(QPointF(QPointF(plot.topLeft()) * ratio).toPoint(),
                     (QSizeF(plot.size()) * ratio).toSize());
  if (model_.newest() > 0) {
    paintPlot(painter, device, colours, std::max(1, static_cast<int>(std::lround(ratio))));
    if (isPicture()) paintGaps(painter, device, colours);
  }
  painter.restore();

  if (model_.inspected()) {
    const double from_end = static_cast<double>(model_.newest() - *model_.inspected()) + 0.5;
    const double x = plot.right() + 1.0 - from_end / model_.kept() * plot.width();
    painter.setPen(colours.alert);
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
  }
  if (event->region().intersects(QRect(0, 0, plot.left(), plot.bottom()))) {
    painted_upper_ = upperLabel();
    painted_lower_ = lowerLabel();
    painter.setPen(palette().color(QPalette::WindowText));
    paintScale(painter, plot, painted_upper_, painted_lower_, scaleColours());
  }
  if (hasFocus()) {
    QStyleOptionFocusRect option;
    option.initFrom(this);
    option.rect = plot;
    style()->drawPrimitive(QStyle::PE_FrameFocusRect, &option, &painter, this);
  }
}

// Steps that were lost, or not taken while frozen.
void TimeView::paintGaps(QPainter& painter, const QRect& plot, const PlotColours& colours) {
  const double width = static_cast<double>(plot.width()) / model_.kept();
  const std::int64_t begin = std::max(model_.firstColumn(), model_.newest() - model_.kept() + 1);
  for (std::int64_t step = begin; step <= model_.newest(); ++step) {
    if (model_.at(step) != nullptr) continue;
    std::int64_t end = step;
    while (model_.at(end) == nullptr) ++end;
    const double x = plot.right() + 1.0 - static_cast<double>(model_.newest() - step + 1) * width;
    painter.fillRect(QRectF(x, plot.top(), static_cast<double>(end - step) * width, plot.height()),
                     colours.background);
    step = end;
  }
}

void TimeView::inspectAt(const QPointF& position) {
  const QRect plot = plotRect();
  const double from_end = (plot.right() + 1.0 - position.x()) / plot.width() * model_.kept();
  model_.inspect(model_.newest() - static_cast<std::int64_t>(std::floor(from_end)));
}

void TimeView::mouseMoveEvent(QMouseEvent* event) { inspectAt(event->position()); }

void TimeView::mousePressEvent(QMouseEvent* event) { inspectAt(event->position()); }

void TimeView::keyPressEvent(QKeyEvent* event) {
  if (model_.isFrozen() && event->key() == Qt::Key_Left) {
    model_.inspectNext(-1);
  } else if (model_.isFrozen() && event->key() == Qt::Key_Right) {
    model_.inspectNext(1);
  } else {
    QWidget::keyPressEvent(event);
  }
}

}  // namespace hiss
