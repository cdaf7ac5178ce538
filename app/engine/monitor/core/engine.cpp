// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMinuteNs = 60'000'000'000;

std::int64_t steadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

std::int64_t wallNs() {
  return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// Without overflow, for stamps may be anything.
std::int64_t stepOf(std::optional<std::int64_t> from, std::optional<std::int64_t> to) {
  std::int64_t step = 0;
  if (!from || !to || __builtin_sub_overflow(*to, *from, &step)) return 0;
  return step;
}

SavedStream savedStreamOf(const Stream& stream) {
  return {stream.name,
          stream.channels,
          stream.has_seconds,
          stream.place != nullptr ? stream.place->source : std::string(),
          stream.replay_ns,
          stream.watch->memory(),
          stream.watch->watch().detectorState()};
}

}  // namespace

Engine::Engine(const MonitorConfig& config, MakeDetector make_detector, MonitorLog& log)
    : config_(config),
      make_detector_(std::move(make_detector)),
      log_(log),
      limits_{config.most_streams, config.most_channels},
      began_ns_(steadyNs()),
      wall_ns_(wallNs()),
      newest_arrival_ns_(began_ns_),
      rotated_ns_(began_ns_) {}

std::unique_ptr<StreamTable> Engine::makeTable() {
  const auto make = [this](const std::string& name, const std::vector<std::string>& channels,
                           bool has_seconds) {
    return makeWatch(name, channels, has_seconds, false);
  };
  return std::make_unique<StreamTable>(limits_, counts_, make, log_);
}

std::unique_ptr<StreamWatch> Engine::makeWatch(const std::string& name,
                                               const std::vector<std::string>& channels,
                                               bool has_seconds, bool also_ignored) {
  const StreamRules rules = rulesFor(config_.rules, config_.defaults, name);
  if (rules.ignore && !also_ignored) return nullptr;
  return std::make_unique<StreamWatch>(name, make_detector_(), channels, has_seconds, rules);
}

void Engine::addLane(int lane, const std::string& name, bool is_live, Source* source) {
  lanes_[lane] = {name, is_live, source};
  for (auto& [number, shard] : shards_) {
    const auto place = shard.places.find(name);
    if (place != shard.places.end()) place->second.is_live = is_live;
  }
}

void Engine::removeLane(int lane) {
  lanes_.erase(lane);
  for (auto& [number, shard] : shards_) shard.by_lane.erase(lane);
}

std::uint64_t Engine::position(const std::string& source) const {
  const Shard& shard = shards_.at(kMainShard);
  const auto place = shard.places.find(source);
  return place == shard.places.end() ? 0 : place->second.position;
}

void Engine::addSink(const std::string& name, std::unique_ptr<Sink> sink) {
  sinks_.push_back({name, std::move(sink)});
}

std::unique_ptr<Sink> Engine::removeSink(const std::string& name) {
  const auto slot = std::find_if(sinks_.begin(), sinks_.end(),
                                 [&](const SinkSlot& each) { return each.name == name; });
  if (slot == sinks_.end()) return nullptr;
  std::unique_ptr<Sink> sink = std::move(slot->sink);
  sinks_.erase(slot);
  return sink;
}

std::string Engine::token(const std::string& sink) const {
  const auto token = tokens_.find(sink);
  return token == tokens_.end() ? std::string() : token->second;
}

void Engine::closeSinks() noexcept {
  for (SinkSlot& slot : sinks_) slot.sink->close();
}

SourcePlace& Engine::placeOf(Shard& shard, int lane) {
  const auto known = shard.by_lane.find(lane);
  if (known != shard.by_lane.end()) return *known->second;
  const auto found = lanes_.find(lane);
  const Lane from = found == lanes_.end() ? Lane{} : found->second;
  // A shard is of one source, which may have another name on another machine.
  const std::string source = &shard == &shards_.at(kMainShard) ? from.name : std::string();
  SourcePlace& place = shard.places[source];
  place.source = source;
  place.is_live = from.is_live;
  shard.by_lane.emplace(lane, &place);
  return place;
}

