// SPDX-License-Identifier: Apache-2.0
#include "ssm/packing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>

#include "ssm/simd/kernels.h"

namespace hiss {

std::span<const float> fetchTensor(const TensorLookup& lookup, std::string_view name,
                                   const std::vector<std::int64_t>& shape) {
  const std::span<const float> values = lookup(name, shape);
  const auto expected = static_cast<std::size_t>(elementCount(shape));
  if (values.size() != expected) {
    throw std::invalid_argument(std::string(name) + ": expected " + std::to_string(expected) +
                                " values, found " + std::to_string(values.size()));
  }
  return values;
}

AlignedBuffer<float> transposePadded(std::span<const float> values, int rows, int columns) {
  const auto padded = static_cast<std::size_t>(paddedCount(rows));
  const auto width = static_cast<std::size_t>(columns);
  AlignedBuffer<float> result(padded * width);
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    for (std::size_t c = 0; c < width; ++c) result[c * padded + r] = values[r * width + c];
  }
  return result;
}

std::vector<float> spread(std::span<const float> values, int width, int total,
                          const std::function<int(int)>& place) {
  std::vector<float> result(static_cast<std::size_t>(total) * static_cast<std::size_t>(width));
  const int n = static_cast<int>(values.size()) / width;
  for (int i = 0; i < n; ++i) {
    std::copy_n(values.begin() + std::ptrdiff_t{i} * width, width,
                result.begin() + std::ptrdiff_t{place(i)} * width);
  }
  return result;
}

float decayRate(float A_log) noexcept {
  constexpr double kMost = std::numeric_limits<float>::max();
  const double rate = std::exp(static_cast<double>(A_log)) * std::numbers::log2e;
  return static_cast<float>(-std::min(rate, kMost));
}

}  // namespace hiss
