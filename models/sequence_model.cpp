// SPDX-License-Identifier: Apache-2.0
#include "models/sequence_model.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "models/model_tensors.h"
#include "models/state_layer.h"

namespace hiss {
namespace {

constexpr const char* kFormat = "2";
constexpr const char* kTask = "sequence";

std::vector<std::shared_ptr<const RecurrentBlock>> makeBlocks(const SafetensorsFile& file,
                                                              const SequenceConfig& config,
                                                              const Kernels& kernels) {
  std::vector<std::shared_ptr<const RecurrentBlock>> blocks;
  for (int l = 0; l < config.n_layer; ++l) {
    const std::string prefix = "blocks." + std::to_string(l) + ".";
    const auto below = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
      return requireTensor(file, prefix + std::string(name), shape);
    };
    blocks.push_back(makeBlock(config.block, below, kernels));
  }
  return blocks;
}

}  // namespace

SequenceModel::Scratch::Scratch(const SequenceModel& model, int max_rows)
    : blocks_(model.stack_.makeScratch(max_rows)) {
  x_.resize(static_cast<std::size_t>(max_rows) *
            static_cast<std::size_t>(model.config_.block.d_model));
}

SequenceModel::SequenceModel(const SafetensorsFile& file, const Kernels& kernels)
    : path_(file.origin()) {
  requireMetadata(file, "hiss.format", kFormat);
  requireMetadata(file, "hiss.task", kTask);
  config_ = parseSequenceConfig(file.metadata("hiss.config"), path_);
  card_ = parseModelCard(file.metadata("hiss.card"), path_);
  const std::vector<TensorSpec> specs = sequenceTensors(config_);
  requireTensors(file, specs);
  for (const TensorView& tensor : file.tensors()) parameters_ += tensor.data.size();
  fingerprint_ = modelFingerprint(file, toJson(config_), specs);

  const int width = config_.block.d_model;
  if (config_.input == SequenceConfig::Input::kTokens) {
    const std::span<const float> rows =
        requireTensor(file, "embedding.weight", {config_.n_in, width});
    embedding_.resize(rows.size());
    std::copy(rows.begin(), rows.end(), embedding_.data());
  } else {
    embed_ = requireLinear(file, "embed", width, config_.n_in, kernels);
  }
  stack_ = BlockStack(makeBlocks(file, config_, kernels));
  if (config_.norm_f) {
    norm_f_ =
        RmsNorm(requireTensor(file, "norm_f.weight", {width}), config_.block.norm_eps, kernels);
  }
  head_ = requireLinear(file, "head", config_.n_out, width, kernels);
}

std::shared_ptr<const SequenceModel> SequenceModel::load(const std::filesystem::path& path,
                                                         const Kernels& kernels) {
  return std::shared_ptr<const SequenceModel>(
      new SequenceModel(SafetensorsFile::read(path), kernels));
}

std::shared_ptr<const SequenceModel> SequenceModel::parse(std::span<const std::byte> bytes,
                                                          std::string origin,
                                                          const Kernels& kernels) {
  return std::shared_ptr<const SequenceModel>(
      new SequenceModel(SafetensorsFile::parse(bytes, std::move(origin)), kernels));
}

std::int64_t SequenceModel::stateBytesPerRow() const noexcept {
  return config_.n_layer * stateBytes(config_.block);
}

SequenceModel::State SequenceModel::makeState(int rows) const { return stack_.makeState(rows); }

StateLayout SequenceModel::stateLayout(int rows) const {
  StateLayout layout;
  for (int l = 0; l < stack_.layers(); ++l) {
    layout.layers.push_back(stateLayer("block " + std::to_string(l + 1), stack_.block(l), rows));
  }
  return layout;
}

void SequenceModel::step(const float* features, State& state, Scratch& scratch, float* out,
                         const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  embed_.forward(features, scratch.x_.data(), state.rows());
  advance(state, scratch, out, probe);
}

void SequenceModel::step(const std::int32_t* tokens, State& state, Scratch& scratch, float* out,
                         const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t width = config_.block.d_model;
  float* x = scratch.x_.data();
  for (int r = 0; r < state.rows(); ++r, x += width) {
    if (tokens[r] >= 0 && tokens[r] < config_.n_in) {
      std::copy_n(embedding_.data() + tokens[r] * width, width, x);
    } else {
      std::fill_n(x, width, std::numeric_limits<float>::quiet_NaN());
    }
  }
  advance(state, scratch, out, probe);
}

void SequenceModel::advance(State& state, Scratch& scratch, float* out,
                            const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  float* x = scratch.x_.data();
  stack_.step(x, x, state, scratch.blocks_, probe);
  if (config_.norm_f) norm_f_.forward(x, x, state.rows());
  head_.forward(x, out, state.rows());
}

}  // namespace hiss
