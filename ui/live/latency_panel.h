// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>
#include <array>

#include "ui/live/live_values.h"

class QLabel;
class QPainter;

namespace hiss {

struct PlotColours;

// Draws the parts of a latency one beside the other over `target`, as long as their share of
// `whole_s`. Without text.
void paintLatencyBar(QPainter& painter, const QRectF& target,
                     const std::array<double, kLatencyParts>& parts_s, double whole_s,
                     const PlotColours& colours);

// Of what the delay between input and output is made, and what may go wrong on the way: the model's
// time, gaps, clocks that drift. [main-thread]
class LatencyPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LatencyPanel(QWidget* parent = nullptr);

  // Shown at most four times a second, so that it can be read.
  void setFigures(const LiveFigures& figures, double now_s);
  void clear();
  // All that is written, in one line.
  [[nodiscard]] QString text() const;

 private:
  class Bar;
  void showFigures(const LiveFigures& figures);

  Bar* bar_;
  QLabel* total_;
  std::array<QLabel*, kLatencyParts> parts_{};
  QLabel* model_;
  QLabel* gaps_;
  QLabel* clocks_;
  double next_s_ = 0.0;
};

}  // namespace hiss
