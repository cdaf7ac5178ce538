// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <vector>

#include "ui/state/curve_renderer.h"
#include "ui/state/time_view.h"

namespace hiss {

// Lines over time on one scale, which fits what is seen. [main-thread]
class CurvesView : public TimeView {
  Q_OBJECT

 public:
  struct Line {
    int curve = 0;   // StateModel::Curve
    int colour = 0;  // PlotColours::lines
    bool is_strong = false;
  };

  CurvesView(StateModel& model, bool is_log, bool has_times, QWidget* parent = nullptr);

  // Drawn in this order, the last on top.
  void setLines(std::vector<Line> lines);

 protected:
  void prepare() override;
  void paintPlot(QPainter& painter, const QRect& plot, const PlotColours& colours,
                 int thickness) override;
  [[nodiscard]] QString upperLabel() const override;
  [[nodiscard]] QString lowerLabel() const override;

 private:
  [[nodiscard]] StepSpan steps() const;

  bool is_log_;
  std::vector<Line> lines_;
  CurveScale scale_;
  CurveRenderer renderer_;
};

}  // namespace hiss
