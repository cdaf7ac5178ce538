// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <QPolygon>
#include <QRect>
#include <cstdint>

#include "ui/state/step_curve.h"

class QPainter;

namespace hiss {

// What the ends of a plot's vertical axis stand for; both above 0 if it is logarithmic.
struct CurveScale {
  float lower = 0.0F;
  float upper = 1.0F;
  bool is_log = false;

  // From 0 at the lower end to 1 at the upper one, clamped.
  [[nodiscard]] double position(float value) const noexcept;
};

// The steps that a plot shows from its left to its right edge.
struct StepSpan {
  std::int64_t end = 0;  // the newest
  int count = 1;
};

// Draws curves over time: a point a step, or the least and the greatest value of steps that share a
// pixel; a gap where steps are missing. Keeps its points, so that drawing takes no memory. No
// widget; not thread-safe.
class CurveRenderer {
 public:
  // `painter` in device pixels.
  void paint(QPainter& painter, const QRect& plot, const StepCurve& curve, StepSpan steps,
             const CurveScale& scale, const QColor& colour, int thickness);

  // Widens [least, greatest] to the finite values that are shown.
  static void widen(const StepCurve& curve, StepSpan steps, float& least, float& greatest);

 private:
  void flush(QPainter& painter, int thickness);

  QPolygon points_;
};

// Round ends that hold [least, greatest]: around 0 if something is below it, from 0 otherwise;
// logarithmic whole decades.
CurveScale roundScale(float least, float greatest, bool is_log);

}  // namespace hiss
