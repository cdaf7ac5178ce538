// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/baseline/plain_mamba.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hiss {

PlainMamba::PlainMamba(const MambaConfig& config, std::span<const TensorLookup> blocks)
    : config_(config) {
  config.validate();
  if (!config.residual) throw std::invalid_argument("PlainMamba: has the residual built in");
  const std::int64_t d_model = config.d_model;
  const std::int64_t d_inner = config.dInner();
  const std::int64_t x_proj_width = config.dt_rank + 2 * config.d_state;
  const auto zeros = [this](std::int64_t count) {
    return arrays_.emplace_back(static_cast<std::size_t>(count)).data();
  };
  for (const TensorLookup& lookup : blocks) {
    const auto fetch = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
      const std::span<const float> values = lookup(name, shape);
      if (values.size() != static_cast<std::size_t>(elementCount(shape))) {
        throw std::invalid_argument("PlainMamba: wrong number of values in " + std::string(name));
      }
      return arrays_.emplace_back(values.begin(), values.end()).data();
    };
    PlainBlock block{};
    block.d_model = config.d_model;
    block.d_inner = config.dInner();
    block.d_state = config.d_state;
    block.d_conv = config.d_conv;
    block.dt_rank = config.dt_rank;
    block.norm_eps = config.norm_eps;
    block.norm_weight = fetch("norm.weight", {d_model});
    block.in_proj = fetch("mixer.in_proj.weight", {2 * d_inner, d_model});
    block.conv_weight = fetch("mixer.conv1d.weight", {d_inner, 1, config.d_conv});
    block.conv_bias = fetch("mixer.conv1d.bias", {d_inner});
    block.x_proj = fetch("mixer.x_proj.weight", {x_proj_width, d_inner});
    block.dt_weight = fetch("mixer.dt_proj.weight", {d_inner, config.dt_rank});
    block.dt_bias = fetch("mixer.dt_proj.bias", {d_inner});
    float* const A = fetch("mixer.A_log", {d_inner, config.d_state});
    std::transform(A, A + d_inner * config.d_state, A, [](float a) { return -std::exp(a); });
    block.A = A;
    block.D = fetch("mixer.D", {d_inner});
    block.out_proj = fetch("mixer.out_proj.weight", {d_model, d_inner});
    block.conv_state = zeros(d_inner * config.d_conv);
    block.ssm_state = zeros(d_inner * config.d_state);
    blocks_.push_back(block);
  }
  scratch_ = {zeros(d_model), zeros(2 * d_inner), zeros(x_proj_width), zeros(d_inner),
              zeros(d_inner)};
}

void PlainMamba::step(const float* x, float* y) noexcept {
  if (x != y) std::copy_n(x, config_.d_model, y);
  for (const PlainBlock& block : blocks_) plainBlockStep(block, scratch_, y);
}

std::span<const float> PlainMamba::ssmState(int block) const {
  return {blocks_.at(static_cast<std::size_t>(block)).ssm_state,
          static_cast<std::size_t>(config_.dInner()) * static_cast<std::size_t>(config_.d_state)};
}

}  // namespace hiss
