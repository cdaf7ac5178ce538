// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPixmap>
#include <QPointF>
#include <QRectF>
#include <QString>
#include <QWidget>
#include <array>
#include <optional>
#include <utility>

#include "dsp/plot_scale.h"
#include "ui/spectrogram_data.h"

class QPainter;

namespace hiss {

// Two spectrograms one above the other on one time axis, with one colour scale, so that what was
// taken out is seen by looking down. Under the mouse both panes state the level at the same time
// and frequency. Memory depends on the pictures and the window, not on the recording.
// [main-thread]
class SpectrogramView : public QWidget {
  Q_OBJECT

 public:
  enum Pane { kUpper, kLower };
  static constexpr int kPanes = 2;

  explicit SpectrogramView(QWidget* parent = nullptr);

  // Shows `spectrogram` under `title`. Both may be replaced at any time.
  void setPane(Pane pane, const QString& title, const SpectrogramData& spectrogram);
  // Empties a pane; `hint` stands in its place.
  void clearPane(Pane pane, const QString& title, const QString& hint);

  // Level in dBFS that a pane shows at a time and frequency; empty outside the spectrogram.
  std::optional<float> levelAt(Pane pane, double seconds, double hz) const;

  // A line at this moment in both panes; negative: none.
  void setPlayhead(double seconds);
  // Marks a part of the time axis; empty: none.
  void setRange(const std::optional<std::pair<double, double>>& seconds);

  const LevelScale& scale() const noexcept { return scale_; }
  // Where a pane's spectrogram is drawn, in widget coordinates.
  QRectF plotRect(Pane pane) const;

  QSize sizeHint() const override { return {960, 560}; }
  QSize minimumSizeHint() const override { return {420, 260}; }

 signals:
  void timeClicked(double seconds);
  // With the mouse drawn over a pane, from left to right.
  void rangeDrawn(double begin_s, double end_s);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  struct PaneState {
    QString title;
    QString hint;
    SpectrogramData spectrogram;
    float loudest_db = 0.0F;
    QImage cells;    // one pixel a cell
    QPixmap scaled;  // of the size it is painted in; null: to be made
  };

  void rescale(Pane changed);
  void paintPane(QPainter& painter, Pane pane);
  void paintSpectrogram(QPainter& painter, PaneState& state, const QRectF& plot);
  void paintFrequencyAxis(QPainter& painter, const QRectF& plot) const;
  void paintTimeAxis(QPainter& painter) const;
  void paintColourBar(QPainter& painter) const;
  void paintMarks(QPainter& painter, Pane pane) const;
  void paintCrosshair(QPainter& painter, Pane pane) const;
  QString readout(Pane pane) const;
  bool isEmpty() const;
  double xOf(double seconds) const;
  double secondsAt(double x) const;  // within the axis
  void updateColumns(double x0, double x1);

  std::array<PaneState, kPanes> panes_;
  LevelScale scale_;
  double axis_seconds_ = 0.0;
  double axis_hz_ = 0.0;
  std::optional<QPointF> crosshair_;  // seconds, hertz
  double playhead_s_ = -1.0;
  std::optional<std::pair<double, double>> range_;  // seconds
  std::optional<double> pressed_x_;
};

}  // namespace hiss
