// SPDX-License-Identifier: Apache-2.0
#include "models/import/cleanumamba_import.h"

#include <algorithm>
#include <string>

#include "models/model_error.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

// What the engine's network has fixed; a file that says otherwise is another network.
void requireKnown(const Checkpoint& weights, const nlohmann::json& config) {
  const nlohmann::json fixed = {{"channels_input", 1},
                                {"channels_output", 1},
                                {"kernel_size", CleanUMambaConfig::kKernel},
                                {"stride", 2},
                                {"encoder_groups", 1},
                                {"bypass_channels", 0},
                                {"glu_activation", "Sigmoid"},
                                {"rms_norm", false},
                                {"mamba_s4", false},
                                {"LSTM", false},
                                {"mamba_v2", false},
                                {"residual_projection", false}};
  for (const auto& item : fixed.items()) {
    const auto found = config.find(item.key());
    if (found == config.end() || *found == item.value()) continue;
    throw ModelError(weights.origin(), "network_config." + item.key(), describeJson(item.value()),
                     describeJson(*found));
  }
}

}  // namespace

CleanUMambaConfig cleanUMambaConfigOf(const Checkpoint& weights, const nlohmann::json& config) {
  requireKnown(weights, config);
  CleanUMambaConfig network;
  // Of a network without any the first is named as missing.
  const int levels = std::max(1, weights.countOf("encoder."));
  for (int i = 0; i < levels; ++i) {
    const std::string at = std::to_string(i);
    network.conv_channels.push_back(weights.extent("encoder." + at + ".0.weight", 0, 3));
    network.channels.push_back(weights.extent("encoder." + at + ".2.weight", 0, 3) / 2);
    network.gate_channels.push_back(weights.extent("decoder." + at + ".2.weight", 0, 3));
  }
  network.d_model = weights.extent("tsfm_conv1.weight", 0, 3);
  const std::string layer = "tsfm_Mamba_layers.";
  const int layers = std::max(1, weights.countOf(layer));
  for (int i = 0; i < layers; ++i) {
    const std::string mixer = layer + std::to_string(i) + ".mixer.";
    network.d_inner.push_back(weights.extent(mixer + "A_log", 0, 2));
    network.d_state.push_back(weights.extent(mixer + "A_log", 1, 2));
    network.dt_rank.push_back(weights.extent(mixer + "dt_proj.weight", 1, 2));
    if (i == 0) network.d_conv = weights.extent(mixer + "conv1d.weight", 2, 3);
  }
  if (const auto eps = config.find("norm_epsilon"); eps != config.end()) {
    if (!eps->is_number()) {
      throw ModelError(weights.origin(), "network_config.norm_epsilon", "a number",
                       describeJson(*eps));
    }
    network.norm_eps = eps->get<float>();
  }
  if (const auto normalize = config.find("normalize_input"); normalize != config.end()) {
    network.normalize_input = *normalize == false ? 0 : 1;
  }
  // Whatever is wrong with the sizes is told in the words of the model file.
  return parseCleanUMambaConfig(toJson(network), weights.origin());
}

}  // namespace hiss
