// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/engine/monitor/core/saved_state.h"
#include "app/engine/monitor/monitor_log.h"

namespace hiss {

// Writes states to disk on a thread of its own, one after the other. [thread-safe]
class StateKeeper {
 public:
  struct File {
    int shard = 0;
    std::string name;  // of the shard
    SavedShard state;
  };
  // Of one shard that is on disk: the places that stand in it. Called from the keeper's thread.
  using OnSaved = std::function<void(int shard, const std::map<std::string, SavedPlace>& places)>;
  struct Progress {
    std::int64_t saved_ns = 0;  // when all of the newest files were on disk; steady clock; 0: never
    std::uint64_t bytes = 0;    // of them
    std::string problem;        // empty: none
  };

  // Removes what a dead run left unfinished in `folder`, which it makes. Throws Failure(kOutput).
  StateKeeper(std::filesystem::path folder, MonitorLog& log, OnSaved on_saved);
  // Writes what waits.
  ~StateKeeper();
  StateKeeper(const StateKeeper&) = delete;
  StateKeeper& operator=(const StateKeeper&) = delete;

  // The file of a shard; names may hold anything.
  [[nodiscard]] std::filesystem::path fileOf(const std::string& name) const;

  // The future throws Failure(kOutput); who does not ask it finds the failure in the log.
  std::future<void> write(std::vector<File> files);
  // Why there was nothing to write when it was time.
  void tellNotSaved(const std::string& why);
  // Whether files wait or are being written.
  [[nodiscard]] bool isBusy() const;
  [[nodiscard]] Progress progress() const;

 private:
  struct Job {
    std::vector<File> files;
    std::promise<void> done;
  };
  void work();
  void doJob(Job& job);

  std::filesystem::path folder_;
  MonitorLog& log_;
  OnSaved on_saved_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool busy_ = false;
  bool ending_ = false;
  Progress progress_;
  std::thread thread_;
};

}  // namespace hiss
