// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/mqtt_outbox.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/engine/monitor/mqtt/mqtt_topics.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "tests/app/monitor/sinks/sink_events.h"

namespace hiss {
namespace {

using std::chrono::milliseconds;

std::vector<OutMessage> all(MqttOutbox& outbox) {
  std::vector<OutMessage> messages;
  while (auto message = outbox.next()) messages.push_back(std::move(*message));
  return messages;
}

std::vector<std::string> topics(const std::vector<OutMessage>& messages) {
  std::vector<std::string> result;
  for (const OutMessage& message : messages) result.push_back(message.topic);
  return result;
}

AlertEvent alertOf(MonitorAlertKind kind, const std::string& id, AlertPhase phase) {
  AlertEvent event = testAlert(id, "pump", phase);
  event.kind = kind;
  return event;
}

const MqttOutbox::Clock::time_point kStart{};

TEST(MqttOutboxTest, ThinsScoresOfEachStream) {
  MqttOutbox outbox({.every_seconds = 1.0});
  for (int i = 0; i < 21; ++i) {
    outbox.score(TestRow("a", std::uint64_t(i), {{"x", i}}).get(), kStart + milliseconds(100 * i));
  }
  outbox.score(TestRow("b", 0, {{"x", 1}}).get(), kStart + milliseconds(50));
  std::vector<std::string> rows;
  for (const OutMessage& message : all(outbox)) {
    if (!message.topic.ends_with("/score")) continue;
    const auto json = nlohmann::json::parse(message.payload);
    rows.push_back(fmt::format("{}{}", json["stream"].get<std::string>(), json["row"].get<int>()));
    EXPECT_FALSE(message.retain);
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"a0", "a10", "a20", "b0"}));
}

TEST(MqttOutboxTest, WritesWhatTheJsonLinesWrite) {
  MqttOutbox outbox({});
  TestRow row("pump", 7, {{"flow", 2.5}});
  outbox.score(row.get(), kStart);
  const AlertEvent event = testAlert("id-1", "pump", AlertPhase::kBegan);
  outbox.alert(event);
  fmt::memory_buffer score;
  appendScoreJson(score, row.get());
  fmt::memory_buffer alert;
  appendAlertJson(alert, event);
  const std::vector<OutMessage> messages = all(outbox);
  EXPECT_EQ(topics(messages),
            (std::vector<std::string>{"hiss/pump/alert", "hiss/pump/state", "hiss/pump/score"}));
  EXPECT_EQ(messages[0].payload, fmt::to_string(alert));
  EXPECT_EQ(messages[2].payload, fmt::to_string(score));
}

TEST(MqttOutboxTest, StateIsThatOfTheAlertsThatAreOn) {
  MqttOutbox outbox({});
  const auto stateAfter = [&](const AlertEvent& event) {
    outbox.alert(event);
    std::string state = "unchanged";
    for (const OutMessage& message : all(outbox)) {
      if (message.topic != "hiss/pump/state") continue;
      state = message.payload;
      EXPECT_TRUE(message.retain);
    }
    return state;
  };
  const auto kAnomaly = MonitorAlertKind::kAnomaly;
  const auto kNoData = MonitorAlertKind::kNoData;
  EXPECT_EQ(stateAfter(alertOf(kNoData, "1", AlertPhase::kBegan)), "no_data");
  EXPECT_EQ(stateAfter(alertOf(kAnomaly, "2", AlertPhase::kBegan)), "alert");
  EXPECT_EQ(stateAfter(alertOf(kAnomaly, "2", AlertPhase::kAcknowledged)), "unchanged");
  EXPECT_EQ(stateAfter(alertOf(kNoData, "1", AlertPhase::kEnded)), "unchanged");
  EXPECT_EQ(stateAfter(alertOf(kAnomaly, "2", AlertPhase::kEnded)), "ok");
}

TEST(MqttOutboxTest, RemembersAlertsThatAreOn) {
  MqttOutbox before({});
  before.alert(alertOf(MonitorAlertKind::kLimit, "1", AlertPhase::kBegan));
  before.alert(alertOf(MonitorAlertKind::kAnomaly, "2", AlertPhase::kBegan));
  before.alert(alertOf(MonitorAlertKind::kLimit, "1", AlertPhase::kEnded));
  MqttOutbox after({});
  ASSERT_TRUE(after.restore(before.token()));
  EXPECT_EQ(after.token(), before.token());
  const std::vector<OutMessage> messages = all(after);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].payload, "alert");
  for (const std::string broken : {"", "no json", "[1]", "{}", R"({"open": 3})"}) {
    EXPECT_FALSE(after.restore(broken)) << broken;
  }
  EXPECT_TRUE(after.restore(R"({"open": {"x": 3, "y": {"1": "strange", "2": 5}}})"));
}

TEST(MqttOutboxTest, GivesScoresUpBeforeAlerts) {
  MqttOutbox outbox({.every_seconds = 0.0, .most_messages = 3});
  const auto score = [&](int row) {
    outbox.score(TestRow("pump", std::uint64_t(row), {{"x", 1}}).get(), kStart);
  };
  const auto alert = [&](const std::string& id) {
    outbox.alert(testAlert(id, "pump", AlertPhase::kBegan));
  };
  score(0);
  score(1);
  alert("a");
  score(2);
  EXPECT_EQ(outbox.waiting(), 3u);
  EXPECT_EQ(outbox.dropped(), 1u);
  alert("b");
  alert("c");
  score(3);
  EXPECT_EQ(outbox.dropped(), 4u);
  alert("d");
  EXPECT_EQ(outbox.dropped(), 5u);
  std::vector<std::string> ids;
  for (const OutMessage& message : all(outbox)) {
    const auto json = nlohmann::json::parse(message.payload, nullptr, false);
    if (json.is_object()) ids.push_back(json.value("id", json.value("type", "")));
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"b", "c", "d"}));
}

