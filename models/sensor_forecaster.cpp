// SPDX-License-Identifier: Apache-2.0
#include "models/sensor_forecaster.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "models/model_tensors.h"
#include "models/state_layer.h"

namespace hiss {
namespace {

constexpr const char* kFormat = "2";
constexpr const char* kTask = "forecaster";
constexpr int kOutputs = ForecasterConfig::kOutputs;
// Beyond any forecast that makes sense; weights that make none may give more, or a NaN.
constexpr float kMostSteps = 1e6F;

float tamed(float x) noexcept HISS_NONBLOCKING {
  return x >= -kMostSteps ? std::min(x, kMostSteps) : -kMostSteps;
}

}  // namespace

SensorForecaster::Scratch::Scratch(const SensorForecaster& model, int max_channels)
    : mamba_(model.stack_.makeScratch(max_channels)) {
  const auto rows = static_cast<std::size_t>(max_channels);
  x_.resize(rows * static_cast<std::size_t>(model.config_.d_model));
  raw_.resize(rows * kOutputs);
  spread_.resize(rows * kOutputs);
}

SensorForecaster::SensorForecaster(const SafetensorsFile& file, const Kernels& kernels)
    : path_(file.origin()), kernels_(&kernels) {
  requireMetadata(file, "hiss.format", kFormat);
  requireMetadata(file, "hiss.task", kTask);
  config_ = parseForecasterConfig(file.metadata("hiss.config"), path_);
  card_ = parseModelCard(file.metadata("hiss.card"), path_);
  const std::vector<TensorSpec> specs = forecasterTensors(config_);
  requireTensors(file, specs);
  for (const TensorView& tensor : file.tensors()) parameters_ += tensor.data.size();
  fingerprint_ = modelFingerprint(file, toJson(config_), specs);

  embed_ = requireLinear(file, "embed", config_.d_model, kFeatures, kernels);
  norm_ =
      RmsNorm(requireTensor(file, "norm_f.weight", {config_.d_model}), config_.norm_eps, kernels);
  head_ = requireLinear(file, "head", kOutputs, config_.d_model, kernels);
  std::vector<std::shared_ptr<const MambaBlockWeights>> blocks;
  for (int l = 0; l < config_.n_layer; ++l) {
    const std::string prefix = "blocks." + std::to_string(l) + ".";
    const auto below = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
      return requireTensor(file, prefix + std::string(name), shape);
    };
    blocks.push_back(std::make_shared<const MambaBlockWeights>(
        MambaBlockWeights::pack(config_.mamba(), below, kernels)));
  }
  stack_ = MambaStack(config_.mamba(), blocks);
}

std::shared_ptr<const SensorForecaster> SensorForecaster::load(const std::filesystem::path& path,
                                                               const Kernels& kernels) {
  return std::shared_ptr<const SensorForecaster>(
      new SensorForecaster(SafetensorsFile::read(path), kernels));
}

std::shared_ptr<const SensorForecaster> SensorForecaster::parse(std::span<const std::byte> bytes,
                                                                std::string origin,
                                                                const Kernels& kernels) {
  return std::shared_ptr<const SensorForecaster>(
      new SensorForecaster(SafetensorsFile::parse(bytes, std::move(origin)), kernels));
}

std::size_t SensorForecaster::stateBytesPerChannel() const noexcept {
  const MambaConfig mamba = config_.mamba();
  const auto conv = static_cast<std::size_t>(paddedCount(mamba.dInner()) * (mamba.d_conv - 1));
  const auto ssm = static_cast<std::size_t>(stateFloats(mamba.dInner(), mamba.d_state));
  return static_cast<std::size_t>(config_.n_layer) *
         (sizeof(float) * (conv + ssm) + sizeof(std::int32_t));
}

SensorForecaster::State SensorForecaster::makeState(int channels) const {
  return stack_.makeState(channels);
}

StateLayout SensorForecaster::stateLayout(int channels) const {
  StateLayout layout;
  layout.model = std::filesystem::path(path_).stem().string();
  for (int l = 0; l < stack_.layers(); ++l) {
    layout.layers.push_back(
        stateLayer("block " + std::to_string(l + 1), stack_.block(l), channels));
  }
  return layout;
}

void SensorForecaster::step(const float* features, State& state, Scratch& scratch, float* quantiles,
                            float* logits,
                            const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const int channels = state.rows();
  float* x = scratch.x_.data();
  float* raw = scratch.raw_.data();
  float* spread = scratch.spread_.data();
  embed_.forward(features, x, channels);
  stack_.step(x, x, state, scratch.mamba_, probe);
  norm_.forward(x, x, channels);
  head_.forward(x, raw, channels);
  kernels_->softplus(raw, spread, channels * kOutputs);

  // The middle quantile, and outward from it steps that are not negative.
  constexpr int kMiddle = kQuantiles / 2;
  for (int c = 0; c < channels; ++c) {
    for (int h = 0; h < kHorizons; ++h) {
      const float* step = spread + c * kOutputs + h * kQuantiles;
      float* q = quantiles + c * kPerRow + h * kQuantiles;
      q[kMiddle] = tamed(raw[c * kOutputs + h * kQuantiles + kMiddle]);
      // A NaN, which only weights that make no sense give, leaves the neighbour's value.
      for (int i = kMiddle; i > 0; --i) {
        const float lower = q[i] - step[i - 1];
        q[i - 1] = lower <= q[i] ? tamed(lower) : q[i];
      }
      for (int i = kMiddle; i + 1 < kQuantiles; ++i) {
        const float higher = q[i] + step[i + 1];
        q[i + 1] = higher >= q[i] ? tamed(higher) : q[i];
      }
    }
    logits[c] = tamed(raw[c * kOutputs + kPerRow]);
  }
}

}  // namespace hiss