void Engine::score(int lane, const Observation& row) {
  const auto shard = shards_.find(row.shard);
  if (shard == shards_.end()) {
    ++dropped_;
    return;
  }
  SourcePlace& place = placeOf(shard->second, lane);
  found_.clear();
  const std::uint64_t streams = counts_.streams;
  shard->second.table->take(row, found_);
  if (counts_.streams != streams && !mutes_.empty()) applyMutes();
  ++rows_;
  values_ += row.fields.size();
  newest_arrival_ns_ = std::max(newest_arrival_ns_, row.arrived_ns);
  for (Stream* const stream : found_) scoreStream(*stream, place, row);
  place.position = row.next_position;
  arrivals_.push_back(row.arrived_ns);
  if (!place.is_live && place.clock.nowNs() > place.next_check_ns) {
    findSilent(shard->second, place);
  }
}

void Engine::scoreStream(Stream& stream, SourcePlace& place, const Observation& row) {
  touch(stream);
  StreamWatch& watch = *stream.watch;
  const std::int64_t step = stepOf(watch.lastStampNs(), row.stamp_ns);
  const std::uint64_t alerts = watch.alerts();
  const WatchMoment moment{row.stamp_ns.value_or(wall_ns_), stream.muted_by_hand};
  const std::int64_t begin_ns = steadyNs();
  const WatchedRow& watched = watch.step(stream.values, row.stamp_ns, moment, events_);
  model_ns_ += steadyNs() - begin_ns;
  alerts_ += watch.alerts() - alerts;

  ScoredRow scored;
  scored.stream = stream.name;
  scored.channels = stream.channels;
  scored.values = stream.values;
  scored.verdicts = watch.watch().verdicts();
  scored.row = watch.watch().rows() - 1;
  scored.stamp_ns = row.stamp_ns;
  scored.arrived_ns = row.arrived_ns;
  scored.p = watched.verdict.p;
  scored.score = watched.alert.score;
  scored.alarm_p = watched.alarm_p;
  scored.top_channel = watched.verdict.top_channel;
  scored.warming_up = watched.verdict.warming_up;
  scored.muted = watch.isMuted(moment);
  scored.alert_id = watch.alertId();
  for (const SinkSlot& slot : sinks_) slot.sink->score(scored);

  stream.place = &place;
  stream.arrived_ns = row.arrived_ns;
  if (!place.is_live && stream.has_seconds) {
    const auto interval = static_cast<std::int64_t>(watch.watch().intervalSeconds() * 1e9);
    stream.replay_ns = place.clock.tick(stream.replay_ns, step, interval);
    const std::int64_t silence = watch.silenceNs();
    if (silence > 0) {
      place.next_check_ns = std::min(place.next_check_ns, *stream.replay_ns + silence);
    }
  }
  if (!events_.empty()) tellEvents();
}

// Streams of a replay: by the time that the source's stamps tell.
void Engine::findSilent(Shard& shard, SourcePlace& place) {
  const std::int64_t now = place.clock.nowNs();
  place.next_check_ns = kNever;
  for (const auto& stream : shard.table->streams()) {
    if (stream->place != &place || stream->ignored || !stream->replay_ns) continue;
    const std::int64_t silence = stream->watch->silenceNs();
    if (silence == 0 || stream->watch->isSilent()) continue;
    const std::int64_t until = *stream->replay_ns + silence;
    if (now > until) {
      touch(*stream);
      stream->watch->raiseSilence(momentOf(*stream), events_);
      ++alerts_;
    } else {
      place.next_check_ns = std::min(place.next_check_ns, until);
    }
  }
  tellEvents();
}

WatchMoment Engine::momentOf(const Stream& stream) const {
  const bool is_live = stream.place != nullptr && stream.place->is_live;
  const std::optional<std::int64_t> stamp = stream.watch->lastStampNs();
  return {is_live ? wall_ns_ : stamp.value_or(wall_ns_), stream.muted_by_hand};
}

void Engine::tellEvents() {
  for (const AlertEvent& event : events_) tell(event);
  events_.clear();
}

void Engine::tell(const AlertEvent& event) {
  book_.note(event);
  for (const SinkSlot& slot : sinks_) slot.sink->alert(event);
}

