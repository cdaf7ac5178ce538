// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/monitor/core/monitor_impl.h"

namespace hiss {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostOfBatch = 1024;
constexpr std::chrono::milliseconds kLinger = 5ms;  // rows gather so long
constexpr std::chrono::milliseconds kMostUnflushed = 10ms;
constexpr std::size_t kRowsBetweenLooks = 32;  // at the clock
constexpr std::chrono::seconds kTick = 1s;
constexpr std::chrono::milliseconds kSaveSlice = 2ms;  // of a batch's time
constexpr std::chrono::seconds kMostDrain = 1s;
constexpr int kMostMonitorsOfFolder = 64;
constexpr const char* kMain = "main";

double secondsBetween(std::int64_t from_ns, std::int64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) / 1e9;
}

std::int64_t steadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

}  // namespace

void makeNamesUnique(std::vector<Endpoint>& endpoints) {
  std::set<std::string> names;
  for (Endpoint& endpoint : endpoints) {
    const std::string name = endpoint.name;
    for (int i = 2; !names.insert(endpoint.name).second; ++i) {
      endpoint.name = fmt::format("{}#{}", name, i);
    }
  }
}

bool isSameEndpoint(const Endpoint& a, const Endpoint& b) {
  return a.name == b.name && a.uri.address == b.uri.address && a.uri.fragment == b.uri.fragment &&
         a.options == b.options;
}

Monitor::Impl::Impl(const MonitorConfig& wanted, MakeDetector make_detector,
                    MonitorLog& monitor_log, Makers monitor_makers)
    : log(monitor_log),
      makers(std::move(monitor_makers)),
      config(wanted),
      inbox(wanted.queue_rows),
      engine(wanted, std::move(make_detector), monitor_log),
      save_every_seconds(wanted.save_every_seconds) {
  makeNamesUnique(config.sources);
  makeNamesUnique(config.sinks);
  sink_context = {&log, [this] { return status(); }, config.state_folder.string()};
  for (const Endpoint& endpoint : config.sources) sources.push_back(makeSlot(endpoint));
  for (const Endpoint& endpoint : config.sinks) {
    sinks_to_open.push_back(makers.sink(endpoint, sink_context));
  }
  std::string name = kMain;
  std::optional<SavedShard> state;
  std::optional<FileLock> lock;
  std::string file;
  if (!config.state_folder.empty()) {
    keeper = std::make_unique<StateKeeper>(
        config.state_folder, log,
        [this](int shard, const std::map<std::string, SavedPlace>& places) {
          inbox.post([this, shard, places] { engine.saved(shard, places); });
        });
    const bool may_share =
        !sources.empty() && std::all_of(sources.begin(), sources.end(),
                                        [](const auto& slot) { return slot->source->isSharded(); });
    for (int i = 2; !(lock = FileLock::tryTake(keeper->fileOf(name).string() + ".lock")); ++i) {
      if (!may_share || i > kMostMonitorsOfFolder) {
        throw Failure(FailureKind::kOutput, config.state_folder.string(),
                      "a state folder of this monitor's own", "one that another monitor uses");
      }
      name = fmt::format("{}-{}", kMain, i);
    }
    file = keeper->fileOf(name).string();
    state = readSavedShard(file);
  }
  main_name = name;
  engine.openShard(Engine::kMainShard, name, 0, std::move(state), std::move(lock), file);
  publishStatus();
}

Monitor::Impl::~Impl() { inbox.close(); }

std::unique_ptr<Monitor::Impl::SourceSlot> Monitor::Impl::makeSlot(const Endpoint& endpoint) {
  auto slot = std::make_unique<SourceSlot>();
  slot->endpoint = endpoint;
  slot->source = makers.source(endpoint, log);
  slot->lane = inbox.openLane();
  slot->host = std::make_unique<Host>(*this, slot->lane);
  return slot;
}

SourceHost::Shard Monitor::Impl::openShard(int lane, const std::string& name) {
  SourceHost::Shard opened;
  std::optional<FileLock> lock;
  std::optional<SavedShard> state;
  std::string file = name;
  if (keeper) {
    file = keeper->fileOf(name).string();
    lock = FileLock::tryTake(file + ".lock");
    if (!lock) {
      opened.taken = true;
      return opened;
    }
    state = readSavedShard(file);
  }
  if (state) {
    const auto place = state->places.find(std::string());
    opened.has_state = place != state->places.end();
    if (opened.has_state) opened.position = place->second.position;
  }
  opened.shard = ++next_shard;
  inbox.run(
      [&] { engine.openShard(opened.shard, name, lane, std::move(state), std::move(lock), file); });
  return opened;
}

