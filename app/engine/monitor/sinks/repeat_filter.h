// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hiss {

// Knows what a run that died wrote after its last state, so that a sink leaves it out when the same
// rows are scored again. Keys are kept as 64 bits; positions are the sink's own, rising.
// Not thread-safe.
class RepeatFilter {
 public:
  // Records remembered; what was written beyond comes twice, with the same ids.
  static constexpr std::size_t kMostRecords = 2'000'000;
  // So many checkpoints in a row without a repeat, and what has not come will not come any more:
  // its source cannot send it again.
  static constexpr int kQuietCheckpoints = 3;

  // False: too many.
  bool expect(std::string_view key, std::uint64_t position);
  [[nodiscard]] bool isEmpty() const { return first_ == records_.size(); }
  // Whether it was written before; once for each time it was.
  bool isRepeat(std::string_view key);
  // Where the first one lies that has not come again.
  [[nodiscard]] std::optional<std::uint64_t> earliest() const;
  void countCheckpoint();
  void clear();

 private:
  struct Record {
    std::uint64_t key = 0;
    std::uint64_t position = 0;
    bool came = false;
  };
  void take(std::size_t index);

  std::vector<Record> records_;
  std::unordered_multimap<std::uint64_t, std::size_t> index_;  // of those that have not come
  std::size_t first_ = 0;                                      // the first that has not come
  bool came_ = false;                                          // one did since the last checkpoint
  int quiet_ = 0;
};

}  // namespace hiss
