// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ssm/mamba_stack.h"
#include "tests/ssm/random_block.h"

namespace hiss {

// A MambaStack with the state of one stream. Not thread-safe.
class BlockStack {
 public:
  BlockStack(std::span<const RandomBlock> weights, const Kernels& kernels,
             WeightFormat format = WeightFormat::kF32)
      : stack_(weights.front().config(), pack(weights, kernels, format)),
        state_(stack_.makeState(1)),
        scratch_(stack_.makeScratch(1)) {}

  // x [d_model] -> y [d_model], one time step; y may be x.
  void step(const float* x, float* y) noexcept { stack_.step(x, y, state_, scratch_); }

  MambaState& state() noexcept { return state_; }
  const MambaState& state() const noexcept { return state_; }

 private:
  static std::vector<std::shared_ptr<const MambaBlockWeights>> pack(
      std::span<const RandomBlock> weights, const Kernels& kernels, WeightFormat format) {
    std::vector<std::shared_ptr<const MambaBlockWeights>> packed;
    for (const RandomBlock& block : weights) packed.push_back(block.weights(kernels, format));
    return packed;
  }

  MambaStack stack_;
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
