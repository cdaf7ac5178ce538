// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/sink.h"

namespace hiss {

// What is to be published.
struct OutMessage {
  std::string topic;
  std::string payload;
  bool retain = false;
};

struct MqttOutboxSettings {
  std::string prefix = "hiss";
  bool has_scores = true;
  bool has_alerts = true;
  bool retain = true;          // states
  double every_seconds = 1.0;  // between two scores of a stream; 0: all of them
  std::size_t most_messages = 10000;
  std::string discovery_prefix = {};  // empty: no discovery
};

// What an MQTT sink has to say: keeps the streams' topics and states, thins scores out, and holds
// what waits for the broker. Alerts go first, then states, then scores; too many scores go before
// too many alerts do. Not thread-safe.
class MqttOutbox {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  explicit MqttOutbox(MqttOutboxSettings settings) : settings_(std::move(settings)) {}

  void score(const ScoredRow& row, Clock::time_point now);
  void alert(const AlertEvent& event);
  // A broker that has just come may know nothing of us: states and discovery go to it anew.
  void announceAll();
  // The next one, which is taken out.
  std::optional<OutMessage> next();
  // Back to the front: it could not go now. States are renewed by announceAll() anyway.
  [[nodiscard]] std::size_t waiting() const { return alerts_.size() + scores_.size(); }
  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  // The alerts that are on, as JSON, and back: a state outlives a restart.
  [[nodiscard]] std::string token() const;
  // False: it is none; nothing was changed.
  bool restore(const std::string& token);

 private:
  struct Stream {
    std::string topic;
    std::map<std::string, MonitorAlertKind> open;  // alerts that are on, by id
    std::optional<Clock::time_point> last_score;
    bool is_dirty = false;  // its state is to be published
    bool is_announced = false;
  };

  Stream& streamOf(std::string_view name);
  std::string topicOf(std::string_view name);
  void markDirty(const std::string& name, Stream& stream);
  static std::string_view stateOf(const Stream& stream);
  void put(std::deque<OutMessage>& queue, OutMessage message);
  void limit();
  OutMessage take(std::deque<OutMessage>& queue);

  MqttOutboxSettings settings_;
  std::map<std::string, Stream, std::less<>> streams_;
  std::set<std::string> topics_;          // of all streams
  std::deque<std::string> dirty_;         // names of streams
  std::deque<OutMessage> announcements_;  // of the stream at hand
  std::deque<OutMessage> alerts_;
  std::deque<OutMessage> scores_;
  std::size_t bytes_ = 0;  // of alerts_ and scores_
  std::uint64_t dropped_ = 0;
};

}  // namespace hiss
