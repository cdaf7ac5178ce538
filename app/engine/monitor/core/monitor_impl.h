// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/engine/monitor/core/engine.h"
#include "app/engine/monitor/core/inbox.h"
#include "app/engine/monitor/core/state_keeper.h"
#include "app/engine/monitor/monitor.h"

namespace hiss {

// What a Monitor is made of.
struct Monitor::Impl {
  // The monitor as one source sees it.
  class Host final : public SourceHost {
   public:
    Host(Impl& impl, int lane) : impl_(impl), lane_(lane) {}
    bool push(Observation&& row) override { return impl_.inbox.push(lane_, std::move(row)); }
    bool offer(Observation&& row) override { return impl_.inbox.offer(lane_, std::move(row)); }
    void finish() override {
      finished_ = true;
      impl_.inbox.wake();
    }
    Shard openShard(const std::string& name) override { return impl_.openShard(lane_, name); }
    void closeShard(int shard, bool save) override { impl_.closeShard(shard, save); }

    [[nodiscard]] bool isFinished() const { return finished_; }

   private:
    Impl& impl_;
    int lane_;
    std::atomic<bool> finished_{false};
  };
  struct SourceSlot {
    Endpoint endpoint;
    int lane = 0;
    std::unique_ptr<Host> host;
    std::unique_ptr<Source> source;
  };
  using Clock = std::chrono::steady_clock;

  Impl(const MonitorConfig& wanted, MakeDetector make_detector, MonitorLog& monitor_log,
       Makers monitor_makers);
  ~Impl();

  // Any thread.
  SourceHost::Shard openShard(int lane, const std::string& name);
  void closeShard(int shard, bool save);
  [[nodiscard]] MonitorStatus status() const;
  void reload(const MonitorConfig& wanted);
  void save();
  [[nodiscard]] bool allEnded() const;

  // The engine's thread.
  void run();
  void openSinks();
  void process(std::vector<Inbox::Item>& batch);
  std::future<void> saveLater();  // not valid: a sink could not
  void saveFirst();
  void beginSave();
  void goOnSaving();
  std::vector<StateKeeper::File> snapshot();
  void publishStatus();
  void shutDown(bool is_good);

  // Of reload(), and of the start.
  std::unique_ptr<SourceSlot> makeSlot(const Endpoint& endpoint);
  void startSource(std::unique_ptr<SourceSlot> slot, std::uint64_t position);
  void closeSink(const std::string& name);
  void restoreSinks(const std::vector<Endpoint>& before);
  void exchangeSinks(const std::vector<Endpoint>& wanted);
  void exchangeSources(const std::vector<Endpoint>& wanted);
  void exchangeSource(const std::string& name, std::unique_ptr<SourceSlot> fresh);

  MonitorLog& log;
  Makers makers;
  MonitorConfig config;  // of the engine's thread once it runs, and of reload()
  Inbox inbox;
  Engine engine;
  SinkContext sink_context;
  std::string main_name;                             // of the main shard
  std::unique_ptr<StateKeeper> keeper;               // none: no state folder
  std::vector<std::unique_ptr<Sink>> sinks_to_open;  // until run(); as config.sinks
  std::vector<Endpoint> open_sinks;                  // of the engine's thread
  std::atomic<bool> stopping{false};
  std::atomic<int> exchanging{0};  // sources
  std::atomic<int> next_shard{0};
  std::atomic<double> save_every_seconds{60.0};
  std::mutex reloading;  // held while sources are exchanged or stopped
  bool ended = false;    // with `reloading`
  std::vector<std::unique_ptr<SourceSlot>> retired;
  mutable std::mutex sources_mutex;
  std::vector<std::unique_ptr<SourceSlot>> sources;
  mutable std::mutex status_mutex;
  std::shared_ptr<const MonitorStatus> newest_status;
  std::string final_problem;  // of the last save
};

// Names that differ: a second one of the same name gets "#2". Changes `endpoints`.
void makeNamesUnique(std::vector<Endpoint>& endpoints);

// Whether two of the same name are asked for alike.
bool isSameEndpoint(const Endpoint& a, const Endpoint& b);

}  // namespace hiss
