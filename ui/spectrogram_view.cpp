// SPDX-License-Identifier: Apache-2.0
#include "ui/spectrogram_view.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <vector>

#include "dsp/colour_map.h"
#include "ui/spectrogram_renderer.h"

namespace hiss {
namespace {

constexpr int kTick = 4;
constexpr int kSpace = 6;
constexpr int kBarWidth = 14;
constexpr int kBarLabels = 4;
constexpr int kDragPixels = 5;  // less is a click
constexpr double kLineHalf = 2.0;

double lineHeight(const QWidget& widget) { return widget.fontMetrics().height(); }

QString toText(const std::string& text) { return QString::fromStdString(text); }

}  // namespace

SpectrogramView::SpectrogramView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void SpectrogramView::setPane(Pane pane, const QString& title, const SpectrogramData& spectrogram) {
  PaneState& state = panes_[pane];
  state = {title, {}, spectrogram, Spectrogram::kSilenceDb, {}, {}};
  if (!spectrogram.isEmpty()) state.loudest_db = spectrogram.picture->loudestDb();
  rescale(pane);
}

void SpectrogramView::clearPane(Pane pane, const QString& title, const QString& hint) {
  panes_[pane] = {title, hint, {}, Spectrogram::kSilenceDb, {}, {}};
  rescale(pane);
}

void SpectrogramView::rescale(Pane changed) {
  float loudest = Spectrogram::kSilenceDb;
  axis_seconds_ = axis_hz_ = 0.0;
  for (const PaneState& state : panes_) {
    if (state.spectrogram.isEmpty()) continue;
    loudest = std::max(loudest, state.loudest_db);
    axis_seconds_ = std::max(axis_seconds_, state.spectrogram.seconds);
    axis_hz_ = std::max(axis_hz_, state.spectrogram.max_hz);
  }
  const LevelScale scale = levelScaleFor(loudest);
  const bool colours_moved = scale.top_db != scale_.top_db;
  scale_ = scale;
  for (PaneState& state : panes_) {
    state.scaled = {};  // the axes may have grown
    if (state.spectrogram.isEmpty()) continue;
    if (colours_moved || &state == &panes_[changed]) {
      state.cells = renderSpectrogram(*state.spectrogram.picture, scale_);
    }
  }
  update();
}

bool SpectrogramView::isEmpty() const { return !(axis_seconds_ > 0.0); }

QRectF SpectrogramView::plotRect(Pane pane) const {
  const double line = lineHeight(*this);
  const double left = line + 2 * kSpace + fontMetrics().horizontalAdvance("00.0") + kTick;
  const double right = 3 * kSpace + kBarWidth + kTick + fontMetrics().horizontalAdvance("-100");
  const double title = line + kSpace;
  const double bottom = 2 * line + kTick + kSpace;
  const double each = (height() - bottom - kPanes * title) / kPanes;
  return {left, title + static_cast<int>(pane) * (each + title),
          std::max(1.0, width() - left - right), std::max(1.0, each)};
}

std::optional<float> SpectrogramView::levelAt(Pane pane, double seconds, double hz) const {
  const SpectrogramData& spectrogram = panes_[pane].spectrogram;
  if (spectrogram.isEmpty() || seconds < 0.0 || seconds > spectrogram.seconds || hz < 0.0 ||
      hz > spectrogram.max_hz) {
    return std::nullopt;
  }
  const SpectrogramPicture& picture = *spectrogram.picture;
  const auto column = static_cast<int>(
      std::floor((seconds - spectrogram.first_column_seconds) / spectrogram.cell_seconds));
  std::vector<float> values(static_cast<std::size_t>(picture.bins()));
  picture.column(std::clamp(column, 0, picture.columns() - 1), values);
  const long bin = std::lround(hz / spectrogram.max_hz * (picture.bins() - 1));
  return values[static_cast<std::size_t>(bin)];
}

double SpectrogramView::xOf(double seconds) const {
  const QRectF plot = plotRect(kUpper);
  return plot.left() + plot.width() * seconds / axis_seconds_;
}

double SpectrogramView::secondsAt(double x) const {
  const QRectF plot = plotRect(kUpper);
  return std::clamp((x - plot.left()) / plot.width(), 0.0, 1.0) * axis_seconds_;
}

void SpectrogramView::updateColumns(double x0, double x1) {
  for (const Pane pane : {kUpper, kLower}) {
    // Whole pixels inside the pane, so that nothing else is painted.
    const QRectF plot = plotRect(pane);
    const int top = static_cast<int>(std::ceil(plot.top()));
    const int bottom = static_cast<int>(std::floor(plot.bottom()));
    const int left = static_cast<int>(std::ceil(std::max(plot.left(), x0 - kLineHalf)));
    const int right = static_cast<int>(std::floor(std::min(plot.right(), x1 + kLineHalf)));
    update(left, top, right - left, bottom - top);
  }
}

void SpectrogramView::setPlayhead(double seconds) {
  if (isEmpty() || seconds == playhead_s_) return;
  const double before = playhead_s_;
  playhead_s_ = seconds;
  for (const double moment : {before, seconds}) {
    if (moment >= 0.0) updateColumns(xOf(moment), xOf(moment));
  }
}

void SpectrogramView::setRange(const std::optional<std::pair<double, double>>& seconds) {
  if (seconds == range_) return;
  range_ = seconds;
  update();
}

void SpectrogramView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  // A moved playhead touches nothing but the panes.
  const bool within_panes =
      !isEmpty() &&
      std::all_of(event->region().begin(), event->region().end(), [&](const QRect& r) {
        return plotRect(kUpper).contains(QRectF(r)) || plotRect(kLower).contains(QRectF(r));
      });
  if (within_panes) {
    for (const Pane pane : {kUpper, kLower}) {
      painter.fillRect(plotRect(pane), QColor(levelColour(Spectrogram::kSilenceDb, scale_)));
      paintSpectrogram(painter, panes_[pane], plotRect(pane));
      paintMarks(painter, pane);
      if (crosshair_) paintCrosshair(painter, pane);
    }
    return;
  }
  painter.fillRect(rect(), palette().window());
  for (const Pane pane : {kUpper, kLower}) paintPane(painter, pane);
  if (isEmpty()) return;
  paintTimeAxis(painter);
  paintColourBar(painter);
}

