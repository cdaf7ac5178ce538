// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "ssm/config.h"

namespace hiss {

// Everything a stack of Mamba blocks remembers between steps, for `rows` independent rows (bands,
// channels or streams). Starts at zero. One instance per stream; not thread-safe; movable, and
// copied only by clone(), because a copy of a state is a decision.
//
// Inside, channels lie innermost, padded to P = paddedCount(d_inner) or in the blocks of
// stateIndex(), so that one loop over channels is vectorised whatever d_state is. save/load and
// copy... use the logical layout
//   conv_state [rows, d_inner, d_conv - 1]  the last d_conv - 1 inputs, oldest first
//   ssm_state  [rows, d_inner, d_state]
class MambaState {
 public:
  MambaState() = default;
  // Throws std::invalid_argument for a bad config, rows < 1 or n_layer < 1. [main-thread]
  MambaState(const MambaConfig& config, int rows, int n_layer);
  MambaState(MambaState&&) = default;
  MambaState& operator=(MambaState&&) = default;
  ~MambaState() = default;

  // Back to zero; the count of skipped rows as well. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // An independent copy. [main-thread]
  MambaState clone() const { return MambaState(*this); }

  int rows() const noexcept { return rows_; }
  int layers() const noexcept { return n_layer_; }

  // Row-steps left out because their input was not finite, since construction or reset. Not saved.
  std::uint64_t skippedRows() const noexcept { return skipped_rows_; }
  void countSkippedRow() noexcept HISS_NONBLOCKING { ++skipped_rows_; }

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

  // Copies of one layer in the logical layout. `out` has rows * d_inner * (d_conv - 1) and
  // rows * d_inner * d_state values. [audio-thread]
  void copyConvState(int layer, float* out) const noexcept HISS_NONBLOCKING;
  void copySsmState(int layer, float* out) const noexcept HISS_NONBLOCKING;

  // Inner layout, for the block: [d_conv - 1, P], a ring whose oldest entry is convOldest(), and
  // the ssmRowFloats() values of one row as stateIndex() places them, zero in the padding.
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
    oldest = oldest + 2 < d_conv_ ? oldest + 1 : 0;
  }
  std::size_t ssmRowFloats() const noexcept HISS_NONBLOCKING { return ssm_stride_; }
  float* ssmRow(int layer, int row) noexcept HISS_NONBLOCKING {
    return ssm_state_.data() + ssm_stride_ * index(layer, row);
  }
  // Of all values of the row. [audio-thread]
  float sumOfSquares(int layer, int row) const noexcept HISS_NONBLOCKING;

 private:
  MambaState(const MambaState&) = default;

  std::size_t index(int layer, int row) const noexcept {
    return static_cast<std::size_t>(layer) * static_cast<std::size_t>(rows_) +
           static_cast<std::size_t>(row);
  }
  std::size_t logicalFloats() const noexcept;

  int rows_ = 0;
  int n_layer_ = 0;
  int d_inner_ = 0;
  int d_state_ = 0;
  int d_conv_ = 1;
  std::size_t conv_stride_ = 0;              // (d_conv - 1) * P
  std::size_t ssm_stride_ = 0;               // d_state * P
  AlignedBuffer<float> conv_state_;          // [n_layer, rows, d_conv - 1, P], rings
  AlignedBuffer<std::int32_t> conv_oldest_;  // [n_layer, rows], slot of a ring's oldest entry
  AlignedBuffer<float> ssm_state_;           // [n_layer, rows, stateFloats()]
  std::uint64_t skipped_rows_ = 0;
};

}  // namespace hiss
