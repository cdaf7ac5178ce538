// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/monitor_log.h"
#include "app/engine/monitor/observation.h"

namespace hiss {

// What the monitor is to one source. [thread-safe], called from the source's own threads.
class SourceHost {
 public:
  SourceHost() = default;
  SourceHost(const SourceHost&) = delete;
  SourceHost& operator=(const SourceHost&) = delete;
  virtual ~SourceHost() = default;

  // Hands a row over and waits while the monitor has enough to do: for sources that can hold their
  // sender up. False: the monitor stops, the row was not taken.
  virtual bool push(Observation&& row) = 0;
  // The same without waiting: false also if there is no room; the row is lost and the source counts
  // it as dropped.
  virtual bool offer(Observation&& row) = 0;
  // No rows will ever follow. The monitor ends when all its sources have ended.
  virtual void finish() = 0;

  // For sources whose streams move between machines (partitions): a part of the source with a state
  // file of its own. Waits till the engine has loaded it.
  struct Shard {
    int shard = 0;  // for Observation::shard
    bool has_state = false;
    std::uint64_t position = 0;  // where to go on, if there is a state
    bool taken = false;          // another process holds the state: nothing was opened, ask again
  };
  // The state file is locked (FileLock) from here until closeShard() or the monitor's end, so that
  // a worker that was believed dead and one that follows it cannot both write it. Does not wait
  // for the lock. Throws Failure (kInput: the state is damaged; kCancelled: the monitor stops).
  virtual Shard openShard(const std::string& name) = 0;
  // Waits till all rows pushed before are scored and, if `save`, the state is on disk. Afterwards
  // no row of it may come. While the monitor stops it returns at once: the monitor saves its
  // shards itself then, and holds their locks until it has.
  virtual void closeShard(int shard, bool save) = 0;
};

// How a source does; counts since its start.
struct SourceStatus {
  std::string uri;  // without password
  bool connected = false;
  bool ended = false;
  std::uint64_t rows = 0;
  std::uint64_t malformed = 0;  // messages or lines that held no row
  std::uint64_t dropped = 0;    // rows lost because the monitor was too slow, or too large
  std::uint64_t reconnects = 0;
  std::string problem;  // why it is not connected; empty: none
};

// A place where rows come from. `start` and `stop` once each, from one thread.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  // Begins to deliver to `host` (which outlives stop()) from threads of its own. A source that can
  // goes on at `position` (0: from its beginning). Only what can never work throws Failure
  // (kInput: no such file; kUsage); what may come to work, such as an unreachable broker, is tried
  // again with growing pauses and said once.
  virtual void start(SourceHost& host, std::uint64_t position) = 0;
  // Returns when nothing will be delivered any more. A push() that waits returns false before.
  virtual void stop() noexcept = 0;

  // Rows up to `position` of `shard` are in a state on disk. Engine thread; must not wait.
  virtual void saved(int shard, std::uint64_t position) noexcept {
    static_cast<void>(shard);
    static_cast<void>(position);
  }
  // Whether rows come when they are measured, so that silence means something; else (replay) time
  // is what the stamps say. [thread-safe]
  [[nodiscard]] virtual bool isLive() const noexcept = 0;
  // Whether it can go on at a position, so that a restarted monitor misses nothing. [thread-safe]
  [[nodiscard]] virtual bool isDurable() const noexcept = 0;
  // Whether all its rows are of shards that it opens. Monitors that have such sources only may
  // share a state folder. [thread-safe]
  [[nodiscard]] virtual bool isSharded() const noexcept { return false; }
  [[nodiscard]] virtual SourceStatus status() const = 0;  // [thread-safe]
};

// By the scheme of `endpoint`. Throws Failure(kUsage): unknown scheme, unknown or bad option, or a
// kind that this build lacks.
std::unique_ptr<Source> makeSource(const Endpoint& endpoint, MonitorLog& log);

}  // namespace hiss
