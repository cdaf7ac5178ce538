// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hiss {

// Name and shape of one tensor that a model file must hold.
struct TensorSpec {
  std::string name;
  std::vector<std::int64_t> shape;
};

// A named f32 tensor, row-major. `data` belongs to somebody else (usually the model file) and must
// outlive the view. [thread-safe] as any value type.
struct TensorView {
  std::string name;
  std::vector<std::int64_t> shape;
  std::span<const float> data;
};

// Hands out the values of the tensor `name`, which must have exactly `shape`.
// Throws (the model file's error type) when the tensor is missing or shaped otherwise, so that
// whoever packs weights never reads past an array. [main-thread]
using TensorLookup = std::function<std::span<const float>(std::string_view name,
                                                          const std::vector<std::int64_t>& shape)>;

// Number of values in a tensor of this shape.
inline std::int64_t elementCount(const std::vector<std::int64_t>& shape) {
  std::int64_t n = 1;
  for (const std::int64_t extent : shape) n *= extent;
  return n;
}

}  // namespace hiss
