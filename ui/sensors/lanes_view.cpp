// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/lanes_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "dsp/plot_scale.h"
#include "ui/base/plot_colours.h"
#include "ui/sensors/lane_renderer.h"

namespace hiss {
namespace {

constexpr int kLeft = 64;
constexpr int kRight = 8;
constexpr int kGap = 4;
constexpr double kScoreShare = 0.6;  // of a lane's height
constexpr double kWheelStep = 120.0;
constexpr double kZoomStep = 1.25;
constexpr double kScrollStep = 0.1;
constexpr double kLeastTimeSpan = 1e6;  // a millisecond
constexpr double kLeastRowSpan = 10.0;
constexpr double kMostSpan = 4e18;
constexpr std::int64_t kFarthest = std::int64_t{1} << 62;

std::int64_t toMoment(double value) {
  return std::llround(
      std::clamp(value, -static_cast<double>(kFarthest), static_cast<double>(kFarthest)));
}

// With as many decimals as the scale has a use for.
QString scaleText(double value, const LaneScale& scale) {
  constexpr double kLong = 1e6;  // more digits than there is room for
  const double span = scale.high - scale.low;
  if (std::abs(value) >= kLong || span < 1.0 / kLong) return QLocale().toString(value, 'g', 3);
  const int decimals = static_cast<int>(std::ceil(2.0 - std::log10(span)));
  return QLocale().toString(value, 'f', std::clamp(decimals, 0, 4));
}

}  // namespace

LanesView::LanesView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAccessibleName(tr("Values, predicted bands and scores over time"));
  setToolTip(tr("Wheel: zoom · drag: scroll back · arrow keys: scroll · End: the newest rows"));
}

QSize LanesView::sizeHint() const { return minimumSizeHint().expandedTo(QSize(520, 300)); }

QSize LanesView::minimumSizeHint() const {
  int height = 2 * kLaneHeight;
  if (answer_) {
    height = fontMetrics().height() + 2 * kGap;
    for (const SensorLanes& lanes : answer_->streams) {
      height += static_cast<int>((static_cast<double>(lanes.lanes.size()) + kScoreShare) *
                                 static_cast<double>(kLaneHeight) * 0.7);
    }
  }
  return {320, std::max(height, 120)};
}

void LanesView::setStreams(const QStringList& streams) {
  if (streams == question_.streams) return;
  question_.streams = streams;
  question_.cursor.reset();
  question_.cursor_stream = streams.value(0);
  is_stale_ = true;
  emit asked();
}

LaneQuestion LanesView::question() const {
  LaneQuestion question = question_;
  question.columns = std::max(16, static_cast<int>(plotArea().width() * devicePixelRatioF()));
  return question;
}

void LanesView::setAnswer(std::shared_ptr<const LaneAnswer> answer) {
  const QSize before = minimumSizeHint();
  answer_ = std::move(answer);
  if (answer_ && (question_.follows || question_.end <= question_.begin)) {
    axis_ = {answer_->begin, std::max(answer_->end, answer_->begin + 1), answer_->has_time};
  }
  if (answer_) axis_.has_time = answer_->has_time;
  if (minimumSizeHint() != before) updateGeometry();
  is_stale_ = true;
  update();
}

void LanesView::clear() {
  question_ = {};
  answer_.reset();
  axis_ = {};
  is_stale_ = true;
  updateGeometry();
  update();
  emit followsChanged(true);
}

void LanesView::setFollows(bool follows) {
  if (follows == question_.follows) return;
  question_.follows = follows;
  if (follows) {
    question_.cursor.reset();
  } else {
    question_.begin = axis_.begin;
    question_.end = axis_.end;
  }
  emit followsChanged(follows);
  emit asked();
}

void LanesView::setRange(std::int64_t begin, std::int64_t end) {
  axis_.begin = begin;
  axis_.end = std::max(end, begin + 1);
  question_.begin = axis_.begin;
  question_.end = axis_.end;
  if (question_.follows) {
    question_.follows = false;
    emit followsChanged(false);
  }
  is_stale_ = true;
  update();
  emit asked();
}

void LanesView::zoom(double factor, std::optional<std::int64_t> about) {
  const double least = axis_.has_time ? kLeastTimeSpan : kLeastRowSpan;
  const double span = std::clamp(axis_.span() / factor, least, kMostSpan);
  if (question_.follows) {
    question_.span = toMoment(span);
    emit asked();
    return;
  }
  const double middle = static_cast<double>(axis_.begin) + 0.5 * axis_.span();
  const double at = about ? static_cast<double>(*about) : middle;
  const double share = (at - static_cast<double>(axis_.begin)) / axis_.span();
  const std::int64_t begin = toMoment(at - share * span);
  setRange(begin, begin + toMoment(span));
}

