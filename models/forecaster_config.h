// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ssm/config.h"
#include "ssm/tensor.h"

namespace hiss {

// Shape of the `channel-mamba` forecaster; member names are the keys of `hiss.config`. The network
// itself is stated in models/README.md.
struct ForecasterConfig {
  // What it forecasts is the same in every model, for the detector is built on it.
  static constexpr std::array<int, 3> kHorizons = {1, 4, 16};  // rows ahead
  static constexpr std::array<double, 9> kQuantiles = {0.01, 0.05, 0.1,  0.25, 0.5,
                                                       0.75, 0.9,  0.95, 0.99};
  // Of a row of a channel: the value and its step, the usual step, missing, the time step.
  static constexpr int kFeatures = 5;
  // Quantiles of all horizons, and the logit.
  static constexpr int kOutputs = static_cast<int>(kHorizons.size() * kQuantiles.size()) + 1;

  int d_model = 64;
  int n_layer = 2;
  int d_state = 16;
  int d_conv = 4;
  int expand = 2;
  int dt_rank = 4;
  float norm_eps = 1e-5F;

  // Of each of its blocks.
  [[nodiscard]] MambaConfig mamba() const;
  // Multiply-accumulates of one row of one channel, counted as for the denoiser.
  [[nodiscard]] double macsPerRow() const;
};

// Reads `hiss.config`. Every key must be there, none may be unknown, and each value must lie in the
// range that the engine supports. Throws ModelError with `path`. [main-thread]
[[nodiscard]] ForecasterConfig parseForecasterConfig(std::string_view json,
                                                     const std::string& path);

// The JSON text that parseForecasterConfig reads back.
[[nodiscard]] std::string toJson(const ForecasterConfig& config);

// Every tensor of the network; a model file holds these and no others.
[[nodiscard]] std::vector<TensorSpec> forecasterTensors(const ForecasterConfig& config);

}  // namespace hiss
