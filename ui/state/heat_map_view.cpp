// SPDX-License-Identifier: Apache-2.0
#include "ui/state/heat_map_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPaintEvent>
#include <QPainter>
#include <algorithm>

#include "ui/base/plot_colours.h"
#include "ui/state/scale.h"
#include "ui/state/state_colours.h"
#include "ui/state/state_text.h"

namespace hiss {
namespace {

constexpr int kLeastHeight = 112;

}  // namespace

HeatMapView::HeatMapView(const StateModel& model, QWidget* parent)
    : QWidget(parent), model_(model) {
  setAttribute(Qt::WA_OpaquePaintEvent);
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QRect HeatMapView::plotRect() const {
  return rect().adjusted(scaleWidth(fontMetrics()), 1, -1, -1);
}

QSize HeatMapView::minimumSizeHint() const {
  return {scaleWidth(fontMetrics()) + 100, kLeastHeight};
}

QSize HeatMapView::sizeHint() const { return minimumSizeHint() + QSize(200, 40); }

StateCell HeatMapView::pointedCell() const { return pointed_.value_or(model_.followed()); }

void HeatMapView::refresh() {
  if (painted_revision_ == model_.revision()) return;
  painted_revision_ = model_.revision();
  const QString range = StateText::number(model_.range());
  if (range == painted_range_) {
    update(plotRect());
  } else {
    painted_range_ = range;
    update();
  }
}

void HeatMapView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const PlotColours colours = plotColours(palette());
  const QRect plot = plotRect();
  for (const QRect& around : event->region().subtracted(plot)) {
    painter.fillRect(around, palette().window());
  }
  const StateSnapshot* const shown = model_.shown();
  if (shown == nullptr) {
    painter.fillRect(plot, colours.background);
    return;
  }
  const double ratio = devicePixelRatioF();
  const QImage& image = renderer_.render(shown->h, shown->d_inner, shown->d_state, model_.range(),
                                         (QSizeF(plot.size()) * ratio).toSize(), colours.is_dark);
  painter.drawImage(QRectF(plot), image);
  paintCell(painter, model_.followed(), plot, Qt::SolidLine);
  if (pointed_) paintCell(painter, *pointed_, plot, Qt::DotLine);
  if (event->region().intersects(QRect(0, 0, plot.left(), height()))) {
    painter.setPen(palette().color(QPalette::WindowText));
    paintScale(painter, plot, QLatin1Char('+') + painted_range_, QLatin1Char('-') + painted_range_,
               divergingColours(colours.is_dark));
  }
}

// Black within white, so that it stands out from every colour of the map.
void HeatMapView::paintCell(QPainter& painter, StateCell cell, const QRect& plot,
                            Qt::PenStyle style) const {
  const StateLayer& layer = model_.layer();
  const QRect at = HeatMapRenderer::cellRect(cell, layer.d_inner, layer.d_state, plot);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(Qt::white);
  painter.drawRect(at.adjusted(-2, -2, 1, 1));
  painter.setPen(QPen(Qt::black, 1.0, style));
  painter.drawRect(at.adjusted(-1, -1, 0, 0));
}

std::optional<StateCell> HeatMapView::cellUnder(const QPointF& position) const {
  const QPoint at = position.toPoint();
  if (!model_.hasLayers() || !plotRect().contains(at)) return std::nullopt;
  return HeatMapRenderer::cellAt(at, model_.layer().d_inner, model_.layer().d_state, plotRect());
}

void HeatMapView::point(std::optional<StateCell> cell) {
  if (cell == pointed_) return;
  pointed_ = cell;
  update(plotRect());
  emit pointedCellChanged();
}

void HeatMapView::mouseMoveEvent(QMouseEvent* event) { point(cellUnder(event->position())); }

void HeatMapView::mousePressEvent(QMouseEvent* event) {
  const std::optional<StateCell> cell = cellUnder(event->position());
  if (event->button() != Qt::LeftButton || !cell) return;
  point(cell);
  emit cellChosen(*cell);
}

void HeatMapView::leaveEvent(QEvent* /*event*/) { point(std::nullopt); }

void HeatMapView::keyPressEvent(QKeyEvent* event) {
  if (!model_.hasLayers()) return QWidget::keyPressEvent(event);
  StateCell cell = pointedCell();
  switch (event->key()) {
    case Qt::Key_Left:
      --cell.channel;
      break;
    case Qt::Key_Right:
      ++cell.channel;
      break;
    case Qt::Key_Down:
      --cell.state;
      break;
    case Qt::Key_Up:
      ++cell.state;
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
      emit cellChosen(cell);
      return;
    default:
      return QWidget::keyPressEvent(event);
  }
  point(StateCell{std::clamp(cell.channel, 0, model_.layer().d_inner - 1),
                  std::clamp(cell.state, 0, model_.layer().d_state - 1)});
}

void HeatMapView::focusInEvent(QFocusEvent* event) {
  if (event->reason() != Qt::MouseFocusReason && model_.hasLayers()) point(model_.followed());
  QWidget::focusInEvent(event);
}

void HeatMapView::focusOutEvent(QFocusEvent* event) {
  point(std::nullopt);
  QWidget::focusOutEvent(event);
}

}  // namespace hiss
