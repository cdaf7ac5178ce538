// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <string>
#include <utility>

#include "models/state_view.h"
#include "ssm/mamba_block.h"

namespace hiss {

// What a window is told of a block that runs on so many rows. [main-thread]
inline StateLayer stateLayer(std::string name, const MambaBlock& block, int rows) {
  const MambaConfig& config = block.config();
  return {std::move(name), rows, config.dInner(), config.d_state, block.stateMatrix()};
}

}  // namespace hiss
