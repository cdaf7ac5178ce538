// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <algorithm>
#include <cmath>

namespace hiss {

// Relative luminance and contrast ratio of the guidelines for web content (WCAG 2.1).
inline double luminance(const QColor& colour) {
  const auto linear = [](double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
         0.0722 * linear(colour.blueF());
}

inline double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

}  // namespace hiss
