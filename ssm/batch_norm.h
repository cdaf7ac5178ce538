// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

namespace hiss {

// A convolution's weights with the batch normalisation that follows it multiplied in.
struct FoldedConv {
  std::vector<float> weight;  // same layout as the input weight
  std::vector<float> bias;    // [c_out]
};

// Folds y = (conv(x) - mean) / sqrt(variance + eps) * gamma + beta into the convolution.
// `weight` [c_out, ...] (c_out outermost, as torch.nn.Conv1d), `bias` [c_out] or empty; the four
// statistics have c_out values each. Computed in double and rounded once.
// Throws std::invalid_argument if a size does not fit or a variance + eps is not positive.
// [main-thread]
FoldedConv foldBatchNorm(std::span<const float> weight, std::span<const float> bias,
                         std::span<const float> gamma, std::span<const float> beta,
                         std::span<const float> mean, std::span<const float> variance, float eps);

}  // namespace hiss
