// SPDX-License-Identifier: Apache-2.0
#include "ui/state/curve_renderer.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

constexpr float kLeastLog = 1e-9F;

// The next 1, 2 or 5 times a power of ten at or above `value` > 0.
float roundUp(float value) {
  const float decade = std::pow(10.0F, std::floor(std::log10(value)));
  for (const float factor : {1.0F, 2.0F, 5.0F}) {
    if (value <= decade * factor * 1.0001F) return decade * factor;
  }
  return decade * 10.0F;
}

}  // namespace

double CurveScale::position(float value) const noexcept {
  const double share = is_log ? std::log(std::max(value, lower) / lower) / std::log(upper / lower)
                              : (value - lower) / (upper - lower);
  return std::clamp(share, 0.0, 1.0);
}

CurveScale roundScale(float least, float greatest, bool is_log) {
  if (!(least <= greatest)) return {is_log ? 0.1F : 0.0F, 1.0F, is_log};
  if (is_log) {
    const float low = std::floor(std::log10(std::max(least, kLeastLog)));
    const float high = std::max(low + 1.0F, std::ceil(std::log10(std::max(greatest, kLeastLog))));
    return {std::pow(10.0F, low), std::pow(10.0F, high), true};
  }
  const float size = std::max(-least, greatest);
  const float end = size > kLeastLog ? roundUp(size) : 1.0F;
  return {least < 0.0F ? -end : 0.0F, end, false};
}

void CurveRenderer::widen(const StepCurve& curve, StepSpan steps, float& least, float& greatest) {
  for (std::int64_t k = steps.end - steps.count + 1; k <= steps.end; ++k) {
    const float value = curve.at(k);
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
}

void CurveRenderer::paint(QPainter& painter, const QRect& plot, const StepCurve& curve,
                          StepSpan steps, const CurveScale& scale, const QColor& colour,
                          int thickness) {
  painter.setPen(colour);
  points_.clear();
  const double width = static_cast<double>(plot.width()) / steps.count;
  const auto y = [&](float value) {
    return plot.bottom() -
           static_cast<int>(std::lround(scale.position(value) * (plot.height() - 1)));
  };
  // Of the pixel that is being filled.
  int pixel = -1;
  int low = 0;
  int high = 0;
  const auto finish_pixel = [&] {
    if (pixel < 0) return;
    points_.append(QPoint(plot.left() + pixel, low));
    if (high != low) points_.append(QPoint(plot.left() + pixel, high));
    pixel = -1;
  };
  for (int k = 0; k < steps.count; ++k) {
    const float value = curve.at(steps.end - steps.count + 1 + k);
    if (!std::isfinite(value)) {
      finish_pixel();
      flush(painter, thickness);
      continue;
    }
    const auto x = static_cast<int>((k + 0.5) * width);
    const int at = y(value);
    if (x != pixel) {
      finish_pixel();
      pixel = x;
      low = high = at;
    } else {
      low = std::max(low, at);
      high = std::min(high, at);
    }
  }
  finish_pixel();
  flush(painter, thickness);
}

void CurveRenderer::flush(QPainter& painter, int thickness) {
  // A wide pen would go through the slow stroker; the same line beside itself looks alike.
  for (int k = 0; k < thickness && !points_.isEmpty(); ++k) {
    if (points_.size() == 1) {
      painter.drawPoint(points_.front());
    } else {
      painter.drawPolyline(points_);
    }
    points_.translate(0, 1);
  }
  points_.clear();
}

}  // namespace hiss
