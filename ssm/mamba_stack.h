// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "dsp/realtime.h"
#include "ssm/config.h"
#include "ssm/mamba_block.h"
#include "ssm/state.h"
#include "ssm/weights.h"

namespace hiss {

// A plain stack of Mamba blocks of one size, each y = x + mixer(RMSNorm(x)): the backbone of
// MambaModel without embedding and final norm. Immutable: one stack serves any number of states.
// [thread-safe]
class MambaStack {
 public:
  MambaStack() = default;
  // One block an entry of `weights`. Throws std::invalid_argument if there is none, one is null, or
  // one was packed for another config. [main-thread]
  MambaStack(const MambaConfig& config,
             const std::vector<std::shared_ptr<const MambaBlockWeights>>& weights);

  // State at the start of a stream of `rows` independent rows, and scratch for at most `max_rows`.
  // They throw as their constructors do. [main-thread]
  MambaState makeState(int rows) const;
  MambaScratch makeScratch(int max_rows) const { return {config_, max_rows}; }

  // x [rows, d_model] -> y [rows, d_model], rows = state.rows(); y may be x. `probe`, if given, is
  // filled by the layer that it names. [audio-thread]
  void step(const float* x, float* y, MambaState& state, MambaScratch& scratch,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

  // One step of many streams, as MambaBlock::step: to the bit what each would give by itself.
  // x [n_states, rows, d_model] -> y likewise; y may be x. `probe` as above, of the first stream.
  // [audio-thread]
  void step(const float* x, float* y, MambaState* const* states, int n_states,
            MambaScratch& scratch,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

  const MambaConfig& config() const noexcept { return config_; }
  int layers() const noexcept { return static_cast<int>(blocks_.size()); }
  const MambaBlock& block(int layer) const { return blocks_[static_cast<std::size_t>(layer)]; }

 private:
  MambaConfig config_;
  std::vector<MambaBlock> blocks_;
};

}  // namespace hiss
