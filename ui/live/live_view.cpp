// SPDX-License-Identifier: Apache-2.0
#include "ui/live/live_view.h"

#include <QEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPaintEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "dsp/colour_map.h"
#include "dsp/plot_scale.h"
#include "ui/base/plot_colours.h"

namespace hiss {
namespace {

constexpr int kSpace = 4;
constexpr int kTick = 4;
constexpr int kWaveShare = 5;  // of the height: one of so many parts
constexpr int kLeastPlot = 40;
constexpr double kHzPerKhz = 1000.0;

QRgb dark() {
  const Rgb colour = sequential(0.0F);
  return qRgb(colour.r, colour.g, colour.b);
}

QString kiloHertz(double hz, int digits) { return QLocale().toString(hz / kHzPerKhz, 'f', digits); }

}  // namespace

void paintLivePlots(QPainter& painter, LiveTrack& track, const TimeAxis& axis,
                    const LivePlots& plots, const PlotColours& colours) {
  painter.fillRect(plots.noisy, QColor(dark()));
  painter.fillRect(plots.clean, QColor(dark()));
  painter.fillRect(plots.wave, colours.background);
  if (track.isEmpty()) return;
  const double columns = axis.span_s / track.columnSeconds();
  const double end = static_cast<double>(track.columns()) +
                     (axis.end_s - track.endSeconds()) / track.columnSeconds();
  track.spectrogram(LiveTrack::kNoisy).paint(painter, plots.noisy, end, columns);
  track.spectrogram(LiveTrack::kClean).paint(painter, plots.clean, end, columns);
  track.wave().paint(painter, plots.wave, end, columns);
}

LiveView::LiveView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(tr("Pictures of the sound"));
  setAccessibleDescription(
      tr("Spectrograms of the noisy and the clean sound and their waveforms, the newest at the "
         "right edge"));
  takeColours();
}

void LiveView::takeColours() {
  const PlotColours colours = plotColours(palette());
  track_.setWaveColours(colours.background.rgb(), colours.lines[1].rgb(), colours.lines[0].rgb());
}

QSize LiveView::minimumSizeHint() const {
  return {300, 3 * (fontMetrics().height() + kSpace) + 4 * kLeastPlot};
}

void LiveView::advance() {
  if (track_.columns() == shown_columns_) return;
  shown_columns_ = track_.columns();
  update();
}

void LiveView::setSpan(double seconds) {
  span_s_ = seconds;
  update();
}

void LiveView::setHint(const QString& hint) {
  if (hint_ == hint) return;
  hint_ = hint;
  update();
}

TimeAxis LiveView::axis() const { return {track_.endSeconds(), span_s_}; }

LivePlots LiveView::plots() const {
  const int line = fontMetrics().height();
  const int left = fontMetrics().horizontalAdvance(QStringLiteral("00")) + line + kTick + kSpace;
  const int width = std::max(1, this->width() - left - kSpace);
  const int title = line + kSpace;
  const int free = std::max(3, height() - 3 * title - line - kSpace);
  const int wave = free / kWaveShare;
  const int each = (free - wave) / 2;
  LivePlots plots;
  plots.noisy = {left, title, width, each};
  plots.clean = {left, plots.noisy.bottom() + 1 + title, width, each};
  plots.wave = {left, plots.clean.bottom() + 1 + title, width, wave};
  return plots;
}

void LiveView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const PlotColours colours = plotColours(palette());
  painter.fillRect(event->rect(), palette().window());
  const LivePlots plots = this->plots();
  // In pixels of the screen, so that nothing is scaled.
  const double ratio = devicePixelRatioF();
  const auto scaled = [ratio](const QRect& rect) {
    return QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        .toRect();
  };
  painter.save();
  painter.scale(1.0 / ratio, 1.0 / ratio);
  paintLivePlots(painter, track_, axis(),
                 {scaled(plots.noisy), scaled(plots.clean), scaled(plots.wave)}, colours);
  painter.restore();
  paintLabels(painter, plots, colours);
  if (track_.isEmpty()) {
    painter.setPen(QColor(0xc8, 0xc8, 0xd2));
    painter.drawText(plots.noisy.adjusted(kSpace, kSpace, -kSpace, -kSpace),
                     Qt::AlignCenter | Qt::TextWordWrap, hint_);
    return;
  }
  paintFrequencies(painter, plots.noisy, colours);
  paintFrequencies(painter, plots.clean, colours);
  paintTimeAxis(painter, axis(), QRectF(plots.wave), colours, true);
  paintCrosshair(painter, plots, colours);
}

