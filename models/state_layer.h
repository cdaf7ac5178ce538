// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <string>
#include <utility>

#include "models/state_view.h"
#include "ssm/mamba_block.h"
#include "ssm/recurrent_block.h"

namespace hiss {

// What a window is told of a block that runs on so many rows. [main-thread]
inline StateLayer stateLayer(std::string name, const MambaBlock& block, int rows) {
  const MambaConfig& config = block.config();
  return {std::move(name),  rows, config.dInner(), config.d_state, block.stateMatrix(),
          BlockKind::kMamba};
}
inline StateLayer stateLayer(std::string name, const RecurrentBlock& block, int rows) {
  const ProbeShape shape = block.probeShape();
  return {std::move(name),    rows, shape.channels, shape.d_state, block.stateMatrix(),
          block.config().kind};
}

}  // namespace hiss
