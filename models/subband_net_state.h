// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "dsp/realtime.h"
#include "ssm/state.h"

namespace hiss {

// What the network remembers of one channel between hops: the states of the blocks that every band
// goes through and, where the network has one, of the block that sees all bands at once. Starts at
// zero. Not thread-safe; movable, and copied only by clone().
struct SubbandNetState {
  BlockState blocks;    // n_layer layers of n_band rows
  BlockState fullband;  // one layer of one row; no rows without such a block

  [[nodiscard]] bool hasFullband() const noexcept { return fullband.rows() > 0; }

  // Back to zero; the count of skipped rows as well. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING {
    blocks.reset();
    if (hasFullband()) fullband.reset();
  }

  // Row-steps left out because their input was not finite, since construction or reset. Not saved.
  [[nodiscard]] std::uint64_t skippedRows() const noexcept {
    return blocks.skippedRows() + fullband.skippedRows();
  }

  // An independent copy. [main-thread]
  [[nodiscard]] SubbandNetState clone() const { return {blocks.clone(), fullband.clone()}; }

  // Bytes that save() writes and load() takes.
  [[nodiscard]] std::size_t savedBytes() const noexcept {
    return blocks.savedBytes() + (hasFullband() ? fullband.savedBytes() : 0);
  }

  // As BlockState's: std::runtime_error for bytes of another size or not written by save() of an
  // equal state, and the state is then unchanged. [main-thread]
  void save(std::span<std::byte> out) const {
    const std::size_t first = sizeOfBlocks(out.size());
    blocks.save(out.first(first));
    if (hasFullband()) fullband.save(out.subspan(first));
  }
  void load(std::span<const std::byte> in) {
    if (!hasFullband()) {
      blocks.load(in);
      return;
    }
    const std::size_t first = sizeOfBlocks(in.size());
    BlockState taken = fullband.clone();
    taken.load(in.subspan(first));
    blocks.load(in.first(first));
    fullband = std::move(taken);
  }

 private:
  // Of `all` bytes, those of the blocks: what is missing or too much is found by whom it hits.
  [[nodiscard]] std::size_t sizeOfBlocks(std::size_t all) const noexcept {
    return hasFullband() ? std::min(blocks.savedBytes(), all) : all;
  }
};

}  // namespace hiss
