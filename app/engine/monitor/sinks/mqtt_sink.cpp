// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/mqtt_sink.h"

#include <fmt/format.h>
#include <mosquitto.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/monitor/mqtt/mqtt_client.h"
#include "app/engine/monitor/mqtt/mqtt_topics.h"
#include "app/engine/monitor/sinks/home_assistant.h"
#include "app/engine/monitor/sinks/mqtt_outbox.h"

namespace hiss {
namespace {

constexpr std::size_t kMostInFlight = 100;  // published, not yet acknowledged
constexpr double kCloseSeconds = 3.0;

struct MqttSinkSettings {
  MqttOutboxSettings outbox;
  MqttSettings connection;
  Uri broker;
};

// A topic of ours to begin with: no wildcards, no "/" at its ends.
std::string takePrefix(OptionReader& options, const std::string& key, std::string prefix) {
  while (!prefix.empty() && prefix.back() == '/') prefix.pop_back();
  if (prefix.empty() || mosquitto_pub_topic_check(prefix.c_str()) != MOSQ_ERR_SUCCESS) {
    options.fail(key, "a topic without + and #", "\"" + prefix + "\"");
  }
  return prefix;
}

MqttSinkSettings takeSettings(const Endpoint& endpoint) {
  OptionReader options(endpoint);
  MqttSinkSettings settings;
  MqttOutboxSettings& outbox = settings.outbox;
  const std::string& path = endpoint.uri.path;
  outbox.prefix = takePrefix(options, "prefix",
                             options.text("prefix", path.size() > 1 ? path.substr(1) : "hiss"));
  const std::string what = options.oneOf("what", {"all", "alerts", "scores"}, "all");
  outbox.has_scores = what != "alerts";
  outbox.has_alerts = what != "scores";
  outbox.retain = options.flag("retain", true);
  outbox.every_seconds = options.seconds("every", 0, 86400, 1.0);
  outbox.most_messages = static_cast<std::size_t>(options.integer("queue", 1, 1000000, 10000));
  const bool discovers =
      options.oneOf("discovery", {"none", "homeassistant"}, "none") == "homeassistant";
  const std::string root =
      takePrefix(options, "discovery_prefix", options.text("discovery_prefix", "homeassistant"));
  if (discovers) outbox.discovery_prefix = root;
  const int qos = static_cast<int>(options.integer("qos", 0, 2, 1));
  settings.connection = takeMqttSettings(options, endpoint, qos, false);
  settings.connection.will_topic = outbox.prefix + "/status";
  settings.connection.will = "offline";
  settings.broker = endpoint.uri;
  options.done();
  return settings;
}

// The engine's thread fills the outbox, the client's thread empties it.
class MqttSink final : public Sink, private MqttListener {
 public:
  MqttSink(const MqttSinkSettings& settings, const std::string& name, MonitorLog& log)
      : name_(name),
        log_(log),
        status_topic_(settings.connection.will_topic),
        qos_(settings.connection.qos),
        outbox_(settings.outbox),
        client_(settings.connection, *this, log) {
    own_topics_.push_back(
        std::make_unique<OwnTopics>(settings.broker, settings.outbox.prefix + "/"));
    if (!settings.outbox.discovery_prefix.empty()) {
      for (const std::string& root :
           discoveryRoots(settings.outbox.discovery_prefix, settings.outbox.prefix)) {
        own_topics_.push_back(std::make_unique<OwnTopics>(settings.broker, root));
      }
    }
    status_.uri = name;
  }
  ~MqttSink() override { client_.stop(0.0); }

  void open(const std::string& token) override {
    if (!token.empty()) {
      const std::lock_guard lock(mutex_);
      if (!outbox_.restore(token)) {
        log_.warn(name_ +
                  ": the saved state is not of this sink; alerts that are on are not known");
      }
    }
    client_.start();
  }

  void score(const ScoredRow& row) override {
    const std::lock_guard lock(mutex_);
    outbox_.score(row, MqttOutbox::Clock::now());
  }

  void alert(const AlertEvent& event) override {
    const std::lock_guard lock(mutex_);
    outbox_.alert(event);
  }

  void flush() override {
    const std::lock_guard lock(mutex_);
    if (outbox_.dropped() > said_dropped_) {
      log_.sample(LogLevel::kWarning, name_ + ": dropped",
                  fmt::format("{}: {} messages given up, for the broker does not take them", name_,
                              outbox_.dropped()));
      said_dropped_ = outbox_.dropped();
    }
    // Without a connection it would only disturb the pause.
    if (status_.connected && !outbox_.empty()) client_.wake();
  }

  std::string checkpoint() override {
    const std::lock_guard lock(mutex_);
    return outbox_.token();
  }

  void close() noexcept override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    client_.stop(kCloseSeconds);
    const std::lock_guard lock(mutex_);
    const std::size_t left = outbox_.waiting() + in_flight_.size();
    if (left == 0) return;
    lost_ += left;
    log_.warn(fmt::format("{}: {} messages never went out", name_, left));
  }

  [[nodiscard]] SinkStatus status() const override {
    const std::lock_guard lock(mutex_);
    SinkStatus status = status_;
    status.queued = outbox_.waiting() + in_flight_.size();
    status.dropped = outbox_.dropped() + lost_;
    return status;
  }

 private:
  void onConnected(MqttClient& client) override {
    client.publish(status_topic_, "online", qos_, true);
    const std::lock_guard lock(mutex_);
    outbox_.announceAll();
  }

  void onState(bool connected, const std::string& problem) override {
    const std::lock_guard lock(mutex_);
    status_.connected = connected;
    status_.problem = problem;
    if (connected) return;
    // The library forgets what was not written at QoS 0, and sends the rest again.
    if (qos_ == 0) {
      lost_ += in_flight_.size();
      in_flight_.clear();
    }
  }

  void onTurn(MqttClient& client) override {
    const std::lock_guard lock(mutex_);
    while (in_flight_.size() < kMostInFlight) {
      std::optional<OutMessage> message = outbox_.next();
      if (!message) break;
      const int id = client.publish(message->topic, message->payload, qos_, message->retain);
      if (id >= 0) {
        in_flight_.insert(id);
      } else {
        ++lost_;
      }
    }
    if (closing_ && !said_good_bye_ && outbox_.empty() && in_flight_.empty()) {
      said_good_bye_ = true;
      const int id = client.publish(status_topic_, "offline", qos_, true);
      if (id >= 0) in_flight_.insert(id);
    }
  }

  void onSent(int id) override {
    const std::lock_guard lock(mutex_);
    if (in_flight_.erase(id) > 0) ++status_.written;
  }

  bool isIdle() override {
    const std::lock_guard lock(mutex_);
    if (!in_flight_.empty()) return false;
    return status_.connected ? said_good_bye_ : outbox_.waiting() == 0;
  }

  const std::string name_;
  MonitorLog& log_;
  const std::string status_topic_;
  const int qos_;
  std::vector<std::unique_ptr<OwnTopics>> own_topics_;
  mutable std::mutex mutex_;  // of what follows
  MqttOutbox outbox_;
  std::set<int> in_flight_;  // ids of messages that the broker has not confirmed
  bool closing_ = false;
  bool said_good_bye_ = false;
  std::uint64_t said_dropped_ = 0;
  std::uint64_t lost_ = 0;
  SinkStatus status_;
  MqttClient client_;  // the last: it calls the others
};

}  // namespace

std::unique_ptr<Sink> makeMqttSink(const Endpoint& endpoint, const SinkContext& context) {
  return std::make_unique<MqttSink>(takeSettings(endpoint), endpoint.name, *context.log);
}

}  // namespace hiss
