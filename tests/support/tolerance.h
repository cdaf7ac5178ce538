// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace hiss {

// The error measure of the parity tests: max |actual - expected| / max |expected| over a tensor.
// Infinite if the sizes differ or a value is not finite; 0 for two tensors of zeros.
inline double relativeError(std::span<const float> actual, std::span<const float> expected) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (actual.size() != expected.size()) return kInfinity;
  double difference = 0.0;
  double scale = 0.0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!std::isfinite(actual[i])) return kInfinity;
    difference = std::max(difference, std::fabs(double{actual[i]} - double{expected[i]}));
    scale = std::max(scale, std::fabs(double{expected[i]}));
  }
  if (difference == 0.0) return 0.0;
  return scale > 0.0 ? difference / scale : kInfinity;
}

// 10 log10 of the energy of `expected` over that of the difference; -infinity if the sizes differ.
inline double snrDb(std::span<const float> expected, std::span<const float> found) {
  if (expected.size() != found.size()) return -std::numeric_limits<double>::infinity();
  double signal = 0.0;
  double noise = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = double{expected[i]} - double{found[i]};
    signal += double{expected[i]} * double{expected[i]};
    noise += difference * difference;
  }
  return 10.0 * std::log10(signal / (noise + 1e-300));
}

// |actual - expected| in units of the f32 spacing at `expected` (at least the smallest normal's).
inline double ulpError(float actual, double expected) {
  const double magnitude = std::max(std::fabs(expected), double{std::numeric_limits<float>::min()});
  const double spacing = std::ldexp(1.0, std::ilogb(magnitude) - 23);
  return std::fabs(double{actual} - expected) / spacing;
}

}  // namespace hiss
