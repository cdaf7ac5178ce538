// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/monitor/core/alert_book.h"
#include "app/engine/monitor/core/latency_histogram.h"
#include "app/engine/monitor/core/replay_clock.h"
#include "app/engine/monitor/core/saved_state.h"
#include "app/engine/monitor/core/stream_table.h"
#include "app/engine/monitor/file_lock.h"
#include "app/engine/monitor/monitor_config.h"
#include "app/engine/monitor/sink.h"
#include "app/engine/monitor/source.h"

namespace hiss {

// How far one source has been scored within a shard.
struct SourcePlace {
  std::string source;  // Endpoint::name
  bool is_live = false;
  std::uint64_t position = 0;
  ReplayClock clock;
  std::int64_t next_check_ns = 0;  // of `clock`: no stream of a replay falls silent before
};

// What the engine's thread does with rows: finds their streams, has them judged, tells the sinks.
// All on that one thread.
class Engine {
 public:
  using MakeDetector = std::function<std::unique_ptr<AnomalyDetector>()>;

  static constexpr int kMainShard = 0;

  Engine(const MonitorConfig& config, MakeDetector make_detector, MonitorLog& log);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Sources. A lane must be known before its first row; `source` may be null and must live as long
  // as rows of it come.
  void addLane(int lane, const std::string& name, bool is_live, Source* source);
  void removeLane(int lane);
  [[nodiscard]] std::uint64_t position(const std::string& source) const;  // in the main shard

  // Sinks that are open.
  void addSink(const std::string& name, std::unique_ptr<Sink> sink);
  std::unique_ptr<Sink> removeSink(const std::string& name);
  [[nodiscard]] std::string token(const std::string& sink) const;  // of the state
  [[nodiscard]] bool knowsToken(const std::string& sink) const { return tokens_.contains(sink); }
  void closeSinks() noexcept;

  // One row. `arrived` rows wait for flush().
  void score(int lane, const Observation& row);
  // All that was scored goes out, and counts as late as now.
  void flush();
  // Once a second or so: silence of live streams, mutes that end. `caught_up`: no rows wait.
  void tick(bool caught_up);

  // Shards. `state`: empty for a new one.
  // `lane`: the source whose rows are in it; 0: of the main shard. Throws Failure(kInput), which
  // calls the state `file`.
  void openShard(int shard, const std::string& name, int lane, std::optional<SavedShard> state,
                 std::optional<FileLock> lock, const std::string& file);
  // Its lock, to be kept until its state is written.
  std::optional<FileLock> removeShard(int shard);
  // Sinks make durable what they have.
  void checkpointSinks();
  // All of a shard now. With many streams that takes a while.
  [[nodiscard]] SavedShard save(int shard) const;
  // The same of all shards without making rows wait: from beginSaving() on each stream is taken
  // before its next row, the others by and by, so that all are as they were at that moment.
  void beginSaving();
  [[nodiscard]] bool isSaving() const { return is_saving_; }
  // For about so long. True: all are taken.
  bool saveSome(std::chrono::nanoseconds least);
  // The shards of beginSaving() that there still are, by number. Ends it.
  std::vector<std::pair<int, SavedShard>> takeSaved();
  void abandonSaving();
  [[nodiscard]] std::map<std::string, SavedPlace> places(int shard) const;
  [[nodiscard]] std::vector<std::pair<int, std::string>> shards() const;  // number, name
  [[nodiscard]] const std::string& nameOf(int shard) const { return shards_.at(shard).name; }
  // What was saved is on disk: the sources may forget it.
  void saved(int shard, const std::map<std::string, SavedPlace>& places);

  // People.
  [[nodiscard]] std::vector<AlertEvent> alerts(std::size_t most) const {
    return book_.newest(most);
  }
  bool acknowledge(const std::string& id, const std::string& note);
  bool label(const std::string& id, const std::string& label, const std::string& note);
  void mute(const std::string& glob, double seconds);
  void setRules(const MonitorConfig& config);
  [[nodiscard]] std::shared_ptr<StateTap> stateTap(const std::string& stream) const;

  void fill(MonitorStatus& status) const;
  void countDropped(std::uint64_t rows) { dropped_ += rows; }

 private:
  struct Lane {
    std::string name;
    bool is_live = false;
    Source* source = nullptr;
  };
  struct Shard {
    std::string name;
    std::unique_ptr<StreamTable> table;
    std::map<std::string, SourcePlace> places;
    std::map<int, SourcePlace*> by_lane;
    std::optional<FileLock> lock;
    std::optional<SavedShard> saving;  // of beginSaving(); streams that are not taken yet are empty
    std::size_t next_to_save = 0;      // of the table's streams: those before are taken
  };
  struct SinkSlot {
    std::string name;
    std::unique_ptr<Sink> sink;
  };

  std::unique_ptr<StreamTable> makeTable();
  std::unique_ptr<StreamWatch> makeWatch(const std::string& name,
                                         const std::vector<std::string>& channels, bool has_seconds,
                                         bool also_ignored);
  void restore(Shard& shard, SavedShard&& state, const std::string& file);
  [[nodiscard]] SavedShard savedWithoutStreams(int shard) const;
  // To be called before anything about a stream changes that a state holds.
  static void touch(Stream& stream);
  SourcePlace& placeOf(Shard& shard, int lane);
  void scoreStream(Stream& stream, SourcePlace& place, const Observation& row);
  void findSilent(Shard& shard, SourcePlace& place);
  [[nodiscard]] WatchMoment momentOf(const Stream& stream) const;
  void tellEvents();
  void tell(const AlertEvent& event);
  void applyMutes();

  MonitorConfig config_;
  MakeDetector make_detector_;
  MonitorLog& log_;
  StreamLimits limits_;
  StreamCounts counts_;
  std::map<int, Lane> lanes_;
  std::map<int, Shard> shards_;
  std::map<int, int> lane_of_;  // by shard, those that were closed, too; not of the main one
  std::vector<SinkSlot> sinks_;
  std::map<std::string, std::string> tokens_;
  std::vector<SavedMute> mutes_;
  AlertBook book_;
  LatencyHistogram latency_;
  std::vector<Stream*> found_;
  std::vector<AlertEvent> events_;
  std::vector<std::int64_t> arrivals_;  // of rows since the newest flush
  std::int64_t began_ns_ = 0;           // steady clock
  std::int64_t wall_ns_ = 0;            // now, to some 10 ms
  std::int64_t newest_arrival_ns_ = 0;
  std::int64_t rotated_ns_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t values_ = 0;
  std::uint64_t alerts_ = 0;
  std::uint64_t dropped_ = 0;
  std::int64_t model_ns_ = 0;
  bool is_saving_ = false;
};

}  // namespace hiss
