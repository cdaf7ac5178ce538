// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/monitor.h"

namespace hiss {

// Sources and sinks for tests of the monitor: "test:NAME" delivers the rows that the plant has for
// NAME, from a position on; what sinks of "test:NAME" got stands in the plant. [thread-safe]
class TestPlant {
 public:
  struct Script {
    std::vector<Observation> rows;  // positions are given by their places
    bool is_live = false;           // then it does not end
    bool is_bad = false;            // cannot be started
    std::string shard;              // opens it first
  };

  void setScript(const std::string& name, Script script) {
    const std::lock_guard lock(mutex_);
    scripts_[name] = std::move(script);
  }
  void addRows(const std::string& name, const std::vector<Observation>& rows) {
    const std::lock_guard lock(mutex_);
    for (const Observation& row : rows) scripts_[name].rows.push_back(row);
    changed_.notify_all();
  }
  void closeShard(bool save) {
    const std::lock_guard lock(mutex_);
    close_shard_ = save ? 1 : 2;
    changed_.notify_all();
  }

  Monitor::Makers makers() {
    Monitor::Makers makers;
    makers.source = [this](const Endpoint& endpoint, MonitorLog&) -> std::unique_ptr<Source> {
      note("make source " + endpoint.uri.path);
      return std::make_unique<PlantSource>(*this, endpoint.uri.path);
    };
    makers.sink = [this](const Endpoint& endpoint, const SinkContext&) -> std::unique_ptr<Sink> {
      note("make sink " + endpoint.uri.path);
      return std::make_unique<PlantSink>(*this, endpoint);
    };
    return makers;
  }

  // What happened, in order: "open sink NAME TOKEN", "start source NAME POSITION", ...
  std::vector<std::string> notes() const {
    const std::lock_guard lock(mutex_);
    return notes_;
  }
  bool hasNote(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return isNoted(text);
  }
  bool waitForNote(const std::string& text) {
    return waitFor([&] { return isNoted(text); });
  }
  std::vector<std::string> lines(const std::string& sink = "out") const {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(sink);
    return found == lines_.end() ? std::vector<std::string>() : found->second;
  }
  bool waitForLines(std::size_t count, const std::string& sink = "out") {
    return waitFor([&] { return lines_[sink].size() >= count; });
  }
  std::vector<AlertEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  bool waitForEvents(std::size_t count) {
    return waitFor([&] { return events_.size() >= count; });
  }
  // As the next run does with what a dead one wrote after its last state.
  void cutLines(const std::string& sink, std::size_t count) {
    const std::lock_guard lock(mutex_);
    lines_[sink].resize(std::min(lines_[sink].size(), count));
  }

 private:
  class PlantSource final : public Source {
   public:
    PlantSource(TestPlant& plant, std::string name) : plant_(plant), name_(std::move(name)) {}
    ~PlantSource() override { stop(); }

    void start(SourceHost& host, std::uint64_t position) override {
      plant_.note(fmt::format("start source {} {}", name_, position));
      {
        const std::lock_guard lock(plant_.mutex_);
        if (plant_.scripts_[name_].is_bad) {
          throw Failure(FailureKind::kInput, name_, "a good source", "a bad one");
        }
      }
      thread_ = std::thread([this, &host, position] { deliver(host, position); });
    }
    void stop() noexcept override {
      if (!thread_.joinable()) return;
      {
        const std::lock_guard lock(plant_.mutex_);
        stopping_ = true;
        plant_.changed_.notify_all();
      }
      thread_.join();
      plant_.note("stop source " + name_);
    }
    void saved(int shard, std::uint64_t position) noexcept override {
      plant_.note(fmt::format("saved {} {} {}", name_, shard, position));
    }
    bool isLive() const noexcept override {
      const std::lock_guard lock(plant_.mutex_);
      return plant_.scripts_[name_].is_live;
    }
    bool isDurable() const noexcept override { return true; }
    SourceStatus status() const override { return {}; }

   private:
    void deliver(SourceHost& host, std::uint64_t position) {
      SourceHost::Shard shard;
      std::unique_lock lock(plant_.mutex_);
      const std::string shard_name = plant_.scripts_[name_].shard;
      if (!shard_name.empty()) {
        lock.unlock();
        try {
          shard = host.openShard(shard_name);
        } catch (const Failure& failure) {
          return plant_.note(fmt::format("failed {}", failure.what()));
        }
        plant_.note(fmt::format("opened {} {} {}", shard.has_state, shard.position, shard.taken));
        if (shard.taken) return host.finish();
        position = shard.position;
        lock.lock();
      }
      for (std::uint64_t at = position; !stopping_; ++at) {
        Script& script = plant_.scripts_[name_];
        plant_.changed_.wait(lock, [&] {
          return stopping_ || at < script.rows.size() || !script.is_live ||
                 plant_.close_shard_ != 0;
        });
        if (at >= script.rows.size() || stopping_) break;
        Observation row = script.rows[at];
        row.shard = shard.shard;
        row.next_position = at + 1;
        row.arrived_ns =
            std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
        lock.unlock();
        const bool taken = host.push(std::move(row));
        lock.lock();
        if (!taken) break;
      }
      const int close = plant_.close_shard_;
      lock.unlock();
      if (shard.shard != 0 && close != 0) {
        host.closeShard(shard.shard, close == 1);
        plant_.note("closed");
      }
      host.finish();
    }

    TestPlant& plant_;
    std::string name_;
    bool stopping_ = false;
    std::thread thread_;
  };

  class PlantSink final : public Sink {
   public:
    PlantSink(TestPlant& plant, const Endpoint& endpoint)
        : plant_(plant), name_(endpoint.uri.path), is_bad_(endpoint.options.contains("bad")) {}

    void open(const std::string& token) override {
      plant_.note(fmt::format("open sink {} {}", name_, token));
      if (is_bad_) throw Failure(FailureKind::kOutput, name_, "a good sink", "a bad one");
      if (!token.empty()) plant_.cutLines(name_, std::stoul(token));
    }
    void score(const ScoredRow& row) override {
      add(fmt::format("{} {} {} {:.17g} {:.17g} {} {}", row.stream, row.row,
                      row.stamp_ns.value_or(-1), row.values[0], row.score, row.warming_up,
                      row.alert_id));
    }
    void alert(const AlertEvent& event) override {
      add(fmt::format("alert {} {} {} {}", event.id, nameOf(event.kind), nameOf(event.phase),
                      event.stream));
      const std::lock_guard lock(plant_.mutex_);
      plant_.events_.push_back(event);
      plant_.changed_.notify_all();
    }
    void flush() override {}
    std::string checkpoint() override {
      const std::lock_guard lock(plant_.mutex_);
      return std::to_string(plant_.lines_[name_].size());
    }
    void close() noexcept override { plant_.note("close sink " + name_); }
    SinkStatus status() const override { return {}; }

   private:
    void add(std::string line) {
      const std::lock_guard lock(plant_.mutex_);
      plant_.lines_[name_].push_back(std::move(line));
      plant_.changed_.notify_all();
    }

    TestPlant& plant_;
    std::string name_;
    bool is_bad_ = false;
  };

  bool isNoted(const std::string& text) const {
    return std::find(notes_.begin(), notes_.end(), text) != notes_.end();
  }
  void note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(text);
    changed_.notify_all();
  }
  template <typename Condition>
  bool waitFor(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), condition);
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Script> scripts_;
  std::map<std::string, std::vector<std::string>> lines_;
  std::vector<AlertEvent> events_;
  std::vector<std::string> notes_;
  int close_shard_ = 0;  // 1: with, 2: without a state
};

}  // namespace hiss
