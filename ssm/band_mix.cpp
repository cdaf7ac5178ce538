// SPDX-License-Identifier: Apache-2.0
#include "ssm/band_mix.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace hiss {

BandMix::BandMix(std::span<const float> weight, std::span<const float> bias, int f_out, int f_in,
                 const Kernels& kernels)
    : kernels_(&kernels), f_in_(f_in), f_out_(f_out) {
  if (f_out < 1 || f_in < 1) {
    throw std::invalid_argument("BandMix: sizes must be positive, found " + std::to_string(f_out) +
                                " x " + std::to_string(f_in));
  }
  const auto rows = static_cast<std::size_t>(f_out);
  const std::size_t count = rows * static_cast<std::size_t>(f_in);
  if (weight.size() != count || (!bias.empty() && bias.size() != rows)) {
    throw std::invalid_argument("BandMix: found " + std::to_string(weight.size()) +
                                " weights and " + std::to_string(bias.size()) +
                                " biases, expected " + std::to_string(count) + " and " +
                                std::to_string(rows) + " or 0");
  }
  weight_.resize(count);
  bias_.resize(rows);
  std::copy(weight.begin(), weight.end(), weight_.data());
  std::copy(bias.begin(), bias.end(), bias_.data());
}

}  // namespace hiss
