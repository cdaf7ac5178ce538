// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRgb>
#include <QString>
#include <QWidget>
#include <span>

#include "ui/base/plot_colours.h"
#include "ui/state/state_model.h"

namespace hiss {

// A view of the model over time. What all of them share: the same axis, so that what stands under
// another happened at the same step; a margin on the left for the scale; while frozen a crosshair
// at the inspected step, moved by the mouse or the arrow keys. Repaints the plot alone while steps
// come. `model` must outlive this. [main-thread]
class TimeView : public QWidget {
  Q_OBJECT

 public:
  // Paints what changed since the last call.
  void refresh();

  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] QSize sizeHint() const override;
  // In logical pixels of this widget.
  [[nodiscard]] QRect plotRect() const;

 protected:
  // With the times of the axis below it if `has_times`.
  TimeView(StateModel& model, bool has_times, QWidget* parent);

  [[nodiscard]] StateModel& model() const noexcept { return model_; }
  // Called before anything is painted or asked for, when the model has changed.
  virtual void prepare() {}
  // `plot` in device pixels, which `painter` is scaled to; `thickness` of a line in these.
  virtual void paintPlot(QPainter& painter, const QRect& plot, const PlotColours& colours,
                         int thickness) = 0;
  // What the ends of the plot stand for.
  [[nodiscard]] virtual QString upperLabel() const = 0;
  [[nodiscard]] virtual QString lowerLabel() const = 0;
  // Of the scale between the labels, from below; empty: none is drawn.
  [[nodiscard]] virtual std::span<const QRgb> scaleColours() const { return {}; }
  // The plot is a picture that hides what is under it.
  [[nodiscard]] virtual bool isPicture() const { return false; }

  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void paintGaps(QPainter& painter, const QRect& plot, const PlotColours& colours);
  void inspectAt(const QPointF& position);

  StateModel& model_;
  bool has_times_;
  std::uint64_t painted_revision_ = 0;
  QString painted_upper_;
  QString painted_lower_;
};

}  // namespace hiss
