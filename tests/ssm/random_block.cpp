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

// log(1), log(2) ... for each channel.
void setPoles(std::vector<float>& A_log, int d_state) {
  for (std::size_t i = 0; i < A_log.size(); ++i) {
    const std::size_t n = i % static_cast<std::size_t>(d_state);
    A_log[i] = static_cast<float>(std::log(static_cast<double>(n + 1)));
  }
}

struct Range {
  float scale;
  float offset;
};

// softplus(-4.58 +- 2.33) is 0.001 to 0.1, nearly uniform in its logarithm.
constexpr Range kStepSize = {2.328125f, -4.578125f};

// By the name of a tensor where its shape does not say enough.
Range rangeOf(const BlockConfig& config, const TensorSpec& spec) {
  const bool s4d = config.kind == BlockKind::kS4d;
  const float pairs = static_cast<float>(config.d_state / 2);
  const std::string& name = spec.name;
  if (name.ends_with("norm.weight")) return {0.25f, 1.0f};
  if (name == "mixer.dt_proj.bias" || name == "mixer.dt_bias") return kStepSize;
  if (name == "mixer.conv1d.bias") return {inverseSqrt(config.d_conv), 0.0f};
  if (name == "mixer.output_linear.bias") return {inverseSqrt(config.d_model), 0.0f};
  if (name == "mixer.A_log") return {1.375f, 1.375f};
  if (name == "mixer.D") return {0.5f, 1.0f};
  if (name == "mixer.log_dt") return {2.296875f, -4.609375f};  // 0.001 to 0.1
  if (name == "mixer.log_A_real") return {0.25f, -0.6875f};    // near 1 / 2
  if (name == "mixer.A_imag") return {1.5f * pairs, 1.5f * pairs};
  if (name == "mixer.W_s.bias" || spec.shape.size() == 1 || (s4d && name == "mixer.C")) {
    return {1.0f, 0.0f};
  }
  return {inverseSqrt(static_cast<int>(spec.shape.back())), 0.0f};
}

RandomTensors drawKind(const BlockConfig& config, std::uint32_t first_stream) {
  RandomTensors tensors(first_stream);
  for (const TensorSpec& spec : blockTensors(config)) {
    const Range range = rangeOf(config, spec);
    tensors.draw(spec.name, spec.shape, range.scale, range.offset);
  }
  if (config.kind == BlockKind::kMamba) setPoles(tensors["mixer.A_log"], config.d_state);
  return tensors;
}

}  // namespace

MambaConfig mambaConfig(int d_model, int d_state) {
  MambaConfig config;
  config.d_model = d_model;
  config.d_state = d_state;
  config.dt_rank = (d_model + 15) / 16;
  return config;
}

void RandomTensors::draw(const std::string& name, std::vector<std::int64_t> shape, float scale,
                         float offset) {
  const auto count = static_cast<std::size_t>(elementCount(shape));
  values_[name] = goldenTensor(stream_++, count, scale, offset);
  shapes_[name] = std::move(shape);
}

TensorLookup RandomTensors::lookup() const {
  return [this](std::string_view name,
                const std::vector<std::int64_t>& shape) -> std::span<const float> {
    const auto found = shapes_.find(std::string(name));
    if (found == shapes_.end()) throw std::runtime_error("unknown tensor " + std::string(name));
    if (found->second != shape) throw std::runtime_error("wrong shape of " + std::string(name));
    return values_.at(std::string(name));
  };
}

RandomBlock::RandomBlock(const MambaConfig& config, std::uint32_t first_stream)
    : config_(config), tensors_(drawKind(BlockConfig::of(config), first_stream)) {}

RandomKind::RandomKind(const BlockConfig& config, std::uint32_t first_stream)
    : config_(config), tensors_(drawKind(config, first_stream)) {}

std::shared_ptr<const MambaBlockWeights> RandomBlock::weights(const Kernels& kernels,
                                                              WeightFormat format) const {
  return std::make_shared<const MambaBlockWeights>(
      MambaBlockWeights::pack(config_, lookup(), kernels, format));
}

MambaBlock RandomBlock::block(const Kernels& kernels) const {
  return MambaBlock(config_, weights(kernels));
}

}  // namespace hiss