void SpectrogramView::paintPane(QPainter& painter, Pane pane) {
  PaneState& state = panes_[pane];
  const QRectF plot = plotRect(pane);
  const QRectF title(plot.left(), plot.top() - lineHeight(*this) - 2, plot.width(),
                     lineHeight(*this));
  painter.setPen(palette().color(QPalette::WindowText));
  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter, state.title);
  painter.setFont(font());
  painter.fillRect(plot, QColor(levelColour(Spectrogram::kSilenceDb, scale_)));
  if (state.spectrogram.isEmpty()) {
    painter.setPen(QColor(200, 200, 210));
    painter.drawText(plot.adjusted(kSpace, kSpace, -kSpace, -kSpace),
                     Qt::AlignCenter | Qt::TextWordWrap, state.hint);
  } else {
    paintSpectrogram(painter, state, plot);
  }
  painter.setPen(palette().color(QPalette::WindowText));
  painter.drawRect(plot.adjusted(-0.5, -0.5, 0.5, 0.5));
  if (isEmpty()) return;
  paintMarks(painter, pane);
  paintFrequencyAxis(painter, plot);
  if (crosshair_) {
    paintCrosshair(painter, pane);
    painter.drawText(title.adjusted(0, 0, -2 * kSpace, 0), Qt::AlignRight | Qt::AlignVCenter,
                     readout(pane));
  }
}

