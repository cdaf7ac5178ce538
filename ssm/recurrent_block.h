// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/block_config.h"
#include "ssm/linear.h"
#include "ssm/mamba_block.h"
#include "ssm/simd/kernels.h"
#include "ssm/state.h"
#include "ssm/state_probe.h"
#include "ssm/tensor.h"

namespace hiss {

// Room for the intermediate values of one step; holds nothing between steps, so that the blocks of
// one stream share it. Made by RecurrentBlock::makeScratch(); its parts are the block's own matter.
// Not thread-safe.
struct BlockScratch {
  int max_rows = 0;
  AlignedBuffer<float> values;
  AlignedBuffer<std::uint8_t> skip;  // [max_rows], 1 where the input was not finite
  MambaScratch mamba;                // of kind mamba, which needs no other
};

// Sizes of what a StateProbe is given: h [channels, d_state]; x, dt and gate [channels]; B and C
// [d_state].
struct ProbeShape {
  int channels = 0;
  int d_state = 0;
  bool operator==(const ProbeShape&) const = default;
};

// One block of any kind in recurrent mode. Immutable: one block serves any number of states, each
// with its own scratch. [thread-safe]
class RecurrentBlock {
 public:
  virtual ~RecurrentBlock() = default;
  RecurrentBlock(const RecurrentBlock&) = delete;
  RecurrentBlock& operator=(const RecurrentBlock&) = delete;

  const BlockConfig& config() const noexcept { return config_; }

  // State at the start of a stream of `rows` independent rows, for `n_layer` blocks of this
  // config. Throws std::invalid_argument if either is below 1. [main-thread]
  [[nodiscard]] BlockState makeState(int rows, int n_layer = 1) const;

  // For at most `max_rows` rows a step, of this and every other block of the same config. Throws
  // std::invalid_argument if max_rows < 1. [main-thread]
  [[nodiscard]] virtual BlockScratch makeScratch(int max_rows) const = 0;

  // Advances every row of layer `layer` of `state` by one time step.
  // x [rows, d_model] -> y [rows, d_model], rows = state.rows(); y may be x.
  // A row of x that is not finite leaves its state as it was, gives y = 0 and is counted in
  // state.skippedRows(). A row's result does not depend on the others, to the bit. `state` and
  // `scratch` must have been made for this config, scratch for at least as many rows. `probe`, if
  // given, is filled, see probeShape(). [audio-thread]
  virtual void step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
                    const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING = 0;

  // One time step of `n_states` streams at once: bit for bit what step() gives for each state by
  // itself. All states have the same number of rows; x [n_states, rows, d_model] -> y likewise; y
  // may be x. `scratch` is for at least n_states * rows. `probe` gets a row of the first state.
  // [audio-thread]
  virtual void stepStreams(const float* x, float* y, BlockState* const* states, int n_states,
                           int layer, BlockScratch& scratch,
                           const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

  // What a probe shows of a kind; values that a kind has no notion of are zero.
  //                    h                      x               dt         gate      B, C
  //   mamba            [d_inner, d_state]     convolved       Δ          SiLU(z)   B, C
  //   mamba2           [d_inner, d_state]     convolved       Δ of head  SiLU(z)   of group 0
  //   s4d              [d_model, d_state/2, 2]  normalised    Δ          0         0
  //                    (real and imaginary parts)
  //   selective_gate   [d_state, 1]           tanh(...)       s          0         0
  //   simplified_mamba [d_state, 1]           B x             0          0         0
  // [thread-safe]
  [[nodiscard]] ProbeShape probeShape() const noexcept;

  // A of exp(dt A), what is left of each value of the probe's h after a step, laid out like h:
  // below 0, but for rounding; of s4d the real part of its poles. Empty for selective_gate and
  // simplified_mamba, which have no such thing. [main-thread]
  [[nodiscard]] virtual std::vector<float> stateMatrix() const { return {}; }

 protected:
  // Throws as BlockConfig::validate().
  explicit RecurrentBlock(const BlockConfig& config);

 private:
  BlockConfig config_;
};

// Fetches the tensors of blockTensors() by name and exact shape, packs them and does all work that
// does not depend on the input. `kernels` must outlive the block. `format` is that of the large
// matrices of mamba, see MambaBlockWeights::pack(); other kinds have floats. Throws
// std::invalid_argument for a bad config or for values not as many as the shape says, and whatever
// `lookup` throws. [main-thread]
[[nodiscard]] std::shared_ptr<const RecurrentBlock> makeBlock(
    const BlockConfig& config, const TensorLookup& lookup, const Kernels& kernels,
    WeightFormat format = WeightFormat::kF32);

}  // namespace hiss
