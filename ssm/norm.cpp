// SPDX-License-Identifier: Apache-2.0
#include "ssm/norm.h"

#include <algorithm>
#include <stdexcept>

namespace hiss {

RmsNorm::RmsNorm(std::span<const float> weight, float eps, const Kernels& kernels)
    : kernels_(&kernels), eps_(eps) {
  if (weight.empty()) throw std::invalid_argument("RmsNorm: weight is empty");
  weight_.resize(weight.size());
  std::copy(weight.begin(), weight.end(), weight_.data());
}

LayerNorm::LayerNorm(std::span<const float> weight, std::span<const float> bias, float eps,
                     const Kernels& kernels)
    : kernels_(&kernels), eps_(eps) {
  if (weight.empty() || weight.size() != bias.size()) {
    throw std::invalid_argument("LayerNorm: weight and bias must have the same, positive size");
  }
  weight_.resize(weight.size());
  bias_.resize(bias.size());
  std::copy(weight.begin(), weight.end(), weight_.data());
  std::copy(bias.begin(), bias.end(), bias_.data());
}

}  // namespace hiss
