// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ssm/block_config.h"

namespace hiss {

// What a window shows of a running model's blocks. Plain values.

// One block, with what never changes of it.
struct StateLayer {
  std::string name;  // "block 1", "all bands"
  int rows = 1;      // independent ones: sub-bands, sensor channels
  int d_inner = 0;   // channels of a row
  int d_state = 0;   // states of a channel
  // A of exp(dt A), what is left of h after a step: [d_inner, d_state], below 0. Empty for kinds
  // that have none: how long they remember cannot be told.
  std::vector<float> A;
  BlockKind kind = BlockKind::kMamba;
};

struct StateLayout {
  std::string model;               // its file's name without the ending; empty: it has no file
  std::vector<StateLayer> layers;  // in the network's order
  double step_seconds = 0.0;       // between two steps; 0: steps are rows of a sensor
};

// Which block is looked at, and which of its rows.
struct StateFocus {
  int layer = 0;
  int row = 0;
  bool operator==(const StateFocus&) const = default;
};

// One step of one row of one block, of mamba: h = exp(dt A) h + (dt x) B, y = h C + D x, out = y
// gate. What other kinds have in these places is stated at RecurrentBlock::probeShape().
struct StateSnapshot {
  std::uint64_t step = 0;  // since `prepare` or `reset`, from 1
  StateFocus focus;
  int d_inner = 0;
  int d_state = 0;
  std::vector<float> h;     // [d_inner, d_state], ssm_state after the step
  std::vector<float> x;     // [d_inner], what goes into the state
  std::vector<float> dt;    // [d_inner], step size after softplus
  std::vector<float> gate;  // [d_inner], SiLU(z)
  std::vector<float> B;     // [d_state]
  std::vector<float> C;     // [d_state]
  // Of each block, root mean square of ssm_state over all its rows; of a denoiser parts of it may
  // be up to 8 steps old, as in DenoiserSnapshot.
  std::vector<float> ssm_state_rms;  // [layers]
};

}  // namespace hiss
