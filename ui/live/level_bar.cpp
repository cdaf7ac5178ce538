// SPDX-License-Identifier: Apache-2.0
#include "ui/live/level_bar.h"

#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/base/plot_colours.h"

namespace hiss {
namespace {

constexpr float kLeastDb = -60.0F;
constexpr int kStepDb = 12;
constexpr double kLamp = 10.0;
constexpr double kLampGap = 3.0;
constexpr int kBarWidth = 14;
constexpr int kSpace = 4;
constexpr float kHotDb = -6.0F;

double shareOf(float db) { return std::clamp((db - kLeastDb) / -kLeastDb, 0.0F, 1.0F); }

QRectF scaleOf(const QRectF& target) { return target.adjusted(0, kLamp + kLampGap, 0, 0); }

}  // namespace

void paintLevelBar(QPainter& painter, const QRectF& target, const LiveMeter& meter,
                   bool has_clipped, const PlotColours& colours) {
  const QRectF scale = scaleOf(target);
  painter.fillRect(QRectF(target.left(), target.top(), target.width(), kLamp),
                   has_clipped ? colours.alert : colours.grid);
  painter.fillRect(scale, colours.grid);
  const auto fill = [&](float from_db, float to_db, const QColor& colour) {
    const double top = scale.bottom() - scale.height() * shareOf(to_db);
    const double bottom = scale.bottom() - scale.height() * shareOf(from_db);
    if (bottom > top)
      painter.fillRect(QRectF(scale.left(), top, scale.width(), bottom - top), colour);
  };
  fill(kLeastDb, std::min(meter.rms_db, kHotDb), colours.good);
  fill(kHotDb, meter.rms_db, colours.lines[1]);
  if (meter.peak_db <= kLeastDb) return;
  const double y = scale.bottom() - scale.height() * shareOf(meter.peak_db);
  painter.fillRect(QRectF(scale.left(), y - 1.0, scale.width(), 2.0),
                   meter.peak_db >= 0.0F ? colours.alert : colours.text);
}

LevelBar::LevelBar(const QString& name, QWidget* parent) : QWidget(parent), name_(name) {
  setFocusPolicy(Qt::TabFocus);
  setAccessibleName(tr("Level: %1").arg(name));
  setToolTip(
      tr("Level in dBFS: the bar shows the mean, the line the peak. The lamp lights when the "
         "sound is too loud to be passed on whole, and stays lit until you click it."));
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
}

QSize LevelBar::sizeHint() const {
  const int scale = kBarWidth + kSpace + fontMetrics().horizontalAdvance(QStringLiteral("-60"));
  return {std::max(scale, fontMetrics().horizontalAdvance(name_)) + kSpace, 120};
}

QRectF LevelBar::bar() const {
  const int line = fontMetrics().height();
  return QRectF(0, line + kSpace, kBarWidth, std::max(1, height() - 2 * line - 2 * kSpace));
}

int LevelBar::pixelOf(float db) const {
  return static_cast<int>(std::lround(bar().height() * devicePixelRatioF() * shareOf(db)));
}

void LevelBar::setMeter(const LiveMeter& meter) {
  const bool clips = meter.peak_db >= 0.0F;
  const bool changed = (clips && !has_clipped_) ||
                       pixelOf(meter.peak_db) != pixelOf(meter_.peak_db) ||
                       pixelOf(meter.rms_db) != pixelOf(meter_.rms_db);
  meter_ = meter;
  has_clipped_ = has_clipped_ || clips;
  if (changed) update();
}

void LevelBar::clearClip() {
  has_clipped_ = false;
  update();
}

void LevelBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const PlotColours colours = plotColours(palette());
  const int line = fontMetrics().height();
  painter.setPen(palette().color(QPalette::WindowText));
  painter.drawText(QRect(0, 0, width(), line), Qt::AlignLeft | Qt::AlignVCenter, name_);
  const QRectF bar = this->bar();
  paintLevelBar(painter, bar, meter_, has_clipped_, colours);
  if (hasFocus()) {
    painter.setPen(colours.accent);
    painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5));
  }
  const QRectF scale = scaleOf(bar);
  painter.setPen(colours.faint_text);
  for (int db = 0; db >= static_cast<int>(kLeastDb); db -= kStepDb) {
    const double y = scale.bottom() - scale.height() * shareOf(static_cast<float>(db));
    painter.drawText(QRectF(bar.right() + kSpace, y - line / 2.0, width(), line),
                     Qt::AlignLeft | Qt::AlignVCenter, QLocale().toString(db));
  }
}

void LevelBar::mousePressEvent(QMouseEvent*) { clearClip(); }

void LevelBar::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
    clearClip();
  } else {
    QWidget::keyPressEvent(event);
  }
}

}  // namespace hiss
