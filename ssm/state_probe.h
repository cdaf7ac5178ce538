// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hiss {

// Where one step of one row of one block is copied to, for display: the caller's memory, which the
// thread that steps writes. Hand it to MambaBlock::step; with none (nullptr) the step does no extra
// work. A row that is left out for a non-finite input has its state in `h` and zeros elsewhere,
// which is what happened to it.
struct StateProbe {
  int layer = 0;          // block of a stack or network; a block by itself does not look at it
  int row = 0;            // of the block; of several streams, of the first
  float* h = nullptr;     // [d_inner, d_state], the state after the step
  float* x = nullptr;     // [d_inner], what goes into the state
  float* dt = nullptr;    // [d_inner], step size after softplus
  float* gate = nullptr;  // [d_inner], SiLU(z)
  float* B = nullptr;     // [d_state]
  float* C = nullptr;     // [d_state]

  // Of a probe or nullptr, what block `layer` is to be given.
  static const StateProbe* ofLayer(const StateProbe* probe, int layer) noexcept {
    return probe != nullptr && probe->layer == layer ? probe : nullptr;
  }
};

}  // namespace hiss
