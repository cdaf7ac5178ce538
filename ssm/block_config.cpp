// SPDX-License-Identifier: Apache-2.0
#include "ssm/block_config.h"

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "ssm/check_range.h"

namespace hiss {
namespace {

constexpr std::string_view kNames[] = {"mamba", "mamba2", "s4d", "selective_gate",
                                       "simplified_mamba"};

void check(const char* field, int value, int low, int high) {
  checkRange("BlockConfig", field, value, low, high);
}

void checkDivides(const char* field, int value, const char* of, int whole) {
  if (whole % value == 0) return;
  std::string text = "BlockConfig: ";
  text += field;
  text += ": expected a divisor of ";
  text += of;
  text += " (" + std::to_string(whole) + "), found " + std::to_string(value);
  throw std::invalid_argument(text);
}

void checkMamba2(const BlockConfig& config) {
  check("d_conv", config.d_conv, 1, 64);
  check("expand", config.expand, 1, 16);
  check("headdim", config.headdim, 1, 8192);
  check("ngroups", config.ngroups, 1, 1024);
  checkDivides("headdim", config.headdim, "d_inner", config.dInner());
  checkDivides("ngroups", config.ngroups, "the heads", config.heads());
  if (!(config.dt_min >= 0.0f && config.dt_min <= config.dt_max)) {
    throw std::invalid_argument("BlockConfig: dt_min: expected 0 to dt_max (" +
                                std::to_string(config.dt_max) + "), found " +
                                std::to_string(config.dt_min));
  }
}

void addMambaTensors(std::vector<TensorSpec>& specs, const BlockConfig& config) {
  const std::int64_t d_inner = config.dInner();
  const std::int64_t x_proj_width = config.dt_rank + 2 * config.d_state;
  specs.push_back({"mixer.in_proj.weight", {2 * d_inner, config.d_model}});
  specs.push_back({"mixer.conv1d.weight", {d_inner, 1, config.d_conv}});
  specs.push_back({"mixer.conv1d.bias", {d_inner}});
  specs.push_back({"mixer.x_proj.weight", {x_proj_width, d_inner}});
  specs.push_back({"mixer.dt_proj.weight", {d_inner, config.dt_rank}});
  specs.push_back({"mixer.dt_proj.bias", {d_inner}});
  specs.push_back({"mixer.A_log", {d_inner, config.d_state}});
  specs.push_back({"mixer.D", {d_inner}});
  specs.push_back({"mixer.out_proj.weight", {config.d_model, d_inner}});
}

void addMamba2Tensors(std::vector<TensorSpec>& specs, const BlockConfig& config) {
  const std::int64_t d_inner = config.dInner();
  const std::int64_t heads = config.heads();
  const std::int64_t convolved = config.stateShape().convChannels();
  specs.push_back({"mixer.in_proj.weight", {d_inner + convolved + heads, config.d_model}});
  specs.push_back({"mixer.conv1d.weight", {convolved, 1, config.d_conv}});
  specs.push_back({"mixer.conv1d.bias", {convolved}});
  specs.push_back({"mixer.dt_bias", {heads}});
  specs.push_back({"mixer.A_log", {heads}});
  specs.push_back({"mixer.D", {heads}});
  specs.push_back({"mixer.norm.weight", {d_inner}});
  specs.push_back({"mixer.out_proj.weight", {config.d_model, d_inner}});
}

void addS4dTensors(std::vector<TensorSpec>& specs, const BlockConfig& config) {
  const std::int64_t d_model = config.d_model;
  const std::int64_t pairs = config.d_state / 2;
  specs.push_back({"mixer.log_dt", {d_model}});
  specs.push_back({"mixer.C", {d_model, pairs, 2}});
  specs.push_back({"mixer.log_A_real", {d_model, pairs}});
  specs.push_back({"mixer.A_imag", {d_model, pairs}});
  specs.push_back({"mixer.D", {d_model}});
  specs.push_back({"mixer.output_linear.weight", {2 * d_model, d_model}});
  specs.push_back({"mixer.output_linear.bias", {2 * d_model}});
}

void addSelectiveGateTensors(std::vector<TensorSpec>& specs, const BlockConfig& config) {
  specs.push_back({"mixer.W_s.weight", {config.d_state, config.d_model}});
  specs.push_back({"mixer.W_s.bias", {config.d_state}});
  specs.push_back({"mixer.A", {config.d_state}});
  specs.push_back({"mixer.B", {config.d_state, config.d_model}});
  specs.push_back({"mixer.C", {config.d_model, config.d_state}});
}

void addSimplifiedMambaTensors(std::vector<TensorSpec>& specs, const BlockConfig& config) {
  specs.push_back({"mixer.A", {config.d_state, config.d_state}});
  specs.push_back({"mixer.B", {config.d_state, config.d_model}});
  specs.push_back({"mixer.C", {config.d_model, config.d_state}});
  specs.push_back({"mixer.D", {config.d_model}});
}

}  // namespace

std::string_view blockKindName(BlockKind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<BlockKind> blockKindOf(std::string_view name) noexcept {
  for (const BlockKind kind : kBlockKinds) {
    if (blockKindName(kind) == name) return kind;
  }
  return std::nullopt;
}

std::int64_t StateShape::values() const noexcept {
  return std::int64_t{convChannels()} * (d_conv - 1) + std::int64_t{channels} * d_state;
}

BlockConfig BlockConfig::of(const MambaConfig& mamba) noexcept {
  BlockConfig config;
  config.d_model = mamba.d_model;
  config.d_state = mamba.d_state;
  config.d_conv = mamba.d_conv;
  config.expand = mamba.expand;
  config.dt_rank = mamba.dt_rank;
  config.d_inner = mamba.d_inner;
  config.norm = mamba.norm;
  config.residual = mamba.residual;
  config.norm_eps = mamba.norm_eps;
  return config;
}

int BlockConfig::dInner() const noexcept {
  switch (kind) {
    case BlockKind::kMamba:
      return mamba().dInner();
    case BlockKind::kMamba2:
      return expand * d_model;
    case BlockKind::kS4d:
      return d_model;
    default:
      return d_state;
  }
}

StateShape BlockConfig::stateShape() const noexcept {
  const int channels = dInner();
  switch (kind) {
    case BlockKind::kMamba:
      return {kind, channels, d_state, 1, 0, d_conv};
    case BlockKind::kMamba2:
      return {kind, channels, d_state, ngroups, 2 * ngroups * d_state, d_conv};
    case BlockKind::kS4d:
      return {kind, channels, d_state, 1, 0, 1};
    default:
      return {kind, channels, 1, 1, 0, 1};
  }
}

MambaConfig BlockConfig::mamba() const noexcept {
  MambaConfig config;
  config.d_model = d_model;
  config.d_state = d_state;
  config.d_conv = d_conv;
  config.expand = expand;
  config.dt_rank = dt_rank;
  config.norm_eps = norm_eps;
  config.residual = residual;
  config.norm = norm;
  config.d_inner = d_inner;
  return config;
}

void BlockConfig::validate() const {
  check("d_model", d_model, 1, 8192);
  check("d_state", d_state, 1, 1024);
  if (!(std::isfinite(norm_eps) && norm_eps > 0.0f)) {
    throw std::invalid_argument("BlockConfig: norm_eps: expected a positive number, found " +
                                std::to_string(norm_eps));
  }
  switch (kind) {
    case BlockKind::kMamba:
      mamba().validate();
      return;
    case BlockKind::kMamba2:
      checkMamba2(*this);
      return;
    case BlockKind::kS4d:
      checkDivides("2 (real and imaginary parts)", 2, "d_state", d_state);
      return;
    default:
      return;
  }
}

std::vector<TensorSpec> blockTensors(const BlockConfig& config) {
  std::vector<TensorSpec> specs;
  if (config.norm) specs.push_back({"norm.weight", {config.d_model}});
  switch (config.kind) {
    case BlockKind::kMamba:
      addMambaTensors(specs, config);
      break;
    case BlockKind::kMamba2:
      addMamba2Tensors(specs, config);
      break;
    case BlockKind::kS4d:
      addS4dTensors(specs, config);
      break;
    case BlockKind::kSelectiveGate:
      addSelectiveGateTensors(specs, config);
      break;
    case BlockKind::kSimplifiedMamba:
      addSimplifiedMambaTensors(specs, config);
      break;
  }
  return specs;
}

std::int64_t stepMacs(const BlockConfig& config) noexcept {
  const StateShape shape = config.stateShape();
  const std::int64_t d_model = config.d_model;
  const std::int64_t d_inner = shape.channels;
  const std::int64_t state = d_inner * shape.d_state;
  const std::int64_t convolved = std::int64_t{shape.convChannels()} * shape.d_conv;
  switch (config.kind) {
    case BlockKind::kMamba:
      return d_inner * (3 * d_model + 2 * config.dt_rank + 2 * config.d_state) + convolved +
             2 * state;
    case BlockKind::kMamba2:
      return d_model * (2 * d_inner + shape.convChannels() + config.heads()) + convolved +
             2 * state;
    case BlockKind::kS4d:
      return 2 * d_model * d_model + 4 * state;  // a complex product is four
    case BlockKind::kSelectiveGate:
      return 3 * d_model * d_inner + 2 * d_inner;
    default:
      return 2 * d_model * d_inner + d_inner * d_inner + d_model;
  }
}

std::int64_t stateBytes(const BlockConfig& config) noexcept {
  return config.stateShape().values() * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace hiss