void Engine::flush() {
  for (const SinkSlot& slot : sinks_) slot.sink->flush();
  const std::int64_t now = steadyNs();
  for (const std::int64_t arrived : arrivals_) latency_.add(now - arrived);
  arrivals_.clear();
  wall_ns_ = wallNs();
}

void Engine::tick(bool caught_up) {
  const std::int64_t now = steadyNs();
  wall_ns_ = wallNs();
  if (now - rotated_ns_ > kMinuteNs) {
    latency_.rotate();
    rotated_ns_ = now;
  }
  const auto is_over = [&](const SavedMute& mute) { return mute.until_wall_ns <= wall_ns_; };
  if (std::any_of(mutes_.begin(), mutes_.end(), is_over)) applyMutes();
  // While rows wait nobody knows who is silent later than the newest one that was looked at.
  const std::int64_t seen_until = caught_up ? now : newest_arrival_ns_;
  for (auto& [number, shard] : shards_) {
    for (const auto& stream : shard.table->streams()) {
      if (stream->ignored) continue;
      const WatchMoment moment = momentOf(*stream);
      if (stream->watch->hasOpenAlert()) {
        touch(*stream);
        stream->watch->tellLate(moment, events_);
      }
      if (stream->place == nullptr || !stream->place->is_live || stream->watch->isSilent()) {
        continue;
      }
      const std::int64_t silence = stream->watch->silenceNs();
      if (silence == 0 || seen_until - stream->arrived_ns <= silence) continue;
      touch(*stream);
      stream->watch->raiseSilence(moment, events_);
      ++alerts_;
    }
  }
  tellEvents();
}

void Engine::openShard(int number, const std::string& name, int lane,
                       std::optional<SavedShard> state, std::optional<FileLock> lock,
                       const std::string& file) {
  Shard shard;
  shard.name = name;
  shard.table = makeTable();
  shard.lock = std::move(lock);
  if (state) restore(shard, std::move(*state), file);
  if (number != kMainShard) lane_of_[number] = lane;
  shards_.emplace(number, std::move(shard));
  applyMutes();
}

void Engine::restore(Shard& shard, SavedShard&& state, const std::string& file) {
  if (state.detector != config_.detector) {
    throw Failure(FailureKind::kInput, file, "a state of the detector " + config_.detector,
                  "one of " + state.detector);
  }
  for (const auto& [source, saved] : state.places) {
    SourcePlace& place = shard.places[source];
    place.source = source;
    place.position = saved.position;
    place.clock.setNowNs(saved.replay_ns);
    for (const auto& [number, lane] : lanes_) {
      if (lane.name == source) place.is_live = lane.is_live;
    }
  }
  for (SavedStream& saved : state.streams) {
    try {
      auto watch = makeWatch(saved.name, saved.channels, saved.has_seconds, true);
      watch->restore(std::move(saved.memory), saved.detector_bytes);
      for (const AlertEvent& event : watch->openAlerts()) book_.note(event);
      Stream& stream = shard.table->restore(std::move(saved.name), std::move(saved.channels),
                                            saved.has_seconds, std::move(watch));
      stream.replay_ns = saved.replay_ns;
      stream.arrived_ns = began_ns_;
      const auto place = shard.places.find(saved.source);
      if (place != shard.places.end()) stream.place = &place->second;
      saved = {};  // its memory goes as that of the stream comes
    } catch (const std::exception& error) {
      throw Failure(FailureKind::kInput, fmt::format("{}: {}", file, error.what()));
    }
  }
  if (!state.tokens.empty()) tokens_ = std::move(state.tokens);
  if (!state.mutes.empty()) mutes_ = std::move(state.mutes);
}

std::optional<FileLock> Engine::removeShard(int shard) {
  const auto found = shards_.find(shard);
  if (found == shards_.end()) return std::nullopt;
  std::optional<FileLock> lock = std::move(found->second.lock);
  shards_.erase(found);
  return lock;
}

void Engine::checkpointSinks() {
  for (const SinkSlot& slot : sinks_) tokens_[slot.name] = slot.sink->checkpoint();
}

