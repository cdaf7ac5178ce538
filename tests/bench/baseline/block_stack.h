// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "ssm/mamba_block.h"
#include "tests/ssm/random_block.h"

namespace hiss {

// A stack of MambaBlocks with the state of one stream. Not thread-safe.
class BlockStack {
 public:
  BlockStack(std::span<const RandomBlock> weights, const Kernels& kernels, int max_steps = 1)
      : state_(weights.front().config(), 1, static_cast<int>(weights.size())),
        scratch_(weights.front().config(), max_steps) {
    for (const RandomBlock& block : weights) blocks_.push_back(block.block(kernels));
  }

  // x [d_model] -> y [d_model], one time step; y may be x.
  void step(const float* x, float* y) noexcept { scan(x, y, 1); }

  // `steps` <= max_steps time steps at once, bit for bit as step() does them; x, y
  // [steps, d_model].
  void scan(const float* x, float* y, int steps) noexcept {
    for (int i = 0; i < state_.layers(); ++i) {
      blocks_[static_cast<std::size_t>(i)].scan(i == 0 ? x : y, y, steps, state_, i, scratch_);
    }
  }

  const MambaState& state() const noexcept { return state_; }

 private:
  std::vector<MambaBlock> blocks_;
  MambaState state_;
  MambaScratch scratch_;
};

// `n_layer` blocks, each with weights of its own.
inline std::vector<RandomBlock> randomStack(const MambaConfig& config, int n_layer) {
  std::vector<RandomBlock> blocks;
  for (int i = 0; i < n_layer; ++i) {
    blocks.emplace_back(config, static_cast<std::uint32_t>(1 + 16 * i));
  }
  return blocks;
}

}  // namespace hiss