TEST(MqttOutboxTest, ABrokerThatComesIsToldAllStatesAgain) {
  MqttOutbox outbox({.has_scores = false});
  for (int i = 0; i < 5; ++i) {
    outbox.score(TestRow(fmt::format("s{}", i), 0, {{"x", 1}}).get(), kStart);
  }
  EXPECT_EQ(all(outbox).size(), 5u);
  EXPECT_TRUE(outbox.empty());
  outbox.announceAll();
  outbox.announceAll();
  EXPECT_EQ(all(outbox).size(), 5u);
}

TEST(MqttOutboxTest, OnlyWhatIsAskedFor) {
  MqttOutbox scores({.has_alerts = false});
  MqttOutbox alerts({.has_scores = false, .retain = false});
  for (MqttOutbox* outbox : {&scores, &alerts}) {
    outbox->score(TestRow("pump", 0, {{"x", 1}}).get(), kStart);
    outbox->alert(testAlert("1", "pump", AlertPhase::kBegan));
  }
  EXPECT_EQ(topics(all(scores)), std::vector<std::string>{"hiss/pump/score"});
  const std::vector<OutMessage> messages = all(alerts);
  EXPECT_EQ(topics(messages), (std::vector<std::string>{"hiss/pump/alert", "hiss/pump/state"}));
  EXPECT_FALSE(messages[1].retain);
}

TEST(MqttOutboxTest, NoTwoStreamsShareATopic) {
  MqttOutbox outbox({});
  for (const std::string name : {"a#b", "a+b", "a_b", "/a_b", "plain/x"}) {
    outbox.score(TestRow(name, 0, {{"x", 1}}).get(), kStart);
  }
  std::set<std::string> scores;
  for (const OutMessage& message : all(outbox)) {
    if (message.topic.ends_with("/score")) scores.insert(message.topic);
    EXPECT_EQ(message.topic.find_first_of("#+"), std::string::npos) << message.topic;
  }
  EXPECT_EQ(scores.size(), 5u);
  EXPECT_TRUE(scores.contains("hiss/a_b/score"));
  EXPECT_TRUE(scores.contains("hiss/plain/x/score"));
}

TEST(MqttOutboxTest, HomeAssistantFindsEveryStream) {
  MqttOutbox outbox({.prefix = "site/hiss", .discovery_prefix = "homeassistant"});
  outbox.score(TestRow("hall 1/pump#flow", 0, {{"x", 1}}).get(), kStart);
  const std::vector<OutMessage> messages = all(outbox);
  ASSERT_EQ(messages.size(), 4u);
  std::set<std::string> ids;
  std::set<std::string> devices;
  for (int i = 0; i < 2; ++i) {
    const OutMessage& message = messages[std::size_t(i)];
    EXPECT_TRUE(message.retain);
    const auto json = nlohmann::json::parse(message.payload);
    for (const std::string key :
         {"name", "unique_id", "object_id", "state_topic", "availability_topic",
          "payload_available", "payload_not_available", "value_template", "device", "origin"}) {
      EXPECT_TRUE(json.contains(key)) << key;
    }
    EXPECT_EQ(json["availability_topic"], "site/hiss/status");
    EXPECT_EQ(json["device"]["name"], "hall 1/pump#flow");
    ids.insert(json["unique_id"].get<std::string>());
    devices.insert(json["device"]["identifiers"][0].get<std::string>());
    const std::string root = i == 0 ? "homeassistant/binary_sensor/" : "homeassistant/sensor/";
    EXPECT_TRUE(message.topic.starts_with(root)) << message.topic;
    EXPECT_TRUE(message.topic.ends_with("/config"));
    // A node and an object id between, of letters, digits and underlines.
    const std::string middle =
        message.topic.substr(root.size(), message.topic.size() - root.size() - 7);
    EXPECT_EQ(std::count(middle.begin(), middle.end(), '/'), 1);
    EXPECT_EQ(middle.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_/"),
              std::string::npos)
        << middle;
  }
  const auto problem = nlohmann::json::parse(messages[0].payload);
  EXPECT_EQ(problem["device_class"], "problem");
  EXPECT_EQ(problem["state_topic"], messages[2].topic);
  EXPECT_EQ(messages[2].topic, "site/hiss/hall 1/pump_flow/state");
  const auto score = nlohmann::json::parse(messages[1].payload);
  EXPECT_EQ(score["state_topic"], messages[3].topic);
  EXPECT_EQ(score["state_class"], "measurement");
  EXPECT_EQ(ids.size(), 2u);
  EXPECT_EQ(devices.size(), 1u);
}

TEST(MqttTopicsTest, NamesBecomeTopicsThatMayBePublishedAt) {
  EXPECT_EQ(safeTopic("plant/pump 1"), "plant/pump 1");
  EXPECT_EQ(safeTopic("a+b#c"), "a_b_c");
  EXPECT_EQ(safeTopic("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(safeTopic("bad\xff\xc3"), "bad__");
  EXPECT_EQ(safeTopic(std::string_view("nul\0\x01\x7f", 6)), "nul___");
}

TEST(MqttTopicsTest, FiltersMatchAsMqttSays) {
  EXPECT_TRUE(matchesTopic({"a/+", "b/#"}, "b/c/d"));
  EXPECT_TRUE(matchesTopic({"a/+", "b/#"}, "a/x"));
  EXPECT_FALSE(matchesTopic({"a/+", "b/#"}, "a/x/y"));
  EXPECT_FALSE(matchesTopic({}, "a"));
}

}  // namespace
}  // namespace hiss