SavedShard Engine::savedWithoutStreams(int number) const {
  SavedShard saved;
  saved.detector = config_.detector;
  saved.places = places(number);
  if (number == kMainShard) {
    saved.tokens = tokens_;
    saved.mutes = mutes_;
  }
  return saved;
}

SavedShard Engine::save(int number) const {
  SavedShard saved = savedWithoutStreams(number);
  const auto& streams = shards_.at(number).table->streams();
  saved.streams.reserve(streams.size());
  for (const auto& stream : streams) {
    if (stream->watch != nullptr) saved.streams.push_back(savedStreamOf(*stream));
  }
  return saved;
}

void Engine::beginSaving() {
  is_saving_ = true;
  for (auto& [number, shard] : shards_) {
    const auto& streams = shard.table->streams();
    shard.saving = savedWithoutStreams(number);
    shard.next_to_save = 0;
    shard.saving->streams.resize(static_cast<std::size_t>(
        std::count_if(streams.begin(), streams.end(),
                      [](const auto& stream) { return stream->watch != nullptr; })));
    auto place = shard.saving->streams.begin();
    for (const auto& stream : streams) {
      stream->unsaved = stream->watch != nullptr ? &*place++ : nullptr;
    }
  }
}

void Engine::touch(Stream& stream) {
  if (stream.unsaved == nullptr) return;
  *stream.unsaved = savedStreamOf(stream);
  stream.unsaved = nullptr;
}

bool Engine::saveSome(std::chrono::nanoseconds least) {
  const std::int64_t until = steadyNs() + least.count();
  for (auto& [number, shard] : shards_) {
    if (!shard.saving) continue;
    const auto& streams = shard.table->streams();
    while (shard.next_to_save < streams.size()) {
      touch(*streams[shard.next_to_save++]);
      if (steadyNs() > until) return false;
    }
  }
  return true;
}

std::vector<std::pair<int, SavedShard>> Engine::takeSaved() {
  std::vector<std::pair<int, SavedShard>> taken;
  for (auto& [number, shard] : shards_) {
    if (!shard.saving) continue;
    for (const auto& stream : shard.table->streams()) touch(*stream);
    taken.emplace_back(number, std::move(*shard.saving));
  }
  abandonSaving();
  return taken;
}

void Engine::abandonSaving() {
  for (auto& [number, shard] : shards_) {
    shard.saving.reset();
    for (const auto& stream : shard.table->streams()) stream->unsaved = nullptr;
  }
  is_saving_ = false;
}

std::map<std::string, SavedPlace> Engine::places(int shard) const {
  std::map<std::string, SavedPlace> saved;
  for (const auto& [source, place] : shards_.at(shard).places) {
    saved[source] = {place.position, place.clock.nowNs()};
  }
  return saved;
}

std::vector<std::pair<int, std::string>> Engine::shards() const {
  std::vector<std::pair<int, std::string>> shards;
  for (const auto& [number, shard] : shards_) shards.emplace_back(number, shard.name);
  return shards;
}

void Engine::saved(int shard, const std::map<std::string, SavedPlace>& places) {
  for (const auto& [number, lane] : lanes_) {
    const bool is_its = shard == kMainShard || lane_of_[shard] == number;
    const auto place = places.find(shard == kMainShard ? lane.name : std::string());
    if (!is_its || place == places.end() || lane.source == nullptr) continue;
    lane.source->saved(shard, place->second.position);
  }
}

bool Engine::acknowledge(const std::string& id, const std::string& note) {
  const AlertEvent* const known = book_.find(id);
  if (known == nullptr) return false;
  AlertEvent event = *known;
  event.phase = AlertPhase::kAcknowledged;
  event.note = note;
  tell(event);
  return true;
}

bool Engine::label(const std::string& id, const std::string& label, const std::string& note) {
  const AlertEvent* const known = book_.find(id);
  if (known == nullptr) return false;
  AlertEvent event = *known;
  event.phase = AlertPhase::kLabelled;
  event.label = label;
  event.note = note;
  for (auto& [number, shard] : shards_) {
    Stream* const stream = shard.table->find(event.stream);
    if (stream == nullptr || stream->watch == nullptr) continue;
    touch(*stream);
    stream->watch->label(id, label, note);
  }
  tell(event);
  return true;
}

