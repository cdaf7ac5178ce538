// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/block_config.h"
#include "ssm/config.h"
#include "ssm/simd/kernels.h"

namespace hiss {

// Everything a stack of blocks of one kind remembers between steps, for `rows` independent rows
// (bands, channels or streams). Starts at zero. One instance per stream; not thread-safe; movable,
// and copied only by clone(), because a copy of a state is a decision.
//
// Inside, channels lie innermost: those of a group padded, for the convolution to
// paddedCount(groupChannels()), for the recurrence into the blocks of stateIndex(), so that one
// loop over channels is vectorised whatever d_state is. save/load and copy... use the logical
// layout
//   conv_state [rows, convChannels(), d_conv - 1]  the last d_conv - 1 inputs, oldest first
//   ssm_state  [rows, channels, d_state]
// which for mamba are [rows, d_inner, d_conv - 1] and [rows, d_inner, d_state].
class BlockState {
 public:
  BlockState() = default;
  // Throws std::invalid_argument for a bad config, rows < 1 or n_layer < 1. [main-thread]
  BlockState(const MambaConfig& config, int rows, int n_layer);
  BlockState(const BlockConfig& config, int rows, int n_layer);
  BlockState(BlockState&&) = default;
  BlockState& operator=(BlockState&&) = default;
  ~BlockState() = default;

  // Back to zero; the count of skipped rows as well. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // An independent copy. [main-thread]
  BlockState clone() const { return BlockState(*this); }

  int rows() const noexcept { return rows_; }
  int layers() const noexcept { return n_layer_; }

  // Row-steps left out because their input was not finite, since construction or reset. Not saved.
  std::uint64_t skippedRows() const noexcept { return skipped_rows_; }
  void countSkippedRows(int count) noexcept HISS_NONBLOCKING {
    skipped_rows_ += static_cast<std::uint64_t>(count);
  }

  // Bytes that save() writes and load() takes.
  std::size_t savedBytes() const noexcept;

  // Header (magic, version, sizes, checksum), then the logical tensors layer by layer as f32 in the
  // machine's byte order. Throws std::runtime_error if out.size() is not savedBytes().
  // [main-thread]
  void save(std::span<std::byte> out) const;

  // Takes what save() of an equally sized state wrote. Throws std::runtime_error that says what was
  // expected and found if the size, header, checksum or a value (not finite) is wrong; the state is
  // then unchanged. [main-thread]
  void load(std::span<const std::byte> in);

  // Copies of one layer in the logical layout. `out` has rows * convChannels() * (d_conv - 1)
  // and rows * channels * d_state values. [audio-thread]
  void copyConvState(int layer, float* out) const noexcept HISS_NONBLOCKING;
  void copySsmState(int layer, float* out) const noexcept HISS_NONBLOCKING;
  // ssm_state of one row. [audio-thread]
  void copySsmRow(int layer, int row, float* out) const noexcept HISS_NONBLOCKING;

  const StateShape& shape() const noexcept { return shape_; }

  // Inner layout, for the block: [d_conv - 1, convPadded()], a ring whose oldest entry is
  // convOldest(), and the ssmRowFloats() values of one row, group after group, each as
  // stateIndex() places them, zero in the padding.
  // [audio-thread]
  float* convRow(int layer, int row) noexcept HISS_NONBLOCKING {
    return conv_state_.data() + conv_stride_ * index(layer, row);
  }
  int convOldest(int layer, int row) const noexcept HISS_NONBLOCKING {
    return conv_oldest_[index(layer, row)];
  }
  // The newest input has taken the place of the oldest. [audio-thread]
  void advanceConv(int layer, int row) noexcept HISS_NONBLOCKING {
    std::int32_t& oldest = conv_oldest_[index(layer, row)];
    oldest = oldest + 2 < shape_.d_conv ? oldest + 1 : 0;
  }
  std::size_t ssmRowFloats() const noexcept HISS_NONBLOCKING { return ssm_stride_; }
  float* ssmRow(int layer, int row) noexcept HISS_NONBLOCKING {
    return ssm_state_.data() + ssm_stride_ * index(layer, row);
  }
  // Of all values of the row. [audio-thread]
  float sumOfSquares(int layer, int row) const noexcept HISS_NONBLOCKING;

 private:
  BlockState(const BlockState&) = default;
  BlockState(const StateShape& shape, int rows, int n_layer);

  std::size_t index(int layer, int row) const noexcept {
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(rows_) +
           static_cast<std::size_t>(row);
  }
  std::size_t logicalFloats() const noexcept;

  StateShape shape_;
  int rows_ = 0;
  int n_layer_ = 0;
  std::size_t conv_stride_ = 0;              // (d_conv - 1) * convPadded()
  std::size_t ssm_stride_ = 0;               // groups * stateFloats(groupChannels(), d_state)
  AlignedBuffer<float> conv_state_;          // [n_layer, rows, d_conv - 1, convPadded()], rings
  AlignedBuffer<std::int32_t> conv_oldest_;  // [n_layer, rows], slot of a ring's oldest entry
  AlignedBuffer<float> ssm_state_;           // [n_layer, rows, ssm_stride_]
  std::uint64_t skipped_rows_ = 0;
};

using MambaState = BlockState;

}  // namespace hiss
