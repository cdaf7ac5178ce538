// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>
#include <optional>

#include "ui/state/heat_map_renderer.h"
#include "ui/state/state_model.h"

namespace hiss {

// The heat map of the step that is shown. A cell is pointed at by the mouse or the arrow keys, and
// followed by a click or Enter. `model` must outlive this. [main-thread]
class HeatMapView : public QWidget {
  Q_OBJECT

 public:
  explicit HeatMapView(const StateModel& model, QWidget* parent = nullptr);

  // Paints what changed since the last call.
  void refresh();
  // Under the mouse, or the keys' cursor while this has the focus; else the followed one.
  [[nodiscard]] StateCell pointedCell() const;

  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QRect plotRect() const;

 signals:
  void cellChosen(hiss::StateCell cell);
  void pointedCellChanged();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  [[nodiscard]] std::optional<StateCell> cellUnder(const QPointF& position) const;
  void point(std::optional<StateCell> cell);
  void paintCell(QPainter& painter, StateCell cell, const QRect& plot, Qt::PenStyle style) const;

  const StateModel& model_;
  HeatMapRenderer renderer_;
  std::optional<StateCell> pointed_;
  std::uint64_t painted_revision_ = 0;
  QString painted_range_;
};

}  // namespace hiss
