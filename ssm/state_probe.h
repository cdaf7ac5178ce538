// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "dsp/aligned_buffer.h"
#include "ssm/config.h"

namespace hiss {

// A copy of what one step of one block computed, for display. Hand it to MambaBlock::step; with no
// probe (nullptr) the step does no extra work. Written by the thread that steps; to show it
// elsewhere, copy it through a LatestValue. Rows skipped for a non-finite input keep their last
// values.
struct StateProbe {
  StateProbe() = default;
  // Sizes the buffers. Throws std::invalid_argument for a bad config or rows < 1. [main-thread]
  StateProbe(const MambaConfig& config, int probe_rows);

  int rows = 0;
  int d_inner = 0;
  int d_state = 0;
  AlignedBuffer<float> h;     // [rows, d_inner, d_state], the state after the step
  AlignedBuffer<float> dt;    // [rows, d_inner], step size after softplus
  AlignedBuffer<float> gate;  // [rows, d_inner], SiLU(z)
  AlignedBuffer<float> B;     // [rows, d_state]
  AlignedBuffer<float> C;     // [rows, d_state]
};

}  // namespace hiss
