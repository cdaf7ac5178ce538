// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/mqtt_outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/engine/journal.h"
#include "app/engine/monitor/mqtt/mqtt_topics.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "app/engine/monitor/sinks/home_assistant.h"

namespace hiss {
namespace {

constexpr std::size_t kHashDigits = 8;

std::size_t bytesOf(const OutMessage& message) {
  return message.topic.size() + message.payload.size();
}

std::optional<MonitorAlertKind> kindNamed(const std::string& name) {
  for (const auto kind :
       {MonitorAlertKind::kAnomaly, MonitorAlertKind::kNoData, MonitorAlertKind::kLimit}) {
    if (nameOf(kind) == name) return kind;
  }
  return std::nullopt;
}

}  // namespace

void MqttOutbox::score(const ScoredRow& row, Clock::time_point now) {
  Stream& stream = streamOf(row.stream);
  if (!settings_.has_scores) return;
  if (stream.last_score &&
      std::chrono::duration<double>(now - *stream.last_score).count() < settings_.every_seconds) {
    return;
  }
  stream.last_score = now;
  fmt::memory_buffer json;
  appendScoreJson(json, row);
  put(scores_, {stream.topic + "/score", fmt::to_string(json), false});
}

void MqttOutbox::alert(const AlertEvent& event) {
  Stream& stream = streamOf(event.stream);
  if (!settings_.has_alerts) return;
  const std::string_view before = stateOf(stream);
  if (event.phase == AlertPhase::kBegan) stream.open[event.id] = event.kind;
  if (event.phase == AlertPhase::kEnded) stream.open.erase(event.id);
  if (stateOf(stream) != before) markDirty(event.stream, stream);
  fmt::memory_buffer json;
  appendAlertJson(json, event);
  put(alerts_, {stream.topic + "/alert", fmt::to_string(json), false});
}

void MqttOutbox::announceAll() {
  announcements_.clear();
  for (auto& [name, stream] : streams_) {
    stream.is_announced = false;
    markDirty(name, stream);
  }
}

std::optional<OutMessage> MqttOutbox::next() {
  if (!alerts_.empty()) return take(alerts_);
  while (announcements_.empty() && !dirty_.empty()) {
    const std::string name = std::move(dirty_.front());
    dirty_.pop_front();
    Stream& stream = streams_.find(name)->second;
    stream.is_dirty = false;
    if (!settings_.discovery_prefix.empty() && !std::exchange(stream.is_announced, true)) {
      const DiscoveredStream found = {.stream = name,
                                      .prefix = settings_.prefix,
                                      .topic = stream.topic,
                                      .has_scores = settings_.has_scores,
                                      .has_alerts = settings_.has_alerts};
      for (auto& [topic, payload] : discoveryMessages(settings_.discovery_prefix, found)) {
        announcements_.push_back({std::move(topic), std::move(payload), true});
      }
    }
    if (settings_.has_alerts) {
      announcements_.push_back(
          {stream.topic + "/state", std::string(stateOf(stream)), settings_.retain});
    }
  }
  if (!announcements_.empty()) {
    OutMessage message = std::move(announcements_.front());
    announcements_.pop_front();
    return message;
  }
  if (!scores_.empty()) return take(scores_);
  return std::nullopt;
}

bool MqttOutbox::empty() const {
  return alerts_.empty() && announcements_.empty() && dirty_.empty() && scores_.empty();
}

MqttOutbox::Stream& MqttOutbox::streamOf(std::string_view name) {
  const auto found = streams_.find(name);
  if (found != streams_.end()) return found->second;
  const auto made = streams_.emplace(std::string(name), Stream{}).first;
  made->second.topic = topicOf(name);
  markDirty(made->first, made->second);
  return made->second;
}

// Two streams must not share a topic, so a second one that comes to the same name gets a number of
// its own, made of its name.
std::string MqttOutbox::topicOf(std::string_view name) {
  const std::string_view without_slash =
      name.substr(std::min(name.find_first_not_of('/'), name.size()));
  std::string topic = settings_.prefix + "/" + safeTopic(without_slash);
  if (!topics_.insert(topic).second) {
    topic.append("_").append(fingerprintOfText(std::string(name)), 0, kHashDigits);
    topics_.insert(topic);
  }
  return topic;
}

void MqttOutbox::markDirty(const std::string& name, Stream& stream) {
  if (!std::exchange(stream.is_dirty, true)) dirty_.push_back(name);
}

std::string_view MqttOutbox::stateOf(const Stream& stream) {
  if (stream.open.empty()) return "ok";
  const bool is_silence =
      std::all_of(stream.open.begin(), stream.open.end(),
                  [](const auto& entry) { return entry.second == MonitorAlertKind::kNoData; });
  return is_silence ? "no_data" : "alert";
}

void MqttOutbox::put(std::deque<OutMessage>& queue, OutMessage message) {
  bytes_ += bytesOf(message);
  queue.push_back(std::move(message));
  while (waiting() > settings_.most_messages || bytes_ > kMostBytes) {
    take(scores_.empty() ? alerts_ : scores_);
    ++dropped_;
  }
}

OutMessage MqttOutbox::take(std::deque<OutMessage>& queue) {
  OutMessage message = std::move(queue.front());
  queue.pop_front();
  bytes_ -= bytesOf(message);
  return message;
}

std::string MqttOutbox::token() const {
  nlohmann::json open = nlohmann::json::object();
  for (const auto& [name, stream] : streams_) {
    for (const auto& [id, kind] : stream.open) open[name][id] = nameOf(kind);
  }
  return nlohmann::json{{"open", open}}.dump(-1, ' ', false,
                                             nlohmann::json::error_handler_t::replace);
}

bool MqttOutbox::restore(const std::string& token) {
  const nlohmann::json document = nlohmann::json::parse(token, nullptr, false);
  if (!document.is_object() || !document.contains("open") || !document["open"].is_object()) {
    return false;
  }
  for (const auto& [name, alerts] : document["open"].items()) {
    if (!alerts.is_object()) continue;
    for (const auto& [id, kind] : alerts.items()) {
      const auto known = kind.is_string() ? kindNamed(kind.get<std::string>()) : std::nullopt;
      if (known) streamOf(name).open[id] = *known;
    }
  }
  return true;
}

}  // namespace hiss
