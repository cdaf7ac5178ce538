// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "ssm/config.h"
#include "ssm/simd/kernels.h"
#include "ssm/tensor.h"

namespace hiss {

// The state space models that the engine runs; ssm/README.md has the equations of each.
enum class BlockKind { kMamba, kMamba2, kS4d, kSelectiveGate, kSimplifiedMamba };
inline constexpr BlockKind kBlockKinds[] = {BlockKind::kMamba, BlockKind::kMamba2, BlockKind::kS4d,
                                            BlockKind::kSelectiveGate, BlockKind::kSimplifiedMamba};

// "mamba", "mamba2", "s4d", "selective_gate", "simplified_mamba". [thread-safe]
[[nodiscard]] std::string_view blockKindName(BlockKind kind) noexcept;
[[nodiscard]] std::optional<BlockKind> blockKindOf(std::string_view name) noexcept;

// How S4D makes steps of continuous time: zero-order hold, or the bilinear transform.
enum class S4dRule { kZoh, kBilinear };

// What one row of one layer remembers; each kind's memory has this form.
//   conv_state [convChannels(), d_conv - 1]   the last inputs of the causal convolution
//   ssm_state  [channels, d_state]            in `groups` groups of channels
struct StateShape {
  BlockKind kind = BlockKind::kMamba;
  int channels = 0;
  int d_state = 1;
  int groups = 1;      // divides channels
  int conv_extra = 0;  // convolved besides the channels: B and C of mamba2
  int d_conv = 1;      // 1: no convolution

  int groupChannels() const noexcept { return channels / groups; }
  int convChannels() const noexcept { return channels + conv_extra; }
  // Inside, each group's channels are padded by themselves, and what is convolved besides follows.
  int groupStride() const noexcept { return paddedCount(groupChannels()); }
  int convPadded() const noexcept { return paddedCount(groups * groupStride() + conv_extra); }
  // Values of one row of one layer.
  std::int64_t values() const noexcept;
  bool operator==(const StateShape&) const = default;
};

// Kind and sizes of one block, y = x + mixer(RMSNorm(x)). A value type. Sizes that a kind does not
// name are not looked at; leave them as they are.
struct BlockConfig {
  BlockKind kind = BlockKind::kMamba;
  int d_model = 0;   // width of the residual stream
  int d_state = 16;  // mamba, mamba2: values a channel; s4d: 2 a complex pole; else: of the row
  int d_conv = 4;    // mamba, mamba2
  int expand = 2;    // mamba, mamba2: d_inner = expand * d_model
  int dt_rank = 1;   // mamba
  int d_inner = 0;   // mamba, pruned: its width where that is no multiple; 0: expand * d_model
  int headdim = 64;  // mamba2: channels of a head, which share one A, D and step size
  int ngroups = 1;   // mamba2: sets of B and C, each for as many heads
  float dt_min = 0;  // mamba2: its step size is cut to [dt_min, dt_max]
  float dt_max = std::numeric_limits<float>::infinity();
  S4dRule rule = S4dRule::kZoh;  // s4d
  bool norm = true;              // false: mixer(x); values of x beyond +-kMostInput are cut
  bool residual = true;          // false: y = mixer(...)
  float norm_eps = 1e-5f;        // of the RMSNorm, and of mamba2's second one

  static constexpr float kMostInput = 1e6f;

  static BlockConfig of(const MambaConfig& mamba) noexcept;

  // Channels of the recurrent part: of mamba and mamba2 expand * d_model, of s4d d_model, of the
  // other two, whose state is one vector, d_state.
  int dInner() const noexcept;
  int heads() const noexcept { return dInner() / headdim; }  // of mamba2
  StateShape stateShape() const noexcept;
  MambaConfig mamba() const noexcept;  // of kind mamba, the way back of of()

  // Throws std::invalid_argument that names the field, its value and its range. [main-thread]
  void validate() const;

  bool operator==(const BlockConfig&) const = default;
};

// Names, relative to the block, and shapes of all tensors of a block: "norm.weight" if it has one,
// then "mixer." ... in the order of ssm/README.md. [main-thread]
[[nodiscard]] std::vector<TensorSpec> blockTensors(const BlockConfig& config);

// Multiply-adds of a step of one row, as ssm_bench counts them: the matrices, the convolution, and
// two for each value of the recurrent state and what goes into and comes out of it. [thread-safe]
[[nodiscard]] std::int64_t stepMacs(const BlockConfig& config) noexcept;

// Bytes that one row of one layer remembers between steps. [thread-safe]
[[nodiscard]] std::int64_t stateBytes(const BlockConfig& config) noexcept;

}  // namespace hiss
