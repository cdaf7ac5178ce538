// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/stream_history.h"

#include <algorithm>
#include <cmath>

#include "app/engine/monitor/sink.h"

namespace hiss {
namespace {

constexpr std::size_t kChunkBytes = 32768;  // about
constexpr std::size_t kLeastChunkRows = 64;
constexpr std::size_t kMostChunkRows = 512;

std::size_t chunkRows(std::size_t row_bytes) {
  const std::size_t rows = std::clamp(kChunkBytes / row_bytes, kLeastChunkRows, kMostChunkRows);
  return rows / StreamHistory::kBlockRows * StreamHistory::kBlockRows;
}

// from <= to, which may be as far apart as can be.
double distance(std::int64_t from, std::int64_t to) {
  return static_cast<double>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from));
}

void lower(float& to, float value) {
  if (!(to <= value)) to = value;
}
void raise(float& to, float value) {
  if (!(to >= value)) to = value;
}

}  // namespace

// What fill() fills.
struct StreamHistory::Columns {
  SensorLanes& lanes;
  const SpillRing& ring;
  std::size_t first;
  std::size_t last;
  std::int64_t begin;  // moments of these columns
  std::int64_t end;
  double width;  // of a column
  std::vector<std::byte> bytes;
  RowSummary summary;

  [[nodiscard]] bool isApart(const RowSummary::Head& head) const {
    return head.last_at < begin || head.first_at >= end;
  }
  [[nodiscard]] bool isFine(const RowSummary::Head& head) const {
    return distance(head.first_at, head.last_at) < width;
  }
  [[nodiscard]] std::size_t columnOf(std::int64_t at) const {
    const double column = at <= lanes.begin ? 0.0 : distance(lanes.begin, at) / width;
    return std::clamp(static_cast<std::size_t>(column), first, last - 1);
  }
  void include(const RowSummary& rows) {
    const std::size_t to = columnOf(rows.head.last_at);
    for (std::size_t column = columnOf(rows.head.first_at); column <= to; ++column) {
      raise(lanes.score[column], rows.head.score);
      lanes.alerts[column] |= static_cast<std::uint8_t>(rows.head.has_alert);
      for (std::size_t c = 0; c < lanes.lanes.size(); ++c) {
        SensorLane& lane = lanes.lanes[c];
        const RowSummary::Span& span = rows.spans[c];
        if (span.least <= span.greatest) {
          lower(lane.least[column], span.least);
          raise(lane.greatest[column], span.greatest);
        }
        if (span.band_low <= span.band_high) {
          lower(lane.band_low[column], span.band_low);
          raise(lane.band_high[column], span.band_high);
        }
      }
    }
  }
};

StreamHistory::StreamHistory(std::size_t owner, const ScoredRow& row)
    : owner_(owner),
      row_bytes_(packedBytes(row.channels.size())),
      chunk_rows_(chunkRows(row_bytes_)),
      levels_(1) {
  extent_.channels.assign(row.channels.begin(), row.channels.end());
  extent_.has_time = row.stamp_ns.has_value();
}

std::uint64_t StreamHistory::add(const ScoredRow& row, SpillRing& ring) {
  PackedHead head;
  head.at =
      extent_.has_time ? row.stamp_ns.value_or(extent_.newest) : static_cast<std::int64_t>(row.row);
  if (extent_.rows > 0) head.at = std::max(head.at, extent_.newest);
  head.p = row.p;
  head.score = row.score;
  if (row.warming_up) head.flags |= PackedHead::kWarmingUp;
  if (row.muted) head.flags |= PackedHead::kMuted;
  if (!row.alert_id.empty()) {
    if (alerts_.empty() || alerts_.back() != row.alert_id) alerts_.emplace_back(row.alert_id);
    head.alert = static_cast<std::uint32_t>(alerts_.size());
  }
  const std::size_t begin = open_.size();
  const std::size_t whole = chunk_rows_ * row_bytes_;
  if (open_.capacity() == begin) open_.reserve(std::min(whole, 2 * begin + row_bytes_));
  open_.resize(begin + row_bytes_);
  std::byte* to = open_.data() + begin;
  std::memcpy(to, &head, sizeof head);
  to += sizeof head;
  for (std::size_t c = 0; c < extent_.channels.size(); ++c) {
    const SensorCell cell{row.values[c], row.verdicts[c].low, row.verdicts[c].high,
                          row.verdicts[c].share};
    std::memcpy(to, &cell, sizeof cell);
    to += sizeof cell;
  }
  newest_ = head;
  if (extent_.rows == 0) extent_.oldest = head.at;
  extent_.newest = head.at;
  ++extent_.rows;
  if (open_.size() < whole) return 0;
  seal(ring);
  return chunks_.empty() || !chunks_.back().piece ? chunk_rows_ : 0;
}

