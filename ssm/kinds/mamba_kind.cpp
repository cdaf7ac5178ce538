// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>
#include <vector>

#include "ssm/kinds/kinds.h"
#include "ssm/mamba_block.h"

namespace hiss {
namespace {

// MambaBlock behind the common interface, to the bit.
class MambaKind final : public RecurrentBlock {
 public:
  MambaKind(const BlockConfig& config, std::shared_ptr<const MambaBlockWeights> weights)
      : RecurrentBlock(config), block_(config.mamba(), std::move(weights)) {}

  BlockScratch makeScratch(int max_rows) const override {
    BlockScratch scratch;
    scratch.max_rows = max_rows;
    scratch.mamba = MambaScratch(block_.config(), max_rows);
    return scratch;
  }

  void step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
            const StateProbe* probe) const noexcept HISS_NONBLOCKING override {
    block_.step(x, y, state, layer, scratch.mamba, probe);
  }

  void stepStreams(const float* x, float* y, BlockState* const* states, int n_states, int layer,
                   BlockScratch& scratch,
                   const StateProbe* probe) const noexcept HISS_NONBLOCKING override {
    block_.step(x, y, states, n_states, layer, scratch.mamba, probe);
  }

  std::vector<float> stateMatrix() const override { return block_.stateMatrix(); }

 private:
  MambaBlock block_;
};

}  // namespace

std::shared_ptr<const RecurrentBlock> makeMambaKind(const BlockConfig& config,
                                                    const TensorLookup& lookup,
                                                    const Kernels& kernels, WeightFormat format) {
  return std::make_shared<const MambaKind>(
      config, std::make_shared<const MambaBlockWeights>(
                  MambaBlockWeights::pack(config.mamba(), lookup, kernels, format)));
}

}  // namespace hiss
