// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QWidget>
#include <optional>

#include "ui/base/time_axis.h"
#include "ui/live/live_track.h"

class QPainter;

namespace hiss {

struct PlotColours;

// Where the pictures of a LiveView stand.
struct LivePlots {
  QRect noisy;
  QRect clean;
  QRect wave;
};

// Draws the part of the track that `axis` shows, without text; rectangles and pixels are those of
// the painter.
void paintLivePlots(QPainter& painter, LiveTrack& track, const TimeAxis& axis,
                    const LivePlots& plots, const PlotColours& colours);

// Noisy and clean sound on one time axis, the newest at the right edge; time, frequency and level
// under the mouse. [main-thread]
class LiveView : public QWidget {
  Q_OBJECT

 public:
  explicit LiveView(QWidget* parent = nullptr);

  LiveTrack& track() { return track_; }
  // After the track has grown.
  void advance();

  [[nodiscard]] double span() const { return span_s_; }
  void setSpan(double seconds);
  // What is told while there is nothing to show.
  void setHint(const QString& hint);

  [[nodiscard]] LivePlots plots() const;
  // What is written of the point under the mouse; empty: the mouse is elsewhere.
  [[nodiscard]] QString readout() const;
  [[nodiscard]] QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  [[nodiscard]] TimeAxis axis() const;
  void takeColours();
  void paintLabels(QPainter& painter, const LivePlots& plots, const PlotColours& colours) const;
  void paintFrequencies(QPainter& painter, const QRect& plot, const PlotColours& colours) const;
  void paintCrosshair(QPainter& painter, const LivePlots& plots, const PlotColours& colours) const;

  LiveTrack track_;
  double span_s_ = 10.0;
  std::int64_t shown_columns_ = 0;
  QString hint_;
  std::optional<QPoint> mouse_;
};

}  // namespace hiss
