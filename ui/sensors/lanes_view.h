// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "ui/sensors/moment_axis.h"
#include "ui/sensors/sensor_feed.h"

namespace hiss {

// The lanes of the chosen streams on one axis: each channel with its predicted band, the score
// below. The wheel zooms, dragging scrolls back, the mouse or the arrow keys move the cursor.
// Knows what it wants to show (question()); what it is given is drawn where it belongs, so that
// nothing waits for an answer. [main-thread]
class LanesView : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kLaneHeight = 96;
  static constexpr int kMostLanes = 24;  // channels of a stream

  explicit LanesView(QWidget* parent = nullptr);

  void setStreams(const QStringList& streams);
  [[nodiscard]] const QStringList& streams() const noexcept { return question_.streams; }
  void setAnswer(std::shared_ptr<const LaneAnswer> answer);
  [[nodiscard]] const std::shared_ptr<const LaneAnswer>& answer() const noexcept { return answer_; }
  [[nodiscard]] LaneQuestion question() const;
  // What is shown now.
  [[nodiscard]] const MomentAxis& axis() const noexcept { return axis_; }
  [[nodiscard]] bool follows() const noexcept { return question_.follows; }

  void setFollows(bool follows);
  // By a factor, about a moment; while it follows, about the newest row.
  void zoom(double factor, std::optional<std::int64_t> about = std::nullopt);
  // By so much of what is shown; to the left is negative.
  void scroll(double share);
  void showAll();
  // So that [begin, end] and some of both sides is seen, with the cursor at `at`.
  void jumpTo(const QString& stream, std::int64_t begin, std::int64_t end, std::int64_t at);
  void clear();
  // As it is on the screen.
  [[nodiscard]] QImage picture();

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 signals:
  void followsChanged(bool follows);
  // Another range or cursor: question() is to be asked.
  void asked();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  [[nodiscard]] QRectF plotArea() const;  // all lanes; labels stand to the left and below
  [[nodiscard]] std::vector<QRectF> laneAreas() const;
  void setRange(std::int64_t begin, std::int64_t end);
  void moveCursor(const QPointF& position);
  void renderLanes();
  void paintCursor(QPainter& painter) const;

  LaneQuestion question_;
  std::shared_ptr<const LaneAnswer> answer_;
  MomentAxis axis_;
  QImage image_;  // all but the cursor
  bool is_stale_ = true;
  std::optional<QPointF> dragged_from_;
  MomentAxis drag_axis_;
  bool was_dragged_ = false;
};

}  // namespace hiss
