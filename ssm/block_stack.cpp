// SPDX-License-Identifier: Apache-2.0
#include "ssm/block_stack.h"

#include <stdexcept>
#include <utility>

namespace hiss {

BlockStack::BlockStack(std::vector<std::shared_ptr<const RecurrentBlock>> blocks)
    : blocks_(std::move(blocks)) {
  if (blocks_.empty()) throw std::invalid_argument("BlockStack: expected at least one block");
  for (const auto& block : blocks_) {
    if (block == nullptr || !(block->config() == blocks_.front()->config())) {
      throw std::invalid_argument("BlockStack: expected blocks of one configuration");
    }
  }
}

BlockState BlockStack::makeState(int rows) const {
  return blocks_.front()->makeState(rows, layers());
}

BlockScratch BlockStack::makeScratch(int max_rows) const {
  return blocks_.front()->makeScratch(max_rows);
}

void BlockStack::step(const float* x, float* y, BlockState& state, BlockScratch& scratch,
                      const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const float* in = x;
  int layer = 0;
  for (const auto& block : blocks_) {
    block->step(in, y, state, layer, scratch, StateProbe::ofLayer(probe, layer));
    ++layer;
    in = y;
  }
}

}  // namespace hiss