void StreamHistory::seal(SpillRing& ring) {
  const std::size_t channels = extent_.channels.size();
  std::vector<std::byte> sealed(rowsOffset() + open_.size());
  RowSummary whole(channels);
  RowSummary block(channels);
  for (std::size_t b = 0; b < blocks(); ++b) {
    block.clear();
    for (std::size_t r = b * kBlockRows; r < (b + 1) * kBlockRows; ++r) {
      block.includeRow(open_.data() + r * row_bytes_);
    }
    block.store(sealed.data() + b * RowSummary::bytes(channels));
    whole.include(block);
  }
  std::copy(open_.begin(), open_.end(), sealed.begin() + static_cast<std::ptrdiff_t>(rowsOffset()));
  open_.clear();
  // May drop chunks of this stream, too.
  const std::optional<SpillRing::Piece> piece = ring.add(owner_, sealed);
  chunks_.push_back({piece});
  levels_[0].nodes.push_back(std::move(whole));
  ++chunk_count_;
  std::uint64_t count = chunk_count_;
  for (std::size_t level = 0; count % kFan == 0; ++level, count /= kFan) {
    if (level + 1 == levels_.size()) levels_.emplace_back();
    RowSummary sum(channels);
    for (std::uint64_t i = count - kFan; i < count; ++i) {
      if (i >= levels_[level].first) sum.include(node(level, i));
    }
    Level& above = levels_[level + 1];
    if (above.nodes.empty()) above.first = count / kFan - 1;
    above.nodes.push_back(std::move(sum));
  }
  while (!chunks_.empty() && !chunks_.front().piece) popChunk();
  updateOldest();
}

void StreamHistory::popChunk() {
  chunks_.pop_front();
  std::uint64_t gone = levels_[0].first + 1;
  for (Level& level : levels_) {
    while (!level.nodes.empty() && level.first < gone) {
      level.nodes.pop_front();
      ++level.first;
    }
    gone /= kFan;
  }
}

void StreamHistory::dropOldest() {
  bool was_stored = false;
  while (!chunks_.empty() && !was_stored) {
    was_stored = chunks_.front().piece.has_value();
    popChunk();
  }
  updateOldest();
}

// Of what is kept.
void StreamHistory::updateOldest() {
  extent_.first = levels_[0].first * chunk_rows_;
  if (!levels_[0].nodes.empty()) {
    extent_.oldest = levels_[0].nodes.front().head.first_at;
  } else if (open_.empty()) {
    extent_.oldest = extent_.newest;
  } else {
    PackedHead head;
    std::memcpy(&head, open_.data(), sizeof head);
    extent_.oldest = head.at;
  }
}

bool StreamHistory::isKept(std::size_t level, std::uint64_t index) const {
  std::uint64_t chunk = index;
  for (std::size_t i = 0; i < level; ++i) chunk *= kFan;
  return chunk >= levels_[0].first;
}

void StreamHistory::fill(SensorLanes& lanes, std::size_t first, std::size_t last,
                         const SpillRing& ring) const {
  const auto count = static_cast<double>(lanes.score.size());
  const double width = distance(lanes.begin, lanes.end) / count;
  const auto moment_of = [&](std::size_t column) {
    if (column == lanes.score.size()) return lanes.end;
    return lanes.begin + static_cast<std::int64_t>(std::ceil(static_cast<double>(column) * width));
  };
  Columns columns{lanes,
                  ring,
                  first,
                  last,
                  moment_of(first),
                  moment_of(last),
                  width,
                  {},
                  RowSummary(extent_.channels.size())};
  // The highest level, then what of each lower one has no parent yet.
  std::uint64_t done = levels_[0].first;  // chunks
  for (std::size_t level = levels_.size(); level-- > 0;) {
    std::uint64_t size = 1;  // chunks of a node
    for (std::size_t i = 0; i < level; ++i) size *= kFan;
    const Level& nodes = levels_[level];
    for (std::uint64_t i = std::max(nodes.first, done / size); i < nodes.first + nodes.nodes.size();
         ++i) {
      visit(level, i, columns);
      done = (i + 1) * size;
    }
  }
  visitRows(open_.data(), open_.size() / row_bytes_, columns);
}