void LanesView::scroll(double share) {
  const std::int64_t by = toMoment(share * axis_.span());
  if (std::abs(static_cast<double>(axis_.begin) + static_cast<double>(by)) > kMostSpan) return;
  setRange(axis_.begin + by, axis_.end + by);
}

void LanesView::showAll() {
  if (!answer_ || answer_->streams.empty()) return;
  setRange(answer_->oldest, answer_->newest + 1);
}

void LanesView::jumpTo(const QString& stream, std::int64_t begin, std::int64_t end,
                       std::int64_t at) {
  question_.cursor_stream = stream;
  question_.cursor = at;
  const double length = static_cast<double>(std::max<std::int64_t>(0, end - begin));
  // Long enough to see what was usual before it.
  const double span = std::max(axis_.span() <= 1.0 ? 0.0 : std::min(axis_.span(), 20.0 * length),
                               std::max(3.0 * length, axis_.has_time ? 1e9 : kLeastRowSpan));
  const std::int64_t from = toMoment(static_cast<double>(begin) - 0.5 * (span - length));
  setRange(from, from + toMoment(span));
}

QRectF LanesView::plotArea() const {
  const double below = fontMetrics().height() + kGap;
  return {kLeft, kGap, std::max(16.0, width() - 1.0 * kLeft - kRight),
          std::max(16.0, height() - below - kGap)};
}

std::vector<QRectF> LanesView::laneAreas() const {
  std::vector<QRectF> areas;
  if (!answer_) return areas;
  double parts = 0.0;
  for (const SensorLanes& lanes : answer_->streams) {
    parts += static_cast<double>(lanes.lanes.size()) + kScoreShare;
  }
  const QRectF plot = plotArea();
  double top = plot.top();
  const auto take = [&](double part) {
    const double height = plot.height() * part / parts;
    areas.emplace_back(plot.left(), std::round(top), plot.width(),
                       std::round(top + height) - std::round(top) - kGap);
    top += height;
  };
  for (const SensorLanes& lanes : answer_->streams) {
    for (std::size_t c = 0; c < lanes.lanes.size(); ++c) take(1.0);
    take(kScoreShare);
  }
  return areas;
}

void LanesView::renderLanes() {
  const PlotColours colours = plotColours(palette());
  const double ratio = devicePixelRatioF();
  if (image_.size() != size() * ratio) {
    image_ = QImage(size() * ratio, QImage::Format_RGB32);
    image_.setDevicePixelRatio(ratio);
  }
  image_.fill(colours.background);
  is_stale_ = false;
  QPainter painter(&image_);
  painter.setFont(font());
  const QRectF plot = plotArea();
  if (!answer_ || answer_->streams.empty()) {
    painter.setPen(colours.faint_text);
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("Start a source above, or try the demo:\nthe values of each sensor appear "
                        "here with the band in which they were expected."));
    return;
  }
  const std::vector<QRectF> areas = laneAreas();
  std::size_t next = 0;
  const auto label = [&](const QRectF& area, const QString& name, const LaneScale& scale) {
    const QFontMetricsF metrics(painter.font());
    painter.setPen(colours.faint_text);
    const QRectF left(0.0, area.top(), kLeft - 6.0, area.height());
    painter.drawText(left, Qt::AlignRight | Qt::AlignTop, scaleText(scale.high, scale));
    painter.drawText(left, Qt::AlignRight | Qt::AlignBottom, scaleText(scale.low, scale));
    painter.setPen(colours.text);
    painter.drawText(area.adjusted(4.0, 1.0, -4.0, 0.0), Qt::AlignLeft | Qt::AlignTop,
                     metrics.elidedText(name, Qt::ElideMiddle, area.width() - 8.0));
  };
  for (const SensorLanes& lanes : answer_->streams) {
    const QString stream = QString::fromStdString(lanes.stream);
    for (std::size_t c = 0; c < lanes.lanes.size(); ++c) {
      const SensorLane& lane = lanes.lanes[c];
      const QRectF& area = areas[next++];
      const LaneScale scale = scaleOf(lane);
      paintMomentGrid(painter, axis_, area, colours);
      paintAlerts(painter, lanes, axis_, area, colours);
      paintLane(painter, lanes, lane, scale, axis_, area, colours,
                colours.lines[c % colours.lines.size()]);
      label(area, tr("%1: %2").arg(stream, QString::fromStdString(lane.channel)), scale);
    }
    const QRectF& area = areas[next++];
    const LaneScale scale = scaleOfScore(lanes);
    paintMomentGrid(painter, axis_, area, colours);
    paintAlerts(painter, lanes, axis_, area, colours);
    paintScore(painter, lanes, scale, axis_, area, colours);
    const std::size_t left_out = lanes.extent.channels.size() - lanes.lanes.size();
    label(area,
          left_out == 0 ? tr("Score (above 1: alert)")
                        : tr("Score (above 1: alert); %n more channels are not drawn", nullptr,
                             static_cast<int>(left_out)),
          scale);
  }
  if (!areas.empty()) {
    paintMomentLabels(painter, axis_,
                      QRectF(areas.back().left(), plot.top(), areas.back().width(),
                             areas.back().bottom() - plot.top()),
                      colours);
  }
}

