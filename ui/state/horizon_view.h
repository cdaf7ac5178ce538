// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

#include "ui/state/horizon_histogram.h"
#include "ui/state/state_model.h"

namespace hiss {

// The histogram of memory horizons of the step that is shown, and a line where the followed cell
// stands. `model` must outlive this. [main-thread]
class HorizonView : public QWidget {
  Q_OBJECT

 public:
  explicit HorizonView(const StateModel& model, QWidget* parent = nullptr);

  // Another layer.
  void setLayer();
  // Paints what changed since the last call.
  void refresh();
  // In steps, of the step that is shown.
  [[nodiscard]] double medianSteps() const noexcept { return histogram_.medianSteps(); }

  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QRect plotRect() const;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void paintAxis(QPainter& painter, const QRect& plot) const;

  const StateModel& model_;
  HorizonHistogram histogram_;
  double full_share_ = 1.0;
  std::uint64_t painted_revision_ = 0;
};

}  // namespace hiss
