// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/sensor_history.h"

#include <algorithm>
#include <limits>
#include <span>

#include "app/engine/monitor/sink.h"

namespace hiss {
namespace {

constexpr std::size_t kSlice = 64;  // columns that are answered at once
constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

SensorHistory::SensorHistory(std::uint64_t most_bytes)
    : ring_(most_bytes, [this](std::size_t owner) { streams_[owner]->dropOldest(); }) {}

void SensorHistory::add(const ScoredRow& row) {
  const std::lock_guard lock(mutex_);
  auto known = numbers_.find(row.stream);
  if (known == numbers_.end()) {
    known = numbers_.emplace(row.stream, streams_.size()).first;
    names_.push_back(known->first);
    streams_.push_back(std::make_unique<StreamHistory>(streams_.size(), row));
  }
  rows_lost_ += streams_[known->second]->add(row, ring_);
}

const StreamHistory* SensorHistory::find(std::string_view stream) const {
  const auto known = numbers_.find(stream);
  return known == numbers_.end() ? nullptr : streams_[known->second].get();
}

std::optional<SensorExtent> SensorHistory::extent(std::string_view stream) const {
  const std::lock_guard lock(mutex_);
  const StreamHistory* const found = find(stream);
  if (found == nullptr) return std::nullopt;
  return found->extent();
}

std::optional<SensorLanes> SensorHistory::lanes(std::string_view stream, std::int64_t begin,
                                                std::int64_t end, std::size_t columns,
                                                std::size_t most_channels) const {
  std::optional<SensorExtent> known = extent(stream);
  if (!known || begin >= end || columns == 0) return std::nullopt;
  SensorLanes lanes;
  lanes.stream = stream;
  lanes.begin = begin;
  lanes.end = end;
  lanes.score.assign(columns, kNothing);
  lanes.alerts.assign(columns, 0);
  lanes.lanes.resize(std::min(most_channels, known->channels.size()));
  for (std::size_t c = 0; c < lanes.lanes.size(); ++c) {
    SensorLane& lane = lanes.lanes[c];
    lane.channel = known->channels[c];
    for (auto* const values : {&lane.least, &lane.greatest, &lane.band_low, &lane.band_high}) {
      values->assign(columns, kNothing);
    }
  }
  for (std::size_t first = 0; first < columns; first += kSlice) {
    const std::lock_guard lock(mutex_);
    const StreamHistory& found = *find(stream);
    found.fill(lanes, first, std::min(columns, first + kSlice), ring_);
    lanes.extent = found.extent();
  }
  return lanes;
}

std::optional<SensorMoment> SensorHistory::nearest(std::string_view stream, std::int64_t at) const {
  const std::lock_guard lock(mutex_);
  const StreamHistory* const found = find(stream);
  if (found == nullptr) return std::nullopt;
  const std::uint64_t after = found->rowAt(at, ring_);
  std::vector<SensorMoment> rows = found->rows(after, 1, ring_);
  if (after > 0 && (rows.empty() || rows.front().at != at)) {
    std::vector<SensorMoment> before = found->rows(after - 1, 1, ring_);
    const auto farness = [at](const SensorMoment& row) {
      return row.at > at ? static_cast<std::uint64_t>(row.at) - static_cast<std::uint64_t>(at)
                         : static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(row.at);
    };
    if (!before.empty() && (rows.empty() || farness(before.front()) < farness(rows.front()))) {
      rows.swap(before);
    }
  }
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::int64_t SensorHistory::momentBefore(std::string_view stream, std::uint64_t rows) const {
  const std::lock_guard lock(mutex_);
  const StreamHistory* const found = find(stream);
  if (found == nullptr) return 0;
  const SensorExtent& extent = found->extent();
  if (extent.rows <= rows + 1 + extent.first) return extent.oldest;
  const std::vector<SensorMoment> row = found->rows(extent.rows - 1 - rows, 1, ring_);
  return row.empty() ? extent.oldest : row.front().at;
}

std::uint64_t SensorHistory::forEach(std::string_view stream, std::int64_t begin, std::int64_t end,
                                     const std::function<bool(const SensorMoment&)>& visit) const {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    const StreamHistory* const found = find(stream);
    if (found == nullptr) return 0;
    number = found->rowAt(begin, ring_);
  }
  std::uint64_t visited = 0;
  for (;;) {
    std::vector<SensorMoment> rows;
    {
      const std::lock_guard lock(mutex_);
      const StreamHistory& found = *find(stream);
      number = std::max(number, found.extent().first);
      if (number >= found.extent().rows) return visited;
      rows = found.rows(number, std::numeric_limits<std::size_t>::max(), ring_);
      number = rows.empty() ? found.nextChunk(number) : number + rows.size();
    }
    for (const SensorMoment& row : rows) {
      if (row.at >= end || !visit(row)) return visited;
      ++visited;
    }
  }
}

std::vector<SensorHistory::Newest> SensorHistory::newest() const {
  const std::lock_guard lock(mutex_);
  std::vector<Newest> newest(streams_.size());
  for (std::size_t i = 0; i < newest.size(); ++i) {
    const PackedHead& row = streams_[i]->newest();
    newest[i] = {names_[i],
                 streams_[i]->extent().rows,
                 row.score,
                 (row.flags & PackedHead::kWarmingUp) != 0,
                 (row.flags & PackedHead::kMuted) != 0,
                 row.alert != 0};
  }
  return newest;
}

SensorHistory::Use SensorHistory::use() const {
  const std::lock_guard lock(mutex_);
  return {ring_.bytes(), rows_lost_, ring_.problem()};
}

}  // namespace hiss
