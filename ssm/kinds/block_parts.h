// SPDX-License-Identifier: Apache-2.0
// Internal to ssm/: what the kinds of blocks share.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/realtime.h"
#include "ssm/block_config.h"
#include "ssm/norm.h"
#include "ssm/recurrent_block.h"
#include "ssm/simd/kernels.h"
#include "ssm/state.h"
#include "ssm/state_probe.h"
#include "ssm/tensor.h"

namespace hiss {

// Fetches the tensors of one block, with the shapes of blockTensors(). `lookup` must outlive this.
class BlockTensors {
 public:
  BlockTensors(const BlockConfig& config, const TensorLookup& lookup)
      : specs_(blockTensors(config)), lookup_(&lookup) {}

  // Throws std::invalid_argument if the values are not as many as the shape says, and whatever the
  // lookup throws. `name` is one of blockTensors(). [main-thread]
  [[nodiscard]] std::span<const float> operator()(std::string_view name) const;

 private:
  std::vector<TensorSpec> specs_;
  const TensorLookup* lookup_;
};

// What stands around every mixer: y = x + mixer(RMSNorm(x)), with norm and residual as the config
// says, and the rows that are not finite. Immutable. [thread-safe]
class BlockFrame {
 public:
  BlockFrame(const BlockConfig& config, const BlockTensors& tensors, const Kernels& kernels);

  // x [rows, d_model] -> u [rows, d_model], what the mixer is given; marks the rows to be left out
  // in skip [rows] and counts them in `state`, whose rows they are. [audio-thread]
  void begin(const float* x, float* u, std::uint8_t* skip,
             BlockState& state) const noexcept HISS_NONBLOCKING;

  // Sets y [rows, d_model] to what the mixer's output is added to. [audio-thread]
  void startSum(const float* x, float* y, int rows) const noexcept HISS_NONBLOCKING;

  // Sets the rows of y that were left out to zero. [audio-thread]
  void end(float* y, const std::uint8_t* skip, int rows) const noexcept HISS_NONBLOCKING;

 private:
  BlockConfig config_;
  RmsNorm norm_;
};

// Copies `h` of the probe's row and sets all else that the probe asks for to zero. [audio-thread]
void showState(const BlockState& state, int layer,
               const StateProbe& probe) noexcept HISS_NONBLOCKING;

// Scratch with `skip` for that many rows, and `values` that the kind has yet to size. Throws
// std::invalid_argument if max_rows < 1. [main-thread]
[[nodiscard]] BlockScratch emptyScratch(int max_rows);

}  // namespace hiss
