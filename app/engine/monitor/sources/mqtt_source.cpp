// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/mqtt_source.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/mqtt/mqtt_client.h"
#include "app/engine/monitor/mqtt/mqtt_topics.h"
#include "app/engine/monitor/sources/row_intake.h"

namespace hiss {
namespace {

constexpr int kMostTopicFields = 10;

struct MqttSourceSettings {
  std::vector<std::string> filters;
  std::vector<std::string> exclude;
  std::string broker;  // OwnTopics::brokerKey
  bool take_retained = false;
  int topic_fields = 0;
  DecodeSettings decode;
  MqttSettings connection;
};

MqttSourceSettings takeSettings(const Endpoint& endpoint) {
  OptionReader options(endpoint);
  MqttSourceSettings settings;
  const std::string& path = endpoint.uri.path;
  settings.filters =
      takeTopicFilters(options, endpoint, "topics", path.empty() ? path : path.substr(1));
  if (settings.filters.empty()) {
    options.fail("topics", "topics to listen to, as in mqtt://HOST/plant/#", "none");
  }
  settings.exclude = takeTopicFilters(options, endpoint, "exclude", "");
  settings.broker = OwnTopics::brokerKey(endpoint.uri);
  const int qos = static_cast<int>(options.integer("qos", 0, 2, 1));
  settings.take_retained = options.oneOf("retained", {"skip", "take"}, "skip") == "take";
  settings.topic_fields = static_cast<int>(options.integer("topic_fields", 0, kMostTopicFields, 0));
  settings.decode = decodeSettings(options);
  settings.connection = takeMqttSettings(options, endpoint, qos, true);
  options.done();
  return settings;
}

class MqttSource final : public Source, private MqttListener {
 public:
  MqttSource(MqttSourceSettings settings, const std::string& name, MonitorLog& log)
      : settings_(std::move(settings)),
        intake_(name, settings_.decode, RowIntake::WhenFull::kWait, true, log),
        decoder_(settings_.decode),
        client_(settings_.connection, *this, log) {}

  void start(SourceHost& host, std::uint64_t /*position*/) override {
    intake_.begin(host);
    client_.start();
  }
  void stop() noexcept override { client_.stop(0.0); }
  [[nodiscard]] bool isLive() const noexcept override { return true; }
  // The broker forgets what was acknowledged, so there is no position to go back to.
  [[nodiscard]] bool isDurable() const noexcept override { return false; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  void onConnected(MqttClient& client) override {
    for (const std::string& filter : settings_.filters) {
      client.subscribe(filter, client.settings().qos);
    }
    if (std::exchange(was_connected_, true)) intake_.countReconnect();
  }

  void onState(bool connected, const std::string& problem) override {
    intake_.setConnected(connected, problem);
  }

  bool onMessage(const MqttMessage& message) override {
    if (message.retained && !settings_.take_retained) return true;
    // A kept session may still have topics that an earlier start asked for.
    if (!matchesTopic(settings_.filters, message.topic) ||
        matchesTopic(settings_.exclude, message.topic) ||
        OwnTopics::contain(settings_.broker, message.topic)) {
      return true;
    }
    if (settings_.topic_fields == 0) return intake_.message(message.payload, message.topic);
    return takeWithFields(message);
  }

  // The last levels of the topic name the value: plant/pump/flow with 3.1 is flow of plant/pump.
  bool takeWithFields(const MqttMessage& message) {
    std::size_t cut = message.topic.size();
    for (int level = 0; level < settings_.topic_fields && cut != 0; ++level) {
      const std::size_t slash = message.topic.rfind('/', cut - 1);
      cut = slash == std::string_view::npos ? 0 : slash;
    }
    if (cut == 0) {
      intake_.malformed(fmt::format("expected a topic of more than {} levels, found {}",
                                    settings_.topic_fields, oneLine(message.topic)));
      return true;
    }
    rows_.clear();
    if (!decoder_.decode(message.payload, message.topic.substr(0, cut), rows_, why_)) {
      intake_.malformed(why_);
    }
    const std::string levels(message.topic.substr(cut + 1));
    for (Observation& row : rows_) {
      const bool is_single = row.fields.size() == 1;
      for (Field& field : row.fields) {
        field.name = is_single ? levels : levels + "/" + field.name;
      }
      if (!intake_.row(std::move(row))) return false;
    }
    return true;
  }

  MqttSourceSettings settings_;
  RowIntake intake_;
  RowDecoder decoder_;  // of the client's thread, as what follows
  std::vector<Observation> rows_;
  std::string why_;
  bool was_connected_ = false;
  MqttClient client_;  // the last: it calls the others
};

}  // namespace

std::unique_ptr<Source> makeMqttSource(const Endpoint& endpoint, MonitorLog& log) {
  return std::make_unique<MqttSource>(takeSettings(endpoint), endpoint.name, log);
}

}  // namespace hiss
