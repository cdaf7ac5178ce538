// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/history/row_pack.h"
#include "app/engine/history/spill_ring.h"
#include "models/sensor_view.h"

namespace hiss {

struct ScoredRow;

// The rows of one stream. The newest are in memory; the others lie in chunks in the ring, of which
// the summaries stay in memory, 16 of them summed up in one of the next level and so on. A range of
// any length is therefore summed up from about as many parts as it has columns. Not thread-safe;
// `ring` is the same in all calls.
class StreamHistory {
 public:
  static constexpr std::size_t kBlockRows = 32;  // of a chunk's own summaries
  static constexpr std::size_t kFan = 16;

  // `owner`: of its pieces in the ring.
  StreamHistory(std::size_t owner, const ScoredRow& row);

  // Rows with another number of channels do not come. Returns the rows that could not be stored.
  std::uint64_t add(const ScoredRow& row, SpillRing& ring);
  // The oldest chunk in the ring is gone.
  void dropOldest();

  [[nodiscard]] const SensorExtent& extent() const noexcept { return extent_; }
  // Of the newest row.
  [[nodiscard]] const PackedHead& newest() const noexcept { return newest_; }

  // Adds what stands in the columns [first, last) of `lanes`, whose ranges are set.
  void fill(SensorLanes& lanes, std::size_t first, std::size_t last, const SpillRing& ring) const;
  // Number of the first row at or after the moment; `extent().rows` if there is none.
  [[nodiscard]] std::uint64_t rowAt(std::int64_t at, const SpillRing& ring) const;
  // Rows from this number on, at most to the end of their chunk. Empty: there are none, or they
  // cannot be read.
  [[nodiscard]] std::vector<SensorMoment> rows(std::uint64_t number, std::size_t most,
                                               const SpillRing& ring) const;
  // Where the chunk after that of this row begins.
  [[nodiscard]] std::uint64_t nextChunk(std::uint64_t number) const {
    return (number / chunk_rows_ + 1) * chunk_rows_;
  }

 private:
  struct Chunk {
    std::optional<SpillRing::Piece> piece;  // none: could not be stored
  };
  struct Columns;

  [[nodiscard]] std::uint64_t openRow() const { return chunk_count_ * chunk_rows_; }
  [[nodiscard]] bool isKept(std::size_t level, std::uint64_t index) const;
  [[nodiscard]] const RowSummary& node(std::size_t level, std::uint64_t index) const {
    return levels_[level].nodes[index - levels_[level].first];
  }
  void seal(SpillRing& ring);
  void popChunk();
  void updateOldest();
  void visit(std::size_t level, std::uint64_t index, Columns& columns) const;
  void visitChunk(std::uint64_t index, Columns& columns) const;
  void visitRows(const std::byte* rows, std::size_t count, Columns& columns) const;
  [[nodiscard]] std::size_t blocks() const { return chunk_rows_ / kBlockRows; }
  [[nodiscard]] std::size_t rowsOffset() const {
    return blocks() * RowSummary::bytes(extent_.channels.size());
  }
  [[nodiscard]] SensorMoment unpacked(const std::byte* row, std::uint64_t number) const;

  struct Level {
    std::uint64_t first = 0;  // number of nodes.front()
    std::deque<RowSummary> nodes;
  };

  std::size_t owner_;
  SensorExtent extent_;
  PackedHead newest_;
  std::size_t row_bytes_;
  std::size_t chunk_rows_;
  std::uint64_t chunk_count_ = 0;    // that were sealed
  std::deque<Chunk> chunks_;         // those that are kept, oldest first
  std::vector<Level> levels_;        // [0]: of chunks
  std::vector<std::byte> open_;      // rows that are in no chunk yet
  std::vector<std::string> alerts_;  // ids, by number
};

}  // namespace hiss