void SpectrogramView::paintMarks(QPainter& painter, Pane pane) const {
  const QRectF plot = plotRect(pane);
  painter.save();
  painter.setClipRect(plot, Qt::IntersectClip);
  if (range_) {
    const QColor shade(0, 0, 0, 130);
    painter.fillRect(QRectF(plot.topLeft(), QPointF(xOf(range_->first), plot.bottom())), shade);
    painter.fillRect(QRectF(QPointF(xOf(range_->second), plot.top()), plot.bottomRight()), shade);
  }
  if (playhead_s_ >= 0.0) {
    painter.setPen(QPen(Qt::white, 1.0));
    painter.drawLine(QPointF(xOf(playhead_s_), plot.top()),
                     QPointF(xOf(playhead_s_), plot.bottom()));
  }
  painter.restore();
}

void SpectrogramView::paintSpectrogram(QPainter& painter, PaneState& state, const QRectF& plot) {
  if (state.spectrogram.isEmpty()) return;
  const SpectrogramData& spectrogram = state.spectrogram;
  const double pixels_per_second = plot.width() / axis_seconds_;
  const double height = plot.height() * spectrogram.max_hz / axis_hz_;
  const QRectF cells(
      plot.left() + spectrogram.first_column_seconds * pixels_per_second, plot.bottom() - height,
      spectrogram.picture->columns() * spectrogram.cell_seconds * pixels_per_second, height);
  if (state.scaled.isNull()) {
    // Averages what falls on one pixel, which the painter's own scaling would skip.
    const double ratio = devicePixelRatioF();
    const QSize size = (cells.size() * ratio).toSize().expandedTo({1, 1});
    state.scaled = QPixmap::fromImage(
        state.cells.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
  }
  painter.save();
  painter.setClipRect(
      QRectF(plot.left(), plot.top(),
             std::min(spectrogram.seconds, axis_seconds_) * pixels_per_second, plot.height()),
      Qt::IntersectClip);
  painter.drawPixmap(cells, state.scaled, QRectF(state.scaled.rect()));
  painter.restore();
}

void SpectrogramView::paintFrequencyAxis(QPainter& painter, const QRectF& plot) const {
  const double line = lineHeight(*this);
  const double max_khz = axis_hz_ / 1000.0;
  double step = decimalStep(max_khz);
  while (plot.height() * step / max_khz < 1.2 * line && step < max_khz) step *= 2.0;
  for (int i = 0; i * step <= max_khz * (1.0 + 1e-9); ++i) {
    const double y = plot.bottom() - plot.height() * i * step / max_khz;
    painter.drawLine(QPointF(plot.left() - kTick, y), QPointF(plot.left() - 1, y));
    painter.drawText(QRectF(0, y - line / 2, plot.left() - kTick - 3, line),
                     Qt::AlignRight | Qt::AlignVCenter, toText(numberLabel(i * step)));
  }
  painter.save();
  painter.translate(kSpace, plot.center().y());
  painter.rotate(-90.0);
  painter.drawText(QRectF(-plot.height() / 2, 0, plot.height(), line), Qt::AlignCenter, tr("kHz"));
  painter.restore();
}

void SpectrogramView::paintTimeAxis(QPainter& painter) const {
  const double line = lineHeight(*this);
  const double step = timeStep(axis_seconds_);
  for (const Pane pane : {kUpper, kLower}) {
    const QRectF plot = plotRect(pane);
    for (int i = 0; i * step <= axis_seconds_ * (1.0 + 1e-9); ++i) {
      const double x = plot.left() + plot.width() * i * step / axis_seconds_;
      painter.drawLine(QPointF(x, plot.bottom() + 1), QPointF(x, plot.bottom() + kTick));
      if (pane != kLower) continue;
      painter.drawText(QRectF(x - 60, plot.bottom() + kTick, 120, line), Qt::AlignCenter,
                       toText(timeLabel(i * step, axis_seconds_)));
    }
  }
  const QRectF plot = plotRect(kLower);
  painter.drawText(QRectF(plot.left(), plot.bottom() + kTick + line, plot.width(), line),
                   Qt::AlignCenter, axis_seconds_ <= kDecimalSeconds ? tr("time (s)") : tr("time"));
}

void SpectrogramView::paintColourBar(QPainter& painter) const {
  const double line = lineHeight(*this);
  const QRectF plot = plotRect(kUpper);
  const QRectF bar(plot.right() + 2 * kSpace, plot.top(), kBarWidth,
                   plotRect(kLower).bottom() - plot.top());
  painter.drawImage(bar, renderColourBar({1, std::max(1, static_cast<int>(bar.height()))}));
  painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5));
  for (int i = 0; i <= kBarLabels; ++i) {
    const double y = bar.top() + bar.height() * i / kBarLabels;
    const double db = scale_.top_db - LevelScale::kRangeDb * static_cast<float>(i) / kBarLabels;
    painter.drawLine(QPointF(bar.right() + 1, y), QPointF(bar.right() + kTick, y));
    painter.drawText(QRectF(bar.right() + kTick + 3, y - line / 2, 60, line),
                     Qt::AlignLeft | Qt::AlignVCenter, toText(numberLabel(db)));
  }
  painter.drawText(QRectF(bar.center().x() - 40, bar.top() - line - 2, 80, line), Qt::AlignCenter,
                   tr("dBFS"));
}

