// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/monitor/core/monitor_impl.h"

namespace hiss {
namespace {

const Endpoint* findEndpoint(const std::vector<Endpoint>& endpoints, const std::string& name) {
  const auto found = std::find_if(endpoints.begin(), endpoints.end(),
                                  [&](const Endpoint& each) { return each.name == name; });
  return found == endpoints.end() ? nullptr : &*found;
}

bool stays(const Endpoint& endpoint, const std::vector<Endpoint>& others) {
  const Endpoint* const other = findEndpoint(others, endpoint.name);
  return other != nullptr && isSameEndpoint(endpoint, *other);
}

}  // namespace

void Monitor::Impl::reload(const MonitorConfig& wanted) {
  const std::lock_guard lock(reloading);
  if (ended)
    throw Failure(FailureKind::kCancelled, "the monitor", "to be running", "one that stops");
  MonitorConfig fresh = wanted;
  makeNamesUnique(fresh.sources);
  makeNamesUnique(fresh.sinks);
  const auto refuse = [](const char* what, const std::string& now, const std::string& then) {
    throw Failure(FailureKind::kUsage, what, now + " until the monitor is started again", then);
  };
  if (fresh.detector != config.detector) refuse("detector", config.detector, fresh.detector);
  if (fresh.state_folder != config.state_folder) {
    refuse("state", config.state_folder.string(), fresh.state_folder.string());
  }
  if (fresh.queue_rows != config.queue_rows) {
    refuse("queue_rows", std::to_string(config.queue_rows), std::to_string(fresh.queue_rows));
  }
  exchangeSinks(fresh.sinks);
  try {
    exchangeSources(fresh.sources);
  } catch (const Failure&) {
    exchangeSinks(config.sinks);
    throw;
  }
  inbox.run([&] { engine.setRules(fresh); });
  save_every_seconds = fresh.save_every_seconds;
  config = fresh;
}

// On the engine's thread, which alone uses sinks. What is made first shows what is wrong before
// anything is changed.
void Monitor::Impl::exchangeSinks(const std::vector<Endpoint>& wanted) {
  struct Change {
    std::string name;
    std::unique_ptr<Sink> fresh;
  };
  std::vector<Endpoint> before;
  inbox.run([&] { before = open_sinks; });
  std::vector<Change> changes;
  for (const Endpoint& endpoint : wanted) {
    if (!stays(endpoint, before)) {
      changes.push_back({endpoint.name, makers.sink(endpoint, sink_context)});
    }
  }
  inbox.run([&] {
    for (const Endpoint& endpoint : before) {
      if (!stays(endpoint, wanted)) closeSink(endpoint.name);
    }
    for (Change& change : changes) {
      try {
        change.fresh->open(engine.token(change.name));
      } catch (const Failure& failure) {
        log.error(failure.what());
        restoreSinks(before);
        throw;
      }
      engine.addSink(change.name, std::move(change.fresh));
      open_sinks.push_back(*findEndpoint(wanted, change.name));
    }
    if (keeper && !changes.empty()) saveLater();
  });
}

void Monitor::Impl::closeSink(const std::string& name) {
  try {
    engine.checkpointSinks();
  } catch (const Failure& failure) {  // one that is not ready must be possible to take away, too
    log.warn(failure.what());
  }
  const std::unique_ptr<Sink> sink = engine.removeSink(name);
  if (sink) sink->close();
  std::erase_if(open_sinks, [&](const Endpoint& each) { return each.name == name; });
}

// After a new one could not be opened.
void Monitor::Impl::restoreSinks(const std::vector<Endpoint>& before) {
  const std::vector<Endpoint> now = open_sinks;
  for (const Endpoint& endpoint : now) {
    if (!stays(endpoint, before)) closeSink(endpoint.name);
  }
  for (const Endpoint& endpoint : before) {
    if (stays(endpoint, open_sinks)) continue;
    try {
      std::unique_ptr<Sink> sink = makers.sink(endpoint, sink_context);
      sink->open(engine.token(endpoint.name));
      engine.addSink(endpoint.name, std::move(sink));
      open_sinks.push_back(endpoint);
    } catch (const Failure& failure) {
      log.error(failure.what());
    }
  }
}

void Monitor::Impl::exchangeSources(const std::vector<Endpoint>& wanted) {
  std::vector<Endpoint> before;
  {
    const std::lock_guard lock(sources_mutex);
    for (const auto& slot : sources) before.push_back(slot->endpoint);
  }
  std::vector<std::unique_ptr<SourceSlot>> fresh;
  for (const Endpoint& endpoint : wanted) {
    if (!stays(endpoint, before)) fresh.push_back(makeSlot(endpoint));
  }
  std::vector<Endpoint> exchanged;  // to go back
  try {
    for (auto& slot : fresh) {
      const std::string name = slot->endpoint.name;
      exchanged.push_back(slot->endpoint);
      exchangeSource(name, std::move(slot));
    }
  } catch (const Failure&) {
    for (const Endpoint& endpoint : exchanged) {
      const Endpoint* const old = findEndpoint(before, endpoint.name);
      try {
        exchangeSource(endpoint.name, old == nullptr ? nullptr : makeSlot(*old));
      } catch (const Failure& failure) {
        if (failure.kind() != FailureKind::kCancelled) log.error(failure.what());
      }
    }
    throw;
  }
  for (const Endpoint& endpoint : before) {
    if (findEndpoint(wanted, endpoint.name) == nullptr) exchangeSource(endpoint.name, nullptr);
  }
}

// Stops the source of this name, if there is one, and starts another where it was.
void Monitor::Impl::exchangeSource(const std::string& name, std::unique_ptr<SourceSlot> fresh) {
  // Or the monitor might take it for the end that there is no source for a moment.
  struct Hold {
    explicit Hold(std::atomic<int>& held) : count(held) { ++count; }
    ~Hold() { --count; }
    std::atomic<int>& count;
  };
  const Hold hold(exchanging);
  std::unique_ptr<SourceSlot> old;
  {
    const std::lock_guard lock(sources_mutex);
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const auto& slot) { return slot->endpoint.name == name; });
    if (found != sources.end()) {
      old = std::move(*found);
      sources.erase(found);
    }
  }
  if (old) {
    inbox.closeLane(old->lane);
    old->source->stop();
  }
  std::uint64_t position = 0;
  try {
    inbox.run([&] {
      if (old) engine.removeLane(old->lane);
      position = engine.position(name);
      if (fresh) {
        engine.addLane(fresh->lane, name, fresh->source->isLive(), fresh->source.get());
      }
    });
  } catch (...) {  // the monitor stops; the engine may know the source still
    if (old) retired.push_back(std::move(old));
    throw;
  }
  if (!fresh) return;
  const int lane = fresh->lane;
  try {
    startSource(std::move(fresh), position);
  } catch (...) {
    inbox.run([&] { engine.removeLane(lane); });
    throw;
  }
}

}  // namespace hiss
