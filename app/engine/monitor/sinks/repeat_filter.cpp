// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/repeat_filter.h"

#include <functional>

namespace hiss {
namespace {

std::uint64_t hashOf(std::string_view key) { return std::hash<std::string_view>()(key); }

}  // namespace

bool RepeatFilter::expect(std::string_view key, std::uint64_t position) {
  if (records_.size() >= kMostRecords) return false;
  const std::uint64_t hash = hashOf(key);
  index_.emplace(hash, records_.size());
  records_.push_back({hash, position});
  return true;
}

bool RepeatFilter::isRepeat(std::string_view key) {
  if (isEmpty()) return false;
  const std::uint64_t hash = hashOf(key);
  const auto [begin, end] = index_.equal_range(hash);
  if (begin == end) return false;
  // Of equal ones the oldest, so that earliest() moves on.
  auto oldest = begin;
  for (auto at = begin; at != end; ++at) {
    if (at->second < oldest->second) oldest = at;
  }
  const std::size_t index = oldest->second;
  index_.erase(oldest);
  take(index);
  return true;
}

void RepeatFilter::take(std::size_t index) {
  came_ = true;
  records_[index].came = true;
  while (first_ < records_.size() && records_[first_].came) ++first_;
  if (isEmpty()) clear();
}

std::optional<std::uint64_t> RepeatFilter::earliest() const {
  if (isEmpty()) return std::nullopt;
  return records_[first_].position;
}

void RepeatFilter::countCheckpoint() {
  quiet_ = came_ ? 0 : quiet_ + 1;
  came_ = false;
  if (quiet_ >= kQuietCheckpoints) clear();
}

void RepeatFilter::clear() {
  records_ = {};
  index_ = {};
  first_ = 0;
  quiet_ = 0;
}

}  // namespace hiss
