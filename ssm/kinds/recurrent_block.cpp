// SPDX-License-Identifier: Apache-2.0
#include "ssm/recurrent_block.h"

#include <cstddef>

#include "ssm/kinds/kinds.h"

namespace hiss {

RecurrentBlock::RecurrentBlock(const BlockConfig& config) : config_(config) { config_.validate(); }

BlockState RecurrentBlock::makeState(int rows, int n_layer) const {
  return {config_, rows, n_layer};
}

void RecurrentBlock::stepStreams(const float* x, float* y, BlockState* const* states, int n_states,
                                 int layer, BlockScratch& scratch,
                                 const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n_states; ++i) {
    step(x, y, *states[i], layer, scratch, i == 0 ? probe : nullptr);
    const std::ptrdiff_t count = std::ptrdiff_t{states[i]->rows()} * config_.d_model;
    x += count;
    y += count;
  }
}

ProbeShape RecurrentBlock::probeShape() const noexcept {
  const StateShape shape = config_.stateShape();
  return {shape.channels, shape.d_state};
}

std::shared_ptr<const RecurrentBlock> makeBlock(const BlockConfig& config,
                                                const TensorLookup& lookup, const Kernels& kernels,
                                                WeightFormat format) {
  config.validate();
  switch (config.kind) {
    case BlockKind::kMamba:
      return makeMambaKind(config, lookup, kernels, format);
    case BlockKind::kMamba2:
      return makeMamba2Kind(config, lookup, kernels);
    case BlockKind::kS4d:
      return makeS4dKind(config, lookup, kernels);
    case BlockKind::kSelectiveGate:
      return makeSelectiveGateKind(config, lookup, kernels);
    default:
      return makeSimplifiedMambaKind(config, lookup, kernels);
  }
}

}  // namespace hiss
