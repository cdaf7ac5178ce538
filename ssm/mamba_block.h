// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/config.h"
#include "ssm/state.h"
#include "ssm/state_probe.h"
#include "ssm/weights.h"

namespace hiss {

// Room for the intermediate values of one step; holds nothing between steps, so the blocks of one
// stream share it. Not thread-safe.
class MambaScratch {
 public:
  MambaScratch() = default;
  // For at most `max_rows` rows a call (steps * rows of the state for scan()).
  // Throws std::invalid_argument for a bad config or max_rows < 1. [main-thread]
  MambaScratch(const MambaConfig& config, int max_rows);

  int maxRows() const noexcept { return max_rows_; }

 private:
  friend class MambaBlock;

  int max_rows_ = 0;
  AlignedBuffer<float> u_;            // [max_rows, d_model], normalised input, later the output
  AlignedBuffer<float> xz_;           // [max_rows, 2, P]
  AlignedBuffer<float> x_dbl_;        // [max_rows, dt_rank + 2 d_state]: dt, B, C
  AlignedBuffer<float> dt_;           // [max_rows, P]
  AlignedBuffer<float> y_;            // [max_rows, P]
  AlignedBuffer<std::uint8_t> skip_;  // [max_rows], 1 where the input was not finite
};

// One Mamba (S6) block in recurrent mode: y = x + mixer(RMSNorm(x)), computed as `Mamba.step` of
// the reference implementation does (see ssm/README.md). Immutable: one block serves any number of
// states. [thread-safe]
class MambaBlock {
 public:
  MambaBlock() = default;
  // Throws std::invalid_argument if `weights` is null or was packed for another config.
  // [main-thread]
  MambaBlock(const MambaConfig& config, std::shared_ptr<const MambaBlockWeights> weights);

  // Advances every row of layer `layer` of `state` by one time step.
  // x [rows, d_model] -> y [rows, d_model], rows = state.rows(); y may be x.
  // A row of x that is not finite leaves its state as it was, gives y = 0 and is counted in
  // state.skippedRows(). `state` and `scratch` must have been made for this config, scratch for at
  // least as many rows. `probe`, if given, is filled. [audio-thread]
  void step(const float* x, float* y, MambaState& state, int layer, MambaScratch& scratch,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING {
    scan(x, y, 1, state, layer, scratch, probe);
  }

  // `steps` time steps at once, bit for bit what step() gives one by one; the projections of all
  // steps share one multiplication. x [steps, rows, d_model] -> y likewise; y may be x.
  // steps * rows <= scratch.maxRows(). `probe` gets the last step. [audio-thread]
  void scan(const float* x, float* y, int steps, MambaState& state, int layer,
            MambaScratch& scratch,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

  // One time step of `n_states` streams at once, for every weight is then read once for all of
  // them: bit for bit what step() gives for each state by itself. All states have the same number
  // of rows; x [n_states, rows, d_model] -> y likewise; y may be x.
  // n_states * rows <= scratch.maxRows(). `probe` gets a row of the first state. [audio-thread]
  void step(const float* x, float* y, MambaState* const* states, int n_states, int layer,
            MambaScratch& scratch,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

  // A = -exp(A_log) [d_inner, d_state], below 0, but for rounding. [main-thread]
  std::vector<float> stateMatrix() const;

  const MambaConfig& config() const noexcept { return config_; }

 private:
  struct Streams {
    MambaState* const* states;
    int count;
    int rows;  // of each
  };

  void run(const float* x, float* y, int steps, const Streams& streams, int layer,
           MambaScratch& scratch, const StateProbe* probe) const noexcept HISS_NONBLOCKING;
  void normalise(const float* x, int steps, const Streams& streams,
                 MambaScratch& scratch) const noexcept HISS_NONBLOCKING;
  void convolveRow(int r, MambaState& state, int layer, int row,
                   MambaScratch& scratch) const noexcept HISS_NONBLOCKING;
  void advanceRow(int r, MambaState& state, int layer, int row,
                  MambaScratch& scratch) const noexcept HISS_NONBLOCKING;
  void recordRow(int r, MambaState& state, int layer, int row, const MambaScratch& scratch,
                 const StateProbe& probe) const noexcept HISS_NONBLOCKING;

  MambaConfig config_;
  std::shared_ptr<const MambaBlockWeights> weights_;
};

}  // namespace hiss
