// SPDX-License-Identifier: Apache-2.0
#include "ssm/linear.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace hiss {

Linear::Linear(std::span<const float> weight, std::span<const float> bias, int n_out, int n_in,
               const Kernels& kernels)
    : kernels_(&kernels), n_in_(n_in), n_out_(n_out) {
  if (n_out < 1 || n_in < 1) {
    throw std::invalid_argument("Linear: sizes must be positive, found " + std::to_string(n_out) +
                                " x " + std::to_string(n_in));
  }
  const auto rows = static_cast<std::size_t>(n_out);
  const auto depth = static_cast<std::size_t>(n_in);
  if (weight.size() != rows * depth) {
    throw std::invalid_argument("Linear: weight has " + std::to_string(weight.size()) +
                                " values, expected " + std::to_string(rows * depth));
  }
  if (!bias.empty() && bias.size() != rows) {
    throw std::invalid_argument("Linear: bias has " + std::to_string(bias.size()) +
                                " values, expected " + std::to_string(rows));
  }
  const auto padded = static_cast<std::size_t>(paddedCount(n_out));
  packed_.resize(padded * depth);
  bias_.resize(padded);
  for (std::size_t j = 0; j < rows; ++j) {
    float* panel = packed_.data() + j / kPanel * kPanel * depth + j % kPanel;
    for (std::size_t k = 0; k < depth; ++k) panel[k * kPanel] = weight[j * depth + k];
  }
  std::copy(bias.begin(), bias.end(), bias_.data());
}

}  // namespace hiss
