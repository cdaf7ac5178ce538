// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ssm/block_config.h"
#include "ssm/tensor.h"

namespace hiss {

// Shape of a plain stack of blocks of one kind between an embedding and a linear head; see
// models/README.md. A value type.
struct SequenceConfig {
  enum class Input { kTokens, kFeatures };

  Input input = Input::kTokens;
  int n_in = 1;        // size of the vocabulary, or features of a step: `vocab`, `n_in`
  int n_out = 1;       // values of a step's output
  int n_layer = 1;     // blocks
  bool norm_f = true;  // an RMSNorm in front of the head
  BlockConfig block;   // of each of them; its d_model, norm, residual and norm_eps are the model's

  // Whether the output has the form of a step's features, so that it can foretell the next ones.
  [[nodiscard]] bool foretellsFeatures() const noexcept {
    return input == Input::kFeatures && n_out == n_in;
  }
  // Multiply-accumulates of one step of one row.
  [[nodiscard]] std::int64_t macsPerStep() const noexcept;
};

// Reads `hiss.config`. Every key that the block's kind calls for must be there, none may be
// unknown, and each value must lie in the range that the engine supports. Throws ModelError with
// `path`. [main-thread]
[[nodiscard]] SequenceConfig parseSequenceConfig(std::string_view json, const std::string& path);

// The JSON text that parseSequenceConfig reads back.
[[nodiscard]] std::string toJson(const SequenceConfig& config);

// Every tensor of the network; a model file holds these and no others.
[[nodiscard]] std::vector<TensorSpec> sequenceTensors(const SequenceConfig& config);

}  // namespace hiss
