// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/import/checkpoint.h"
#include "models/sequence_config.h"
#include "ssm/tensor.h"

namespace hiss {

// A tensor of the model file and where its values come from.
struct ImportedTensor {
  TensorSpec spec;     // as the model file has it
  std::string source;  // name in the checkpoint; empty: zeros
};

// The sizes of the language model of blocks of `kind` whose weights `weights` holds. `config` is
// the `config.json` that was published with them, and may be empty. Throws ModelError for what is
// missing or is another architecture. [main-thread]
[[nodiscard]] SequenceConfig mambaConfigOf(const Checkpoint& weights, const nlohmann::json& config,
                                           BlockKind kind);

// What a file of task `sequence` takes its tensors from. [main-thread]
[[nodiscard]] std::vector<ImportedTensor> mambaSources(const Checkpoint& weights,
                                                       const SequenceConfig& config);

}  // namespace hiss
