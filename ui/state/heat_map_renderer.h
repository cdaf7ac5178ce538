// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QRect>
#include <QSize>
#include <span>
#include <vector>

#include "ui/state/state_model.h"

namespace hiss {

// The state of one row as a picture: channels from left to right, states upwards, blue below 0, red
// above. Keeps its image, so that drawing at the same size takes no memory. No widget; not
// thread-safe.
class HeatMapRenderer {
 public:
  // h [d_inner, d_state]; colours end at plus and minus `range` > 0, and are those for a light or
  // a dark ground. `size` not empty.
  const QImage& render(std::span<const float> h, int d_inner, int d_state, float range,
                       const QSize& size, bool is_dark);

  // Where a cell lies in a map over `target`, and which one lies at a point within it.
  static QRect cellRect(StateCell cell, int d_inner, int d_state, const QRect& target);
  static StateCell cellAt(const QPoint& point, int d_inner, int d_state, const QRect& target);

 private:
  QImage image_;
  std::vector<int> edges_;  // [d_inner + 1], where channels begin
};

}  // namespace hiss
