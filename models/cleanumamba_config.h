// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ssm/config.h"
#include "ssm/tensor.h"

namespace hiss {

// Shape of a `cleanumamba` denoiser: a causal U-Net over samples with Mamba blocks at its bottom
// (github.com/lab-emi/CleanUMamba). Pruned models have a width of their own at every place. Member
// names are the keys of `hiss.config`; the network is stated in models/README.md.
struct CleanUMambaConfig {
  static constexpr int kKernel = 4;  // of the convolutions that halve and double the rate
  static constexpr int kLookAheadHops = 2;

  int sample_rate = 16000;
  std::vector<int> conv_channels;  // [levels], of the convolutions that halve the rate
  std::vector<int> channels;       // [levels], behind their gates: what the skips carry
  std::vector<int> gate_channels;  // [levels], of the decoder behind its gates, deepest first
  int d_model = 1;
  std::vector<int> d_inner;  // [n_layer] each
  std::vector<int> d_state;
  std::vector<int> dt_rank;
  int d_conv = 4;
  float norm_eps = 1e-5F;
  int normalize_input = 1;  // 1: what goes in is divided by its deviation

  [[nodiscard]] int levels() const noexcept { return static_cast<int>(channels.size()); }
  [[nodiscard]] int layers() const noexcept { return static_cast<int>(d_inner.size()); }
  // Samples of one step of the Mamba blocks.
  [[nodiscard]] int hop() const noexcept { return 1 << levels(); }
  // A hop to gather, and the convolutions' look-ahead.
  [[nodiscard]] int latencySamples() const noexcept { return (1 + kLookAheadHops) * hop(); }
  // What the decoder's stage has going out, deepest first; 1 of the last.
  [[nodiscard]] int decoderOutputs(int stage) const;
  // Block `layer`, without its norm and residual.
  [[nodiscard]] MambaConfig mamba(int layer) const;
  // Multiply-accumulates of one channel.
  [[nodiscard]] double macsPerSecond() const;
};

// Whether `hiss.config` is of this arch. Throws ModelError if it is no JSON object. [main-thread]
[[nodiscard]] bool isCleanUMambaConfig(std::string_view json, const std::string& path);

// Reads `hiss.config` of arch `cleanumamba`: all keys, no others, each in its range and lists of
// equal length where they belong together. Throws ModelError with `path`. [main-thread]
[[nodiscard]] CleanUMambaConfig parseCleanUMambaConfig(std::string_view json,
                                                       const std::string& path);

// The JSON text that parseCleanUMambaConfig reads back.
[[nodiscard]] std::string toJson(const CleanUMambaConfig& config);

// Every tensor of the network, by the names of the reference; a model file holds these and no
// others.
[[nodiscard]] std::vector<TensorSpec> cleanUMambaTensors(const CleanUMambaConfig& config);

}  // namespace hiss
