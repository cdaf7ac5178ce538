// SPDX-License-Identifier: Apache-2.0
#include "ssm/linear.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace hiss {
namespace {

// The nearest bfloat16, ties to even.
std::uint32_t bf16Of(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

}  // namespace

WeightFormat exactFormat(std::span<const float> values) noexcept {
  const bool exact = std::all_of(values.begin(), values.end(), [](float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0xffffu) == 0;
  });
  return exact ? WeightFormat::kBf16 : WeightFormat::kF32;
}

Linear::Linear(std::span<const float> weight, std::span<const float> bias, int n_out, int n_in,
               const Kernels& kernels, WeightFormat format)
    : kernels_(&kernels), n_in_(n_in), n_out_(n_out), format_(format) {
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
  bias_.resize(padded);
  if (format == WeightFormat::kF32) {
    packed_.resize(padded * depth);
    for (std::size_t j = 0; j < rows; ++j) {
      float* panel = packed_.data() + j / kPanel * kPanel * depth + j % kPanel;
      for (std::size_t k = 0; k < depth; ++k) panel[k * kPanel] = weight[j * depth + k];
    }
  } else {
    const std::size_t words = (depth + 1) / 2;
    words_.resize(padded * words);
    for (std::size_t j = 0; j < rows; ++j) {
      std::uint32_t* panel = words_.data() + j / kPanel * kPanel * words + j % kPanel;
      for (std::size_t k = 0; k < depth; ++k) {
        panel[k / 2 * kPanel] |= bf16Of(weight[j * depth + k]) << (k % 2 * 16);
      }
    }
  }
  std::copy(bias.begin(), bias.end(), bias_.data());
}

}  // namespace hiss