void LiveView::paintLabels(QPainter& painter, const LivePlots& plots,
                           const PlotColours& colours) const {
  const int line = fontMetrics().height();
  const auto title = [&](const QRect& plot, const QString& text, Qt::Alignment side) {
    painter.drawText(QRect(plot.left(), plot.top() - line - 2, plot.width(), line),
                     static_cast<int>(side | Qt::AlignVCenter), text);
  };
  painter.setPen(palette().color(QPalette::WindowText));
  title(plots.noisy, tr("Noisy (kHz)"), Qt::AlignLeft);
  title(plots.clean, tr("Clean (kHz)"), Qt::AlignLeft);
  if (mouse_ && !track_.isEmpty()) title(plots.noisy, readout(), Qt::AlignRight);
  const QString wave = tr("Waveform: ");
  const QString noisy = tr("noisy");
  const QString clean = tr("clean");
  title(plots.wave, wave, Qt::AlignLeft);
  QRect at = plots.wave.translated(fontMetrics().horizontalAdvance(wave), 0);
  painter.setPen(colours.lines[1]);
  title(at, noisy, Qt::AlignLeft);
  at.translate(fontMetrics().horizontalAdvance(noisy + QLatin1String("  ")), 0);
  painter.setPen(colours.lines[0]);
  title(at, clean, Qt::AlignLeft);
}

void LiveView::paintFrequencies(QPainter& painter, const QRect& plot,
                                const PlotColours& colours) const {
  const double most = track_.maxHz() / kHzPerKhz;
  const double line = fontMetrics().height();
  double step = decimalStep(most);
  while (plot.height() * step / most < 1.2 * line && step < most) step *= 2.0;
  painter.setPen(colours.faint_text);
  for (int i = 0; i * step <= most * (1.0 + 1e-9); ++i) {
    const double y = plot.bottom() + 1 - plot.height() * i * step / most;
    painter.drawLine(QPointF(plot.left() - kTick, y), QPointF(plot.left() - 1, y));
    painter.drawText(QRectF(0, y - line / 2, plot.left() - kTick - 2, line),
                     Qt::AlignRight | Qt::AlignVCenter,
                     QLocale().toString(i * step, 'f', step < 1.0 ? 1 : 0));
  }
}

void LiveView::paintCrosshair(QPainter& painter, const LivePlots& plots,
                              const PlotColours& colours) const {
  if (!mouse_) return;
  painter.setPen(QColor(255, 255, 255, 130));
  for (const QRect& plot : {plots.noisy, plots.clean}) {
    painter.drawLine(mouse_->x(), plot.top(), mouse_->x(), plot.bottom());
    const QRect& own = plots.noisy.contains(*mouse_) ? plots.noisy : plots.clean;
    if (!own.contains(*mouse_)) continue;
    const int y = plot.top() + mouse_->y() - own.top();
    painter.drawLine(plot.left(), y, plot.right(), y);
  }
  painter.setPen(colours.faint_text);
  painter.drawLine(mouse_->x(), plots.wave.top(), mouse_->x(), plots.wave.bottom());
}

QString LiveView::readout() const {
  if (!mouse_ || track_.isEmpty()) return {};
  const LivePlots plots = this->plots();
  const double seconds = axis().secondsAt(mouse_->x(), QRectF(plots.noisy));
  const QLocale locale;
  QString time = tr("%1 s").arg(locale.toString(seconds, 'f', 2));
  const QRect& own = plots.noisy.contains(*mouse_) ? plots.noisy : plots.clean;
  if (!own.contains(*mouse_)) return time;
  const double hz = track_.maxHz() * (own.bottom() + 1 - mouse_->y()) / own.height();
  const std::optional<float> noisy = track_.levelDb(LiveTrack::kNoisy, seconds, hz);
  const std::optional<float> clean = track_.levelDb(LiveTrack::kClean, seconds, hz);
  if (!noisy || !clean) return time;
  return tr("%1, %2 kHz: noisy %3 dB, clean %4 dB")
      .arg(time, kiloHertz(hz, 2), locale.toString(*noisy, 'f', 0),
           locale.toString(*clean, 'f', 0));
}

void LiveView::mouseMoveEvent(QMouseEvent* event) {
  const LivePlots plots = this->plots();
  const QPoint at = event->position().toPoint();
  const bool inside =
      plots.noisy.contains(at) || plots.clean.contains(at) || plots.wave.contains(at);
  mouse_ = inside ? std::optional(at) : std::nullopt;
  update();
}

void LiveView::leaveEvent(QEvent* event) {
  mouse_.reset();
  update();
  QWidget::leaveEvent(event);
}

void LiveView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) takeColours();
  QWidget::changeEvent(event);
}

}  // namespace hiss
