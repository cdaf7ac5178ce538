// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/engine/history/spill_ring.h"
#include "app/engine/history/stream_history.h"
#include "models/sensor_view.h"

namespace hiss {

struct ScoredRow;

// All rows of all streams with their verdicts, beyond what memory holds: the newest rows of each
// stream and a summary of the others are in memory, the rows themselves in a temporary file of
// bounded size, of which the oldest go first. [thread-safe]; add() waits for a question at most
// some tenths of a millisecond, for long ones are answered in slices.
class SensorHistory {
 public:
  static constexpr std::uint64_t kUsualBytes = std::uint64_t{2} << 30;

  // Throws Failure(kOutput) if there can be no temporary file.
  explicit SensorHistory(std::uint64_t most_bytes = kUsualBytes);

  void add(const ScoredRow& row);

  // Empty: there is no such stream.
  [[nodiscard]] std::optional<SensorExtent> extent(std::string_view stream) const;
  // The range [begin, end) in `columns` >= 1 columns, of at most `most_channels` channels. Empty:
  // no such stream, or no range.
  [[nodiscard]] std::optional<SensorLanes> lanes(std::string_view stream, std::int64_t begin,
                                                 std::int64_t end, std::size_t columns,
                                                 std::size_t most_channels) const;
  // The row that stands nearest to a moment.
  [[nodiscard]] std::optional<SensorMoment> nearest(std::string_view stream, std::int64_t at) const;
  // The moment of the row that is so many rows before the newest, or of the oldest.
  [[nodiscard]] std::int64_t momentBefore(std::string_view stream, std::uint64_t rows) const;
  // Every row of [begin, end) in order; `visit` returns false to end it. What is lost while it runs
  // is passed over. Returns the number of rows.
  std::uint64_t forEach(std::string_view stream, std::int64_t begin, std::int64_t end,
                        const std::function<bool(const SensorMoment&)>& visit) const;

  // What the newest row of a stream said.
  struct Newest {
    std::string stream;
    std::uint64_t rows = 0;
    double score = 0.0;
    bool warming_up = false;
    bool muted = false;
    bool has_alert = false;
  };
  // Of all streams, in the order in which they came.
  [[nodiscard]] std::vector<Newest> newest() const;

  struct Use {
    std::uint64_t bytes_on_disk = 0;
    std::uint64_t rows_lost = 0;  // that the disk did not take
    std::string problem;          // why; empty: none
  };
  [[nodiscard]] Use use() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  [[nodiscard]] const StreamHistory* find(std::string_view stream) const;

  mutable std::mutex mutex_;
  SpillRing ring_;
  std::vector<std::unique_ptr<StreamHistory>> streams_;
  std::vector<std::string> names_;  // of them
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> numbers_;
  std::uint64_t rows_lost_ = 0;
};

}  // namespace hiss
