// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "app/engine/monitor/core/stream_watch.h"
#include "app/engine/monitor/monitor_log.h"
#include "app/engine/monitor/observation.h"

namespace hiss {

struct SavedStream;
struct SourcePlace;

// A stream of the table and what the engine knows of it besides.
struct Stream {
  std::string name;
  std::vector<std::string> channels;
  bool has_seconds = false;
  bool ignored = false;                            // by its rules
  std::unique_ptr<StreamWatch> watch;              // none: it has been ignored since the start
  std::vector<double> values;                      // [channels] of the row that is to be scored
  SourcePlace* place = nullptr;                    // where its newest row came from
  std::int64_t arrived_ns = 0;                     // its newest row, or the start; steady clock
  std::optional<std::int64_t> replay_ns;           // when it was last seen, by the ReplayClock
  std::unordered_map<std::string, int> numbers;    // of channels
  std::unordered_map<std::string, Stream*> extra;  // streams of fields that came later
  bool muted_by_hand = false;
  SavedStream* unsaved =
      nullptr;  // where it goes in a state that is being taken; none: it is there
};

// How many streams and channels there may be, in all tables of a monitor together.
struct StreamLimits {
  std::uint64_t most_streams = 10000;
  int most_channels = 256;
  static constexpr std::size_t kMostNameBytes = 1024;
};

// What is shared by the tables of a monitor. Counts since the start.
struct StreamCounts {
  std::uint64_t streams = 0;  // that there are
  std::uint64_t refused = 0;  // streams beyond the limit, as far as they can be told apart
  std::uint64_t dropped = 0;  // rows of refused streams
};

// The streams of a shard, by name. A stream has the channels of its first row. A field that comes
// later makes a stream of its own, STREAM#FIELD; channels that a row lacks are missing in it, and a
// row without any channel of a stream adds nothing to it. To a stream with as many channels as
// there may be, later fields are lost. Not thread-safe.
class StreamTable {
 public:
  // Makes the watch of a new stream; none: it is to be ignored.
  using MakeWatch = std::function<std::unique_ptr<StreamWatch>(
      const std::string& name, const std::vector<std::string>& channels, bool has_seconds)>;

  StreamTable(const StreamLimits& limits, StreamCounts& counts, MakeWatch make_watch,
              MonitorLog& log)
      : limits_(limits), counts_(counts), make_watch_(std::move(make_watch)), log_(log) {}
  StreamTable(const StreamTable&) = delete;
  StreamTable& operator=(const StreamTable&) = delete;
  ~StreamTable() { counts_.streams -= streams_.size(); }

  // Finds or makes the streams that the row adds to, sets their `values`, and appends them to
  // `found`. Those that are ignored are not among them.
  void take(const Observation& row, std::vector<Stream*>& found);

  // A stream of a saved state. Beyond the limits too: what was taken once is not given up.
  Stream& restore(std::string name, std::vector<std::string> channels, bool has_seconds,
                  std::unique_ptr<StreamWatch> watch);

  // In the order in which they came.
  [[nodiscard]] const std::vector<std::unique_ptr<Stream>>& streams() const { return streams_; }
  [[nodiscard]] Stream* find(const std::string& name) const;

 private:
  Stream* findOrMake(const std::string& name, const Observation& row, std::size_t only_field);
  void takeByName(const Observation& row, Stream& stream, std::vector<Stream*>& found);
  void refuse(const std::string& name);

  static constexpr std::size_t kAllFields = static_cast<std::size_t>(-1);

  const StreamLimits& limits_;
  StreamCounts& counts_;
  MakeWatch make_watch_;
  MonitorLog& log_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::unordered_map<std::string_view, Stream*> by_name_;  // keys: Stream::name
  std::unordered_set<std::size_t> refused_;                // hashes of names, so many at most
};

}  // namespace hiss
