// SPDX-License-Identifier: Apache-2.0
// Internal to models/: the sizes of a block of any kind as members of `hiss.config`.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "models/config_reader.h"
#include "ssm/block_config.h"

namespace hiss {

// The kind that the member `name` says, one of `kinds`. Throws ModelError. [main-thread]
[[nodiscard]] BlockKind readBlockKind(ConfigReader& reader, const char* name,
                                      std::span<const BlockKind> kinds);

// Takes the sizes that block.kind has of its own ("d_state", and others) from `reader`. Each lies
// in its range then; requireBlockSizes() looks at what they are together. Throws ModelError.
// [main-thread]
void readBlockSizes(ConfigReader& reader, BlockConfig& block);

// The members that readBlockSizes() reads back.
void writeBlockSizes(const BlockConfig& block, nlohmann::ordered_json& object);

// Where the sizes of a block stand in a config, for errors.
struct BlockPlace {
  std::string sizes = "hiss.config.";  // in front of most names
  std::string d_state = "hiss.config.d_state";
  std::string width = "d_model";
};

// Throws ModelError unless the sizes that readBlockSizes() took fit each other and d_model.
// [main-thread]
void requireBlockSizes(const BlockConfig& block, const std::string& path, const BlockPlace& place);

}  // namespace hiss