void Monitor::Impl::closeShard(int shard, bool save_it) {
  std::optional<FileLock> lock;
  std::vector<StateKeeper::File> files;
  try {
    inbox.run([&] {
      if (save_it && keeper) {
        try {
          engine.checkpointSinks();
          for (const auto& [number, name] : engine.shards()) {
            if (number == shard) files.push_back({shard, name, engine.save(shard)});
          }
        } catch (const Failure& failure) {  // who comes next scores again since the newest state
          keeper->tellNotSaved(failure.what());
        }
      }
      lock = engine.removeShard(shard);
    });
    if (!files.empty()) keeper->write(std::move(files)).get();
  } catch (const Failure&) {  // it stops and saves itself, or the keeper has told
  }
}

bool Monitor::Impl::allEnded() const {
  if (exchanging > 0) return false;
  const std::lock_guard lock(sources_mutex);
  return std::all_of(sources.begin(), sources.end(),
                     [](const auto& slot) { return slot->host->isFinished(); });
}

MonitorStatus Monitor::Impl::status() const {
  std::shared_ptr<const MonitorStatus> newest;
  {
    const std::lock_guard lock(status_mutex);
    newest = newest_status;
  }
  return *newest;
}

void Monitor::Impl::publishStatus() {
  auto fresh = std::make_shared<MonitorStatus>();
  {
    const std::lock_guard lock(sources_mutex);
    for (const auto& slot : sources) {
      fresh->sources.push_back(slot->source->status());
      SourceStatus& source = fresh->sources.back();
      source.uri = slot->endpoint.name;
      source.ended = source.ended || slot->host->isFinished();
      fresh->malformed += source.malformed;
      fresh->dropped += source.dropped;
    }
  }
  engine.fill(*fresh);
  fresh->queue_rows = static_cast<double>(inbox.rows());
  if (keeper) {
    const StateKeeper::Progress progress = keeper->progress();
    if (progress.saved_ns != 0) {
      fresh->state_age_seconds = secondsBetween(progress.saved_ns, steadyNs());
    }
    fresh->state_bytes = progress.bytes;
    fresh->state_problem = progress.problem;
  }
  const std::lock_guard lock(status_mutex);
  newest_status = std::move(fresh);
}

void Monitor::Impl::openSinks() {
  for (std::size_t i = 0; i < sinks_to_open.size(); ++i) {
    const std::string& name = config.sinks[i].name;
    sinks_to_open[i]->open(engine.token(name));
    engine.addSink(name, std::move(sinks_to_open[i]));
    open_sinks.push_back(config.sinks[i]);
  }
  sinks_to_open.clear();
}

void Monitor::Impl::startSource(std::unique_ptr<SourceSlot> slot, std::uint64_t position) {
  SourceSlot& started = *slot;
  {
    const std::lock_guard lock(sources_mutex);
    sources.push_back(std::move(slot));
  }
  try {
    started.source->start(*started.host, position);
  } catch (...) {
    const std::lock_guard lock(sources_mutex);
    std::erase_if(sources, [&](const auto& each) { return each.get() == &started; });
    throw;
  }
}

void Monitor::Impl::run() {
  try {
    openSinks();
    std::vector<std::unique_ptr<SourceSlot>> waiting;
    {
      const std::lock_guard lock(sources_mutex);
      waiting.swap(sources);
    }
    for (const auto& slot : waiting) {
      engine.addLane(slot->lane, slot->endpoint.name, slot->source->isLive(), slot->source.get());
    }
    saveFirst();
    for (auto& slot : waiting) {
      const std::uint64_t position = engine.position(slot->endpoint.name);
      startSource(std::move(slot), position);
    }
    std::vector<Inbox::Item> batch;
    Clock::time_point next_tick = Clock::now();
    Clock::time_point last_save = next_tick;
    while (!stopping && (!allEnded() || inbox.rows() > 0)) {
      batch.clear();
      inbox.pop(batch, kMostOfBatch, next_tick, kLinger);
      process(batch);
      const Clock::time_point now = Clock::now();
      if (now >= next_tick) {
        engine.tick(inbox.rows() == 0);
        publishStatus();
        next_tick = now + kTick;
      }
      const std::chrono::duration<double> since_save = now - last_save;
      if (keeper && since_save.count() >= save_every_seconds && !keeper->isBusy() &&
          !engine.isSaving()) {
        beginSave();
        last_save = now;
      }
      if (engine.isSaving()) goOnSaving();
    }
  } catch (...) {
    shutDown(false);
    throw;
  }
  shutDown(true);
  if (!final_problem.empty()) throw Failure(FailureKind::kOutput, final_problem);
}

void Monitor::Impl::process(std::vector<Inbox::Item>& batch) {
  Clock::time_point flushed = Clock::now();
  std::size_t unlooked = 0;
  for (Inbox::Item& item : batch) {
    if (auto* const row = std::get_if<Inbox::Row>(&item)) {
      engine.score(row->lane, row->row);
      if (++unlooked % kRowsBetweenLooks != 0) continue;
      const Clock::time_point now = Clock::now();
      if (now - flushed < kMostUnflushed) continue;
      engine.flush();
      flushed = now;
    } else {
      engine.flush();
      std::get<Inbox::Task>(item)();
    }
  }
  engine.flush();
}

