// SPDX-License-Identifier: Apache-2.0
#include "ssm/recurrent_block.h"

namespace hiss {

RecurrentBlock::RecurrentBlock(const BlockConfig& config) : config_(config) { config_.validate(); }

BlockState RecurrentBlock::makeState(int rows, int n_layer) const {
  return {config_, rows, n_layer};
}

ProbeShape RecurrentBlock::probeShape() const noexcept {
  const StateShape shape = config_.stateShape();
  return {shape.channels, shape.d_state};
}

}  // namespace hiss
