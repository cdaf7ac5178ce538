// SPDX-License-Identifier: Apache-2.0
// Internal to ssm/: from the tensors of a file to the arrays that a step reads. [main-thread]
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "ssm/tensor.h"

namespace hiss {

// The values of the tensor, as many as the shape says. Throws what `lookup` throws, and
// std::invalid_argument if it hands out another number of them.
[[nodiscard]] std::span<const float> fetchTensor(const TensorLookup& lookup, std::string_view name,
                                                 const std::vector<std::int64_t>& shape);

// [rows, columns] -> [columns, paddedCount(rows)].
[[nodiscard]] AlignedBuffer<float> transposePadded(std::span<const float> values, int rows,
                                                   int columns);

// Values [n, width] placed in a zeroed [total, width], row i at place(i).
[[nodiscard]] std::vector<float> spread(std::span<const float> values, int width, int total,
                                        const std::function<int(int)>& place);

// -exp(A_log) log2(e), so that exp(dt A) = 2^(dt decayRate), because the kernels raise 2 to it.
// Rounded once; finite whatever A_log is.
[[nodiscard]] float decayRate(float A_log) noexcept;

}  // namespace hiss
