// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

#include "ui/live/live_values.h"

class QPainter;

namespace hiss {

struct PlotColours;

// Draws a meter from -60 to 0 dBFS over `target`, upright: a bar up to the RMS level, a line at the
// peak, and above them a lamp that is lit after clipping. Without text.
void paintLevelBar(QPainter& painter, const QRectF& target, const LiveMeter& meter,
                   bool has_clipped, const PlotColours& colours);

// A level meter with its scale. Once a sample has reached full scale the lamp stays lit until it is
// clicked. [main-thread]
class LevelBar : public QWidget {
  Q_OBJECT

 public:
  // `name`: what is metered.
  explicit LevelBar(const QString& name, QWidget* parent = nullptr);

  void setMeter(const LiveMeter& meter);
  [[nodiscard]] const LiveMeter& meter() const { return meter_; }
  [[nodiscard]] bool hasClipped() const { return has_clipped_; }
  void clearClip();
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  [[nodiscard]] QRectF bar() const;
  // Of the bar; what has not changed is not painted again.
  [[nodiscard]] int pixelOf(float db) const;

  QString name_;
  LiveMeter meter_;
  bool has_clipped_ = false;
};

}  // namespace hiss
