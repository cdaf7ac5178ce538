// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "dsp/realtime.h"
#include "ssm/recurrent_block.h"

namespace hiss {

// A plain stack of blocks of one kind and one size, with one state for all of them. Immutable: one
// stack serves any number of states. [thread-safe]
class BlockStack {
 public:
  BlockStack() = default;
  // Throws std::invalid_argument if there is no block, one is null, or one has another config than
  // the first. [main-thread]
  explicit BlockStack(std::vector<std::shared_ptr<const RecurrentBlock>> blocks);

  // State at the start of a stream of `rows` independent rows, and scratch for at most `max_rows`.
  // They throw as those of RecurrentBlock. [main-thread]
  [[nodiscard]] BlockState makeState(int rows) const;
  [[nodiscard]] BlockScratch makeScratch(int max_rows) const;

  // x [rows, d_model] -> y [rows, d_model], rows = state.rows(); y may be x. `probe`, if given, is
  // filled by the layer that it names. [audio-thread]
  void step(const float* x, float* y, BlockState& state, BlockScratch& scratch,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

  const BlockConfig& config() const noexcept { return blocks_.front()->config(); }
  int layers() const noexcept { return static_cast<int>(blocks_.size()); }
  const RecurrentBlock& block(int layer) const { return *blocks_[static_cast<std::size_t>(layer)]; }

 private:
  std::vector<std::shared_ptr<const RecurrentBlock>> blocks_;
};

}  // namespace hiss
