// SPDX-License-Identifier: Apache-2.0
#include "ssm/mamba_stack.h"

#include <stdexcept>

namespace hiss {

MambaStack::MambaStack(const MambaConfig& config,
                       const std::vector<std::shared_ptr<const MambaBlockWeights>>& weights)
    : config_(config) {
  if (weights.empty()) throw std::invalid_argument("MambaStack: expected at least one layer");
  for (const auto& layer : weights) blocks_.emplace_back(config, layer);
}

MambaState MambaStack::makeState(int rows) const { return {config_, rows, layers()}; }

void MambaStack::step(const float* x, float* y, MambaState& state, MambaScratch& scratch,
                      const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  MambaState* const only = &state;
  step(x, y, &only, 1, scratch, probe);
}

void MambaStack::step(const float* x, float* y, MambaState* const* states, int n_states,
                      MambaScratch& scratch,
                      const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const float* in = x;
  int layer = 0;
  for (const MambaBlock& block : blocks_) {
    block.step(in, y, states, n_states, layer, scratch, StateProbe::ofLayer(probe, layer));
    ++layer;
    in = y;
  }
}

}  // namespace hiss
