// SPDX-License-Identifier: Apache-2.0
#include "tests/ssm/random_block.h"

#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

#include "ssm/weights.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

float inverseSqrt(int n) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(n))); }

}  // namespace

MambaConfig mambaConfig(int d_model, int d_state) {
  MambaConfig config;
  config.d_model = d_model;
  config.d_state = d_state;
  config.dt_rank = (d_model + 15) / 16;
  return config;
}

RandomBlock::RandomBlock(const MambaConfig& config, std::uint32_t first_stream) : config_(config) {
  const std::int64_t d_model = config.d_model;
  const std::int64_t d_inner = config.dInner();
  const std::int64_t x_proj_width = config.dt_rank + 2 * config.d_state;
  std::uint32_t stream = first_stream;
  const auto draw = [&](const std::string& name, std::vector<std::int64_t> shape, float scale,
                        float offset) {
    const auto count = static_cast<std::size_t>(elementCount(shape));
    tensors_[name] = goldenTensor(stream++, count, scale, offset);
    shapes_[name] = std::move(shape);
  };
  const float from_model = inverseSqrt(config.d_model);
  const float from_inner = inverseSqrt(config.dInner());
  const float from_conv = inverseSqrt(config.d_conv);
  if (config.norm) draw("norm.weight", {d_model}, 0.25f, 1.0f);
  draw("mixer.in_proj.weight", {2 * d_inner, d_model}, from_model, 0.0f);
  draw("mixer.conv1d.weight", {d_inner, 1, config.d_conv}, from_conv, 0.0f);
  draw("mixer.conv1d.bias", {d_inner}, from_conv, 0.0f);
  draw("mixer.x_proj.weight", {x_proj_width, d_inner}, from_inner, 0.0f);
  draw("mixer.dt_proj.weight", {d_inner, config.dt_rank}, inverseSqrt(config.dt_rank), 0.0f);
  // softplus(-4.58 +- 2.33) is 0.001 to 0.1, nearly uniform in its logarithm.
  draw("mixer.dt_proj.bias", {d_inner}, 2.328125f, -4.578125f);
  draw("mixer.A_log", {d_inner, config.d_state}, 0.0f, 0.0f);
  draw("mixer.D", {d_inner}, 0.5f, 1.0f);
  draw("mixer.out_proj.weight", {d_model, d_inner}, from_inner, 0.0f);
  std::vector<float>& A_log = tensors_["mixer.A_log"];
  for (std::size_t i = 0; i < A_log.size(); ++i) {
    const std::size_t n = i % static_cast<std::size_t>(config.d_state);
    A_log[i] = static_cast<float>(std::log(static_cast<double>(n + 1)));
  }
}

TensorLookup RandomBlock::lookup() const {
  return [this](std::string_view name,
                const std::vector<std::int64_t>& shape) -> std::span<const float> {
    const auto found = shapes_.find(std::string(name));
    if (found == shapes_.end()) throw std::runtime_error("unknown tensor " + std::string(name));
    if (found->second != shape) throw std::runtime_error("wrong shape of " + std::string(name));
    return tensors_.at(std::string(name));
  };
}

std::shared_ptr<const MambaBlockWeights> RandomBlock::weights(const Kernels& kernels,
                                                              WeightFormat format) const {
  return std::make_shared<const MambaBlockWeights>(
      MambaBlockWeights::pack(config_, lookup(), kernels, format));
}

MambaBlock RandomBlock::block(const Kernels& kernels) const {
  return MambaBlock(config_, weights(kernels));
}

}  // namespace hiss