// While rows go on.
void Monitor::Impl::beginSave() {
  try {
    engine.checkpointSinks();
    engine.beginSaving();
  } catch (const Failure& failure) {  // of a sink that is not ready for it
    keeper->tellNotSaved(failure.what());
  }
}

void Monitor::Impl::goOnSaving() {
  if (!engine.saveSome(kSaveSlice)) return;
  std::vector<StateKeeper::File> files;
  for (auto& [number, state] : engine.takeSaved()) {
    files.push_back({number, engine.nameOf(number), std::move(state)});
  }
  keeper->write(std::move(files));
}

// All at once; an older one that is being taken is not needed any more.
std::vector<StateKeeper::File> Monitor::Impl::snapshot() {
  engine.checkpointSinks();
  engine.abandonSaving();
  std::vector<StateKeeper::File> files;
  for (const auto& [number, name] : engine.shards()) {
    files.push_back({number, name, engine.save(number)});
  }
  return files;
}

std::future<void> Monitor::Impl::saveLater() {
  try {
    return keeper->write(snapshot());
  } catch (const Failure& failure) {  // of a sink that is not ready for it
    keeper->tellNotSaved(failure.what());
  }
  return {};
}

// Or a run that dies before its first save leaves verdicts of which the next one knows nothing.
void Monitor::Impl::saveFirst() {
  const bool all_known =
      std::all_of(open_sinks.begin(), open_sinks.end(),
                  [&](const Endpoint& sink) { return engine.knowsToken(sink.name); });
  if (!keeper || (all_known && std::filesystem::exists(keeper->fileOf(main_name)))) return;
  const std::future<void> done = saveLater();
  if (done.valid()) done.wait();
}

void Monitor::Impl::save() {
  if (!keeper) throw Failure(FailureKind::kOutput, "state", "a state folder", "none");
  std::future<void> done;
  inbox.run([&] { done = keeper->write(snapshot()); });
  done.get();
}

// Whoever waits for the engine is freed first; the sources hear what is on disk before they stop.
void Monitor::Impl::shutDown(bool is_good) {
  inbox.close();
  if (is_good) {
    const Clock::time_point until = Clock::now() + kMostDrain;
    std::vector<Inbox::Item> batch;
    do {
      batch.clear();
      inbox.pop(batch, kMostOfBatch, Clock::now(), 0ms);
      process(batch);
    } while (!batch.empty() && Clock::now() < until);
  }
  const std::size_t left = inbox.abandon();
  engine.countDropped(left);
  if (is_good && keeper) {
    try {
      keeper->write(snapshot()).get();
      for (const auto& [number, name] : engine.shards()) {
        engine.saved(number, engine.places(number));
      }
    } catch (const Failure& failure) {
      final_problem = failure.what();
    }
  }
  // A reload was freed above, and none begins any more.
  const std::lock_guard lock(reloading);
  ended = true;
  for (const auto& slot : sources) slot->source->stop();
  publishStatus();
  engine.closeSinks();
}

Monitor::Monitor(const MonitorConfig& config, MakeDetector make_detector, MonitorLog& log)
    : Monitor(config, std::move(make_detector), log, Makers()) {}
Monitor::Monitor(const MonitorConfig& config, MakeDetector make_detector, MonitorLog& log,
                 Makers makers)
    : impl_(std::make_unique<Impl>(config, std::move(make_detector), log, std::move(makers))) {}
Monitor::~Monitor() = default;

void Monitor::run() { impl_->run(); }

void Monitor::stop() noexcept {
  impl_->stopping = true;
  impl_->inbox.wake();
}

MonitorStatus Monitor::status() const { return impl_->status(); }
void Monitor::save() { impl_->save(); }
void Monitor::reload(const MonitorConfig& config) { impl_->reload(config); }

std::vector<AlertEvent> Monitor::alerts(std::size_t most) {
  std::vector<AlertEvent> alerts;
  impl_->inbox.run([&] { alerts = impl_->engine.alerts(most); });
  return alerts;
}

bool Monitor::acknowledge(const std::string& id, const std::string& note) {
  bool known = false;
  impl_->inbox.run([&] { known = impl_->engine.acknowledge(id, note); });
  return known;
}

bool Monitor::label(const std::string& id, const std::string& label, const std::string& note) {
  if (label != "normal" && label != "fault") {
    throw Failure(FailureKind::kUsage, "label", "normal or fault", label);
  }
  bool known = false;
  impl_->inbox.run([&] { known = impl_->engine.label(id, label, note); });
  return known;
}

void Monitor::mute(const std::string& stream_glob, double seconds) {
  impl_->inbox.run([&] { impl_->engine.mute(stream_glob, seconds); });
}

std::shared_ptr<StateTap> Monitor::stateTap(const std::string& stream) {
  std::shared_ptr<StateTap> tap;
  impl_->inbox.run([&] { tap = impl_->engine.stateTap(stream); });
  return tap;
}

}  // namespace hiss
