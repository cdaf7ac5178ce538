// SPDX-License-Identifier: Apache-2.0
#include "ssm/batch_norm.h"

#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace hiss {

FoldedConv foldBatchNorm(std::span<const float> weight, std::span<const float> bias,
                         std::span<const float> gamma, std::span<const float> beta,
                         std::span<const float> mean, std::span<const float> variance, float eps) {
  const std::size_t c_out = gamma.size();
  if (c_out == 0 || weight.empty() || weight.size() % c_out != 0 || beta.size() != c_out ||
      mean.size() != c_out || variance.size() != c_out || (!bias.empty() && bias.size() != c_out)) {
    throw std::invalid_argument("foldBatchNorm: sizes of weight, bias and statistics disagree");
  }
  const std::size_t fan_in = weight.size() / c_out;
  FoldedConv folded{std::vector<float>(weight.size()), std::vector<float>(c_out)};
  for (std::size_t o = 0; o < c_out; ++o) {
    const double spread = static_cast<double>(variance[o]) + static_cast<double>(eps);
    if (!(spread > 0.0)) {
      throw std::invalid_argument("foldBatchNorm: variance + eps must be positive");
    }
    const double scale = static_cast<double>(gamma[o]) / std::sqrt(spread);
    for (std::size_t i = 0; i < fan_in; ++i) {
      folded.weight[o * fan_in + i] =
          static_cast<float>(static_cast<double>(weight[o * fan_in + i]) * scale);
    }
    const double offset = (bias.empty() ? 0.0 : static_cast<double>(bias[o])) - mean[o];
    folded.bias[o] = static_cast<float>(offset * scale + static_cast<double>(beta[o]));
  }
  return folded;
}

}  // namespace hiss
