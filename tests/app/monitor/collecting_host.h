// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/monitor/source.h"

namespace hiss {

// A monitor for tests of sources: keeps what it is given. [thread-safe]
class CollectingHost final : public SourceHost {
 public:
  bool push(Observation&& row) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || rows_.size() < room_; });
    if (stopped_) return false;
    rows_.push_back(std::move(row));
    changed_.notify_all();
    return true;
  }
  bool offer(Observation&& row) override {
    const std::lock_guard lock(mutex_);
    if (stopped_ || rows_.size() >= room_) return false;
    rows_.push_back(std::move(row));
    changed_.notify_all();
    return true;
  }
  void finish() override {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_.notify_all();
  }
  Shard openShard(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    if (taken_.contains(name)) {
      ++refused_;
      changed_.notify_all();
      return {0, false, 0, true};
    }
    opened_.push_back(name);
    changed_.notify_all();
    const auto found = positions_.find(name);
    const int shard = static_cast<int>(opened_.size());
    return {shard, found != positions_.end(), found != positions_.end() ? found->second : 0};
  }
  void closeShard(int shard, bool save) override {
    const std::lock_guard lock(mutex_);
    closed_.emplace_back(shard, save);
    changed_.notify_all();
  }

  void setRoom(std::size_t rows) {
    const std::lock_guard lock(mutex_);
    room_ = rows;
    changed_.notify_all();
  }
  void setPosition(const std::string& shard, std::uint64_t position) {
    positions_[shard] = position;
  }
  // Another process holds the state of this shard, or does so no more.
  void setTaken(const std::string& shard, bool taken) {
    const std::lock_guard lock(mutex_);
    if (taken) taken_.insert(shard);
    if (!taken) taken_.erase(shard);
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  // As if no source had ended; the rows stay.
  void restart() {
    const std::lock_guard lock(mutex_);
    finished_ = false;
  }
  // After stop(), for the next source.
  void resume() {
    const std::lock_guard lock(mutex_);
    stopped_ = false;
  }
  // Waits at most `seconds`; whether it came to that.
  bool waitForRows(std::size_t count, double seconds = 10.0) {
    return waitFor([&] { return rows_.size() >= count; }, seconds);
  }
  bool waitForShards(std::size_t opened, std::size_t closed, double seconds = 10.0) {
    return waitFor([&] { return opened_.size() >= opened && closed_.size() >= closed; }, seconds);
  }
  // Openings that were refused as taken.
  bool waitForRefused(std::size_t count, double seconds = 10.0) {
    return waitFor([&] { return refused_ >= count; }, seconds);
  }
  bool waitForEnd(double seconds = 10.0) {
    return waitFor([&] { return finished_; }, seconds);
  }
  std::vector<Observation> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  bool finished() const {
    const std::lock_guard lock(mutex_);
    return finished_;
  }
  std::vector<std::string> opened() const {
    const std::lock_guard lock(mutex_);
    return opened_;
  }
  std::vector<std::pair<int, bool>> closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  template <typename Condition>
  bool waitFor(Condition condition, double seconds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::duration<double>(seconds), condition);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Observation> rows_;
  std::size_t room_ = 10'000'000;
  bool finished_ = false;
  bool stopped_ = false;
  std::vector<std::string> opened_;
  std::vector<std::pair<int, bool>> closed_;
  std::map<std::string, std::uint64_t> positions_;
  std::set<std::string> taken_;
  std::size_t refused_ = 0;
};

}  // namespace hiss
