// SPDX-License-Identifier: Apache-2.0
#include "ui/state/heat_map_renderer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ui/state/state_colours.h"

namespace hiss {
namespace {

// Where part k of n begins in `size` pixels; every part has one at least as long as they suffice.
int edge(int k, int n, int size) { return static_cast<int>(static_cast<qint64>(k) * size / n); }

// The last part that begins at or before `pixel`.
int partAt(int pixel, int n, int size) {
  const auto part = ((static_cast<qint64>(pixel) + 1) * n - 1) / size;
  return std::clamp(static_cast<int>(part), 0, n - 1);
}

}  // namespace

const QImage& HeatMapRenderer::render(std::span<const float> h, int d_inner, int d_state,
                                      float range, const QSize& size, bool is_dark) {
  if (image_.size() != size) image_ = QImage(size, QImage::Format_RGB32);
  edges_.resize(static_cast<std::size_t>(d_inner) + 1);
  for (int c = 0; c <= d_inner; ++c) {
    edges_[static_cast<std::size_t>(c)] = edge(c, d_inner, size.width());
  }
  const auto& colours = divergingColours(is_dark);
  const float scale = 127.0F / range;
  for (int s = 0; s < d_state; ++s) {
    const int top = edge(d_state - 1 - s, d_state, size.height());
    const int bottom = edge(d_state - s, d_state, size.height());
    if (top == bottom) continue;
    auto* const line = reinterpret_cast<QRgb*>(image_.scanLine(top));
    for (int c = 0; c < d_inner; ++c) {
      // In this order what is not finite is drawn, too, and indexes nothing outside.
      const float position =
          std::min(127.0F, std::max(-127.0F, h[static_cast<std::size_t>(c * d_state + s)] * scale));
      const QRgb colour = colours[static_cast<std::size_t>(128.5F + position)];
      std::fill(line + edges_[static_cast<std::size_t>(c)],
                line + edges_[static_cast<std::size_t>(c) + 1], colour);
    }
    for (int y = top + 1; y < bottom; ++y) {
      std::memcpy(image_.scanLine(y), line, static_cast<std::size_t>(size.width()) * sizeof(QRgb));
    }
  }
  return image_;
}

QRect HeatMapRenderer::cellRect(StateCell cell, int d_inner, int d_state, const QRect& target) {
  const int left = edge(cell.channel, d_inner, target.width());
  const int right = edge(cell.channel + 1, d_inner, target.width());
  const int top = edge(d_state - 1 - cell.state, d_state, target.height());
  const int bottom = edge(d_state - cell.state, d_state, target.height());
  return {target.left() + left, target.top() + top, right - left, bottom - top};
}

StateCell HeatMapRenderer::cellAt(const QPoint& point, int d_inner, int d_state,
                                  const QRect& target) {
  return {partAt(point.x() - target.left(), d_inner, target.width()),
          d_state - 1 - partAt(point.y() - target.top(), d_state, target.height())};
}

}  // namespace hiss
