// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "ssm/config.h"
#include "ssm/tensor.h"
#include "tests/bench/baseline/plain_block.h"

namespace hiss {

// A stack of Mamba blocks for one stream, weights and state together, run by plainBlockStep(): the
// simple engine against which the real one is measured. Not thread-safe; not copied, because the
// blocks point into its arrays.
class PlainMamba {
 public:
  // One lookup a block, by the names of MambaBlockWeights::pack. Throws std::invalid_argument for a
  // bad config, one without the residual, or values not as many as the shape says.
  PlainMamba(const MambaConfig& config, std::span<const TensorLookup> blocks);
  PlainMamba(const PlainMamba&) = delete;
  PlainMamba& operator=(const PlainMamba&) = delete;

  // x [d_model] -> y [d_model], one time step through every block; y may be x.
  void step(const float* x, float* y) noexcept;

  // [d_inner, d_state] of one block.
  std::span<const float> ssmState(int block) const;

 private:
  MambaConfig config_;
  std::vector<std::vector<float>> arrays_;  // what the pointers below point to
  std::vector<PlainBlock> blocks_;
  PlainScratch scratch_{};
};

}  // namespace hiss