void LanesView::paintCursor(QPainter& painter) const {
  if (!question_.cursor || !answer_ || answer_->streams.empty()) return;
  const QRectF plot = plotArea();
  const double x = axis_.xOf(answer_->cursor ? answer_->cursor->at : *question_.cursor, plot);
  if (x < plot.left() || x > plot.right()) return;
  painter.setPen(plotColours(palette()).accent);
  painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
}

void LanesView::paintEvent(QPaintEvent* /*event*/) {
  if (is_stale_ || image_.size() != size() * devicePixelRatioF()) renderLanes();
  QPainter painter(this);
  painter.drawImage(0, 0, image_);
  paintCursor(painter);
  if (hasFocus()) {
    painter.setPen(plotColours(palette()).accent);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
  }
}

void LanesView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  emit asked();
}

void LanesView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
    is_stale_ = true;
    update();
  }
  QWidget::changeEvent(event);
}

void LanesView::wheelEvent(QWheelEvent* event) {
  const double steps = event->angleDelta().y() / kWheelStep;
  if (steps == 0.0 || !answer_) return event->ignore();
  zoom(std::pow(kZoomStep, steps), axis_.momentAt(event->position().x(), plotArea()));
  event->accept();
}

void LanesView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  dragged_from_ = event->position();
  drag_axis_ = axis_;
  was_dragged_ = false;
}

void LanesView::mouseMoveEvent(QMouseEvent* event) {
  if (!dragged_from_) return moveCursor(event->position());
  const double distance = event->position().x() - dragged_from_->x();
  if (!was_dragged_ && std::abs(distance) < QApplication::startDragDistance()) return;
  was_dragged_ = true;
  const std::int64_t by = toMoment(-distance / plotArea().width() * drag_axis_.span());
  setRange(drag_axis_.begin + by, drag_axis_.end + by);
}

void LanesView::mouseReleaseEvent(QMouseEvent* event) {
  dragged_from_.reset();
  if (!was_dragged_) moveCursor(event->position());
}

void LanesView::moveCursor(const QPointF& position) {
  const QRectF plot = plotArea();
  if (!answer_ || answer_->streams.empty() || position.x() < plot.left() ||
      position.x() > plot.right()) {
    return;
  }
  question_.cursor = axis_.momentAt(position.x(), plot);
  const std::vector<QRectF> areas = laneAreas();
  std::size_t next = 0;
  for (const SensorLanes& lanes : answer_->streams) {
    next += lanes.lanes.size() + 1;
    question_.cursor_stream = QString::fromStdString(lanes.stream);
    if (position.y() < areas[next - 1].bottom()) break;
  }
  update();
  emit asked();
}

void LanesView::leaveEvent(QEvent* event) {
  QWidget::leaveEvent(event);
  if (!question_.follows) return;  // who looks at a moment still wants to read what was there
  question_.cursor.reset();
  update();
  emit asked();
}

void LanesView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      return scroll(-kScrollStep);
    case Qt::Key_Right:
      return scroll(kScrollStep);
    case Qt::Key_PageUp:
      return scroll(-1.0);
    case Qt::Key_PageDown:
      return scroll(1.0);
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      return zoom(kZoomStep, question_.cursor);
    case Qt::Key_Minus:
      return zoom(1.0 / kZoomStep, question_.cursor);
    case Qt::Key_End:
      return setFollows(true);
    case Qt::Key_Home:
      return answer_ ? setRange(answer_->oldest, answer_->oldest + toMoment(axis_.span())) : void();
    default:
      QWidget::keyPressEvent(event);
  }
}

QImage LanesView::picture() {
  if (is_stale_) renderLanes();
  return image_.copy();
}

}  // namespace hiss
