// SPDX-License-Identifier: Apache-2.0
#include "models/import/mamba_import.h"

#include <array>
#include <string>
#include <string_view>

#include "models/model_error.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr std::string_view kLayers = "backbone.layers.";

// Of state-spaces/mamba and of Hugging Face.
std::string embeddingName(const Checkpoint& weights) {
  constexpr const char* kOther = "backbone.embeddings.weight";
  return weights.find(kOther) != nullptr ? kOther : "backbone.embedding.weight";
}

// A model without a head of its own uses its embedding.
std::string headName(const Checkpoint& weights) {
  constexpr const char* kHead = "lm_head.weight";
  return weights.find(kHead) != nullptr ? kHead : embeddingName(weights);
}

// The first of these keys that `config` has, or null.
template <std::size_t kCount>
const nlohmann::json* anyOf(const nlohmann::json& config,
                            const std::array<const char*, kCount>& keys) {
  for (const char* key : keys) {
    if (const auto found = config.find(key); found != config.end()) return &*found;
  }
  return nullptr;
}

int quotient(const Checkpoint& weights, const std::string& name, int whole, int part) {
  if (part < 1 || whole % part != 0) {
    throw ModelError(weights.origin(), name, "a multiple of " + std::to_string(part),
                     std::to_string(whole));
  }
  return whole / part;
}

// The engine's step has no limits: [0, Infinity], whose second is null here, or an object as later
// versions of transformers write it.
void requireNoLimit(const Checkpoint& weights, const nlohmann::json& limit) {
  const auto endless = [](const nlohmann::json& most) {
    const auto text = most.is_object() ? most.find("__float__") : most.end();
    return most.is_null() || (text != most.end() && *text == "Infinity");
  };
  if (limit.is_array() && limit.size() == 2 && limit[0].is_number() &&
      limit[0].get<double>() <= 0.0 && endless(limit[1])) {
    return;
  }
  throw ModelError(
      weights.origin(), "time_step_limit", "[0, Infinity]",
      printableText(limit.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)));
}

void readMamba2(const Checkpoint& weights, const nlohmann::json& config, BlockConfig& block) {
  const std::string mixer = std::string(kLayers) + "0.mixer.";
  const int d_inner = weights.extent(mixer + "out_proj.weight", 1, 2);
  block.expand = quotient(weights, mixer + "out_proj.weight", d_inner, block.d_model);
  block.headdim =
      quotient(weights, mixer + "A_log", d_inner, weights.extent(mixer + "A_log", 0, 1));
  block.ngroups = 1;
  const nlohmann::json* within = &config;
  if (const auto ssm = config.find("ssm_cfg"); ssm != config.end() && ssm->is_object()) {
    within = &*ssm;
  }
  if (const auto* groups = anyOf(*within, std::array{"n_groups", "ngroups"})) {
    if (!groups->is_number_unsigned() || groups->get<std::uint64_t>() > 4096) {
      throw ModelError(weights.origin(), "n_groups", "a whole number", describeJson(*groups));
    }
    block.ngroups = static_cast<int>(groups->get<std::uint64_t>());
  }
  if (const auto* limit = anyOf(*within, std::array{"time_step_limit", "dt_limit"})) {
    requireNoLimit(weights, *limit);
  }
  const int both = weights.extent(mixer + "conv1d.weight", 0, 3) - d_inner;
  block.d_state = quotient(weights, mixer + "conv1d.weight", both, 2 * block.ngroups);
}

void readMamba(const Checkpoint& weights, BlockConfig& block) {
  const std::string mixer = std::string(kLayers) + "0.mixer.";
  const int d_inner = weights.extent(mixer + "A_log", 0, 2);
  block.d_state = weights.extent(mixer + "A_log", 1, 2);
  block.expand = quotient(weights, mixer + "A_log", d_inner, block.d_model);
  block.dt_rank = weights.extent(mixer + "dt_proj.weight", 1, 2);
}

}  // namespace

SequenceConfig mambaConfigOf(const Checkpoint& weights, const nlohmann::json& config,
                             BlockKind kind) {
  SequenceConfig network;
  network.input = SequenceConfig::Input::kTokens;
  network.n_in = weights.extent(embeddingName(weights), 0, 2);
  network.n_out = weights.extent(headName(weights), 0, 2);
  network.n_layer = weights.countOf(kLayers);
  BlockConfig& block = network.block;
  block.kind = kind;
  block.d_model = weights.extent(embeddingName(weights), 1, 2);
  block.d_conv = weights.extent(std::string(kLayers) + "0.mixer.conv1d.weight", 2, 3);
  if (kind == BlockKind::kMamba2) {
    readMamba2(weights, config, block);
  } else {
    readMamba(weights, block);
  }
  if (const auto* eps = anyOf(config, std::array{"layer_norm_epsilon", "norm_epsilon"})) {
    if (!eps->is_number()) {
      throw ModelError(weights.origin(), "norm_epsilon", "a number", describeJson(*eps));
    }
    block.norm_eps = eps->get<float>();
  }
  // Whatever is wrong with the sizes is told in the words of the model file.
  return parseSequenceConfig(toJson(network), weights.origin());
}

std::vector<ImportedTensor> mambaSources(const Checkpoint& weights, const SequenceConfig& config) {
  std::vector<ImportedTensor> sources;
  for (TensorSpec& spec : sequenceTensors(config)) {
    std::string source = "backbone." + spec.name;
    if (spec.name == "embedding.weight") source = embeddingName(weights);
    if (spec.name.starts_with("blocks.")) source = std::string(kLayers) + spec.name.substr(7);
    if (spec.name == "head.weight") source = headName(weights);
    if (spec.name == "head.bias") source = "";  // they have none
    sources.push_back({std::move(spec), std::move(source)});
  }
  return sources;
}

}  // namespace hiss