void StreamHistory::visit(std::size_t level, std::uint64_t index, Columns& columns) const {
  const Level& nodes = levels_[level];
  if (index < nodes.first || index >= nodes.first + nodes.nodes.size()) return;
  const RowSummary& rows = node(level, index);
  if (columns.isApart(rows.head)) return;
  if (columns.isFine(rows.head) && isKept(level, index)) {
    columns.include(rows);
  } else if (level == 0) {
    visitChunk(index, columns);
  } else {
    for (std::uint64_t i = index * kFan; i < (index + 1) * kFan; ++i) visit(level - 1, i, columns);
  }
}

void StreamHistory::visitChunk(std::uint64_t index, Columns& columns) const {
  const Chunk& chunk = chunks_[index - levels_[0].first];
  if (!chunk.piece) return;
  const std::size_t summaries = rowsOffset();
  const std::size_t block_bytes = kBlockRows * row_bytes_;
  columns.bytes.resize(summaries + block_bytes);
  if (!columns.ring.read(*chunk.piece, 0, std::span(columns.bytes).first(summaries))) return;
  for (std::size_t b = 0; b < blocks(); ++b) {
    columns.summary.load(columns.bytes.data() + b * (summaries / blocks()));
    if (columns.isApart(columns.summary.head)) continue;
    if (columns.isFine(columns.summary.head)) {
      columns.include(columns.summary);
      continue;
    }
    const std::span<std::byte> rows = std::span(columns.bytes).subspan(summaries);
    if (columns.ring.read(*chunk.piece, summaries + b * block_bytes, rows)) {
      visitRows(rows.data(), kBlockRows, columns);
    }
  }
}

void StreamHistory::visitRows(const std::byte* rows, std::size_t count, Columns& columns) const {
  for (std::size_t r = 0; r < count; ++r) {
    columns.summary.clear();
    columns.summary.includeRow(rows + r * row_bytes_);
    if (!columns.isApart(columns.summary.head)) columns.include(columns.summary);
  }
}

std::uint64_t StreamHistory::rowAt(std::int64_t at, const SpillRing& ring) const {
  const std::deque<RowSummary>& nodes = levels_[0].nodes;
  const auto chunk = std::partition_point(
      nodes.begin(), nodes.end(), [at](const RowSummary& rows) { return rows.head.last_at < at; });
  std::uint64_t number = openRow();
  if (chunk != nodes.end()) {
    number = (levels_[0].first + static_cast<std::uint64_t>(chunk - nodes.begin())) * chunk_rows_;
  }
  for (const SensorMoment& row : rows(number, chunk_rows_, ring)) {
    if (row.at >= at) return row.row;
  }
  return chunk != nodes.end() ? number : extent_.rows;
}

std::vector<SensorMoment> StreamHistory::rows(std::uint64_t number, std::size_t most,
                                              const SpillRing& ring) const {
  std::vector<SensorMoment> found;
  if (number < extent_.first || number >= extent_.rows) return found;
  const std::size_t within = number % chunk_rows_;
  const std::size_t end = number >= openRow() ? open_.size() / row_bytes_ : chunk_rows_;
  const std::size_t count = std::min(most, end - within);
  std::vector<std::byte> bytes;
  const std::byte* from = open_.data() + within * row_bytes_;
  if (number < openRow()) {
    const Chunk& chunk = chunks_[number / chunk_rows_ - levels_[0].first];
    bytes.resize(count * row_bytes_);
    if (!chunk.piece || !ring.read(*chunk.piece, rowsOffset() + within * row_bytes_, bytes)) {
      return found;
    }
    from = bytes.data();
  }
  found.reserve(count);
  for (std::size_t r = 0; r < count; ++r) {
    found.push_back(unpacked(from + r * row_bytes_, number + r));
  }
  return found;
}

SensorMoment StreamHistory::unpacked(const std::byte* row, std::uint64_t number) const {
  PackedHead head;
  std::memcpy(&head, row, sizeof head);
  SensorMoment moment;
  moment.row = number;
  moment.at = head.at;
  moment.p = head.p;
  moment.score = head.score;
  moment.warming_up = (head.flags & PackedHead::kWarmingUp) != 0;
  moment.muted = (head.flags & PackedHead::kMuted) != 0;
  if (head.alert != 0) moment.alert_id = alerts_[head.alert - 1];
  moment.cells.resize(extent_.channels.size());
  if (!moment.cells.empty()) {
    std::memcpy(moment.cells.data(), row + sizeof head, moment.cells.size() * sizeof(SensorCell));
  }
  return moment;
}

}  // namespace hiss