void SpectrogramView::paintCrosshair(QPainter& painter, Pane pane) const {
  const QRectF plot = plotRect(pane);
  const double x = plot.left() + plot.width() * crosshair_->x() / axis_seconds_;
  const double y = plot.bottom() - plot.height() * crosshair_->y() / axis_hz_;
  painter.save();
  painter.setPen(QColor(255, 255, 255, 110));
  painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
  painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
  painter.restore();
}

QString SpectrogramView::readout(Pane pane) const {
  const std::optional<float> level = levelAt(pane, crosshair_->x(), crosshair_->y());
  if (!level) return {};
  const double seconds = crosshair_->x();
  const QString time = axis_seconds_ <= kDecimalSeconds ? tr("%1 s").arg(seconds, 0, 'f', 2)
                                                        : toText(timeLabel(seconds, axis_seconds_));
  return tr("%1, %2 kHz: %3 dBFS")
      .arg(time)
      .arg(crosshair_->y() / 1000.0, 0, 'f', 2)
      .arg(static_cast<double>(*level), 0, 'f', 1);
}

void SpectrogramView::resizeEvent(QResizeEvent* event) {
  for (PaneState& state : panes_) state.scaled = {};
  QWidget::resizeEvent(event);
}

void SpectrogramView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || isEmpty()) return;
  for (const Pane pane : {kUpper, kLower}) {
    if (plotRect(pane).contains(event->position())) pressed_x_ = event->position().x();
  }
}

void SpectrogramView::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || !pressed_x_ || isEmpty()) return;
  const double x0 = std::min(*pressed_x_, event->position().x());
  const double x1 = std::max(*pressed_x_, event->position().x());
  pressed_x_.reset();
  if (x1 - x0 < kDragPixels) {
    emit timeClicked(secondsAt(x0));
  } else {
    emit rangeDrawn(secondsAt(x0), secondsAt(x1));
  }
}

void SpectrogramView::mouseMoveEvent(QMouseEvent* event) {
  if (pressed_x_ && !isEmpty()) {
    const double x0 = std::min(*pressed_x_, event->position().x());
    const double x1 = std::max(*pressed_x_, event->position().x());
    if (x1 - x0 >= kDragPixels) setRange(std::make_pair(secondsAt(x0), secondsAt(x1)));
  }
  crosshair_.reset();
  for (const Pane pane : {kUpper, kLower}) {
    const QRectF plot = plotRect(pane);
    if (isEmpty() || !plot.contains(event->position())) continue;
    crosshair_ = QPointF((event->position().x() - plot.left()) / plot.width() * axis_seconds_,
                         (plot.bottom() - event->position().y()) / plot.height() * axis_hz_);
  }
  update();
}

void SpectrogramView::leaveEvent(QEvent* event) {
  crosshair_.reset();
  update();
  QWidget::leaveEvent(event);
}

}  // namespace hiss