void Engine::mute(const std::string& glob, double seconds) {
  std::erase_if(mutes_, [&](const SavedMute& mute) { return mute.glob == glob; });
  wall_ns_ = wallNs();
  if (seconds > 0.0) {
    constexpr double kMostSeconds = 1e9;  // 31 years
    const double ns = std::min(seconds, kMostSeconds) * 1e9;
    mutes_.push_back({glob, wall_ns_ + static_cast<std::int64_t>(ns)});
  }
  applyMutes();
}

std::shared_ptr<StateTap> Engine::stateTap(const std::string& name) const {
  for (const auto& [number, shard] : shards_) {
    const Stream* const stream = shard.table->find(name);
    if (stream != nullptr && stream->watch) return stream->watch->watch().detector().stateTap();
  }
  return nullptr;
}

void Engine::applyMutes() {
  std::erase_if(mutes_, [&](const SavedMute& mute) { return mute.until_wall_ns <= wall_ns_; });
  for (auto& [number, shard] : shards_) {
    for (const auto& stream : shard.table->streams()) {
      stream->muted_by_hand = std::any_of(mutes_.begin(), mutes_.end(), [&](const SavedMute& mute) {
        return matchesGlob(mute.glob, stream->name);
      });
    }
  }
}

void Engine::setRules(const MonitorConfig& config) {
  config_.defaults = config.defaults;
  config_.rules = config.rules;
  limits_ = {config.most_streams, config.most_channels};
  for (auto& [number, shard] : shards_) {
    for (auto& [source, place] : shard.places) place.next_check_ns = 0;
    for (const auto& stream : shard.table->streams()) {
      const StreamRules rules = rulesFor(config_.rules, config_.defaults, stream->name);
      stream->ignored = rules.ignore;
      touch(*stream);
      if (stream->watch != nullptr) {
        stream->watch->setRules(rules, events_);
      } else if (!rules.ignore) {
        stream->watch = makeWatch(stream->name, stream->channels, stream->has_seconds, false);
      }
    }
  }
  tellEvents();
}

void Engine::fill(MonitorStatus& status) const {
  const std::int64_t now = steadyNs();
  status.uptime_seconds = static_cast<double>(now - began_ns_) / 1e9;
  status.rows = rows_;
  status.values = values_;
  status.alerts = alerts_;
  status.dropped += dropped_ + counts_.dropped;
  status.streams_refused = counts_.refused;
  status.model_seconds = static_cast<double>(model_ns_) / 1e9;
  status.latency_p50_seconds = latency_.quantile(0.5);
  status.latency_p99_seconds = latency_.quantile(0.99);
  for (const SinkSlot& slot : sinks_) status.sinks.push_back(slot.sink->status());
  status.streams.reserve(counts_.streams);
  for (const auto& [number, shard] : shards_) {
    for (const auto& each : shard.table->streams()) {
      if (each->ignored) continue;
      StreamWatch& watch = *each->watch;
      const WatchedRow& newest = watch.newest();
      const ClockState& clock = watch.watch().clock();
      StreamStatus stream;
      stream.stream = each->name;
      stream.channels = static_cast<int>(each->channels.size());
      stream.rows = watch.watch().rows();
      stream.alerts = watch.alerts();
      stream.score = newest.alert.score;
      stream.p = newest.verdict.p;
      stream.interval_seconds = watch.watch().intervalSeconds();
      stream.last_seen_seconds = static_cast<double>(now - each->arrived_ns) / 1e9;
      stream.gaps = clock.gaps;
      stream.out_of_order = clock.duplicates + clock.backward;
      stream.warming_up = newest.verdict.warming_up;
      stream.muted = watch.isMuted(momentOf(*each));
      stream.no_data = watch.isSilent() || newest.alert.kind == AlertKind::kNoData;
      stream.alert_id = watch.alertId();
      status.streams.push_back(std::move(stream));
    }
  }
}

}  // namespace hiss
