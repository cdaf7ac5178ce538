// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/mqtt_sink.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "app/engine/failure.h"
#include "tests/app/monitor/mqtt/test_broker.h"
#include "tests/app/monitor/sinks/sink_events.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class MqttSinkTest : public TemporaryFolderTest {
 protected:
  void SetUp() override {
    if (!TestBroker::exists()) GTEST_SKIP() << "mosquitto is not installed";
    log_ = MonitorLog::keeping(&lines_);
    broker_ = std::make_unique<TestBroker>(path("broker"), "allow_anonymous true\n");
  }
  std::unique_ptr<Sink> make(const std::string& rest) {
    const bool has_options = rest.find('?') != std::string::npos;
    const std::string uri = "mqtt://127.0.0.1:" + std::to_string(broker_->port()) + "/" + rest +
                            (has_options ? "&" : "?") + "retry=100ms";
    SinkContext context;
    context.log = log_.get();
    return makeSink(makeEndpoint(uri, "test"), context);
  }
  static bool isConnected(const Sink& sink) {
    return eventually([&] { return sink.status().connected; });
  }
  static void score(Sink& sink, const std::string& stream, std::uint64_t number) {
    sink.score(TestRow(stream, number, {{"flow", 1.5}}).get());
    sink.flush();
  }
  static void alert(Sink& sink, const std::string& id, AlertPhase phase) {
    sink.alert(testAlert(id, "pump", phase));
    sink.flush();
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_;
  std::unique_ptr<TestBroker> broker_;
};

TEST_F(MqttSinkTest, TellsScoresAlertsAndStates) {
  broker_->start();
  MqttPeer peer(broker_->port());
  peer.subscribe("#");
  const auto sink = make("plant/hiss");
  sink->open("");
  ASSERT_TRUE(peer.waitFor("plant/hiss/status", "online"));
  score(*sink, "pump", 0);
  ASSERT_TRUE(peer.waitFor("plant/hiss/pump/state", "ok"));
  ASSERT_TRUE(peer.waitForCount("plant/hiss/pump/score", 1));
  alert(*sink, "id-1", AlertPhase::kBegan);
  ASSERT_TRUE(peer.waitFor("plant/hiss/pump/state", "alert"));
  alert(*sink, "id-1", AlertPhase::kEnded);
  ASSERT_TRUE(peer.waitForCount("plant/hiss/pump/state", 3));
  ASSERT_TRUE(peer.waitForCount("plant/hiss/pump/alert", 2));
  EXPECT_TRUE(eventually([&] { return sink->status().written == 6 && sink->status().queued == 0; }))
      << sink->status().written;
  sink->close();
  ASSERT_TRUE(peer.waitFor("plant/hiss/status", "offline"));
  EXPECT_FALSE(sink->status().connected);

  EXPECT_EQ(nlohmann::json::parse(peer.at("plant/hiss/pump/score")[0])["values"]["flow"], 1.5);
  const auto began = nlohmann::json::parse(peer.at("plant/hiss/pump/alert")[0]);
  EXPECT_EQ(began["id"], "id-1");
  EXPECT_EQ(began["phase"], "began");
  // Who comes later is told the states, and those alone.
  MqttPeer late(broker_->port());
  late.subscribe("#");
  ASSERT_TRUE(late.waitFor("plant/hiss/pump/state", "ok"));
  ASSERT_TRUE(late.waitFor("plant/hiss/status", "offline"));
  for (const MqttPeer::Message& message : late.messages()) {
    EXPECT_TRUE(message.retained);
    EXPECT_TRUE(message.topic.ends_with("state") || message.topic.ends_with("status"));
  }
}

TEST_F(MqttSinkTest, SpeaksVersion5AndEveryQualityOfService) {
  broker_->start();
  MqttPeer peer(broker_->port());
  peer.subscribe("#");
  for (const std::string version : {"311", "5"}) {
    for (const std::string qos : {"0", "1", "2"}) {
      const std::string prefix = "v" + version + "q" + qos;
      const auto sink = make(prefix + "?every=0&version=" + version + "&qos=" + qos);
      sink->open("");
      ASSERT_TRUE(isConnected(*sink));
      for (std::uint64_t i = 0; i < 100; ++i) score(*sink, "pump", i);
      ASSERT_TRUE(peer.waitForCount(prefix + "/pump/score", 100)) << prefix;
      sink->close();
      ASSERT_TRUE(peer.waitFor(prefix + "/status", "offline"));
      EXPECT_EQ(sink->status().dropped, 0u);
      EXPECT_EQ(nlohmann::json::parse(peer.at(prefix + "/pump/score")[99])["row"], 99);
    }
  }
}

TEST_F(MqttSinkTest, HomeAssistantIsTold) {
  broker_->start();
  MqttPeer peer(broker_->port());
  peer.subscribe("homeassistant/#");
  const auto sink = make("hiss?discovery=homeassistant");
  sink->open("");
  score(*sink, "pump", 0);
  ASSERT_TRUE(eventually([&] { return peer.messages().size() == 2; }));
  for (const MqttPeer::Message& message : peer.messages()) {
    const auto json = nlohmann::json::parse(message.payload);
    EXPECT_TRUE(json.contains("unique_id"));
    EXPECT_EQ(json["availability_topic"], "hiss/status");
  }
  sink->close();
}

TEST_F(MqttSinkTest, TheLastWillSaysThatItIsGone) {
  broker_->start();
  const auto sink = make("hiss");
  sink->open("");
  ASSERT_TRUE(isConnected(*sink));
  MqttPeer peer(broker_->port());
  peer.subscribe("hiss/status");
  ASSERT_TRUE(peer.waitFor("hiss/status", "online"));
  broker_->kill();
  ASSERT_TRUE(eventually([&] { return !sink->status().connected; }));
  EXPECT_NE(sink->status().problem, "");
  broker_->start();  // from its disk, where the last will is not
  ASSERT_TRUE(isConnected(*sink));
  EXPECT_EQ(sink->status().problem, "");
  sink->close();
}

TEST_F(MqttSinkTest, HoldsWhatItHasWhileTheBrokerIsAway) {
  const auto sink = make("hiss?every=0&queue=50");
  sink->open("");
  for (std::uint64_t i = 0; i < 100; ++i) score(*sink, "pump", i);
  for (int i = 0; i < 20; ++i) alert(*sink, fmt::format("id-{}", i), AlertPhase::kBegan);
  EXPECT_EQ(sink->status().queued, 50u);
  EXPECT_EQ(sink->status().dropped, 70u);
  ASSERT_TRUE(eventually([&] { return !sink->status().problem.empty(); }));
  broker_->start();
  MqttPeer peer(broker_->port());
  peer.subscribe("#");
  ASSERT_TRUE(eventually([&] { return sink->status().queued == 0; }));
  ASSERT_TRUE(isConnected(*sink));
  EXPECT_EQ(sink->status().dropped, 70u);
  // The peer may have come after them; what is retained it gets in any case.
  ASSERT_TRUE(peer.waitFor("hiss/pump/state", "alert"));
  sink->close();
  EXPECT_NE(lines_.find("given up"), std::string::npos) << lines_;
}

TEST_F(MqttSinkTest, SendsAgainWhatABrokerThatDiedDidNotTake) {
  broker_->start();
  const auto sink = make("hiss?every=0");
  sink->open("");
  ASSERT_TRUE(isConnected(*sink));
  broker_->kill();
  for (int i = 0; i < 250; ++i) alert(*sink, fmt::format("id-{}", i), AlertPhase::kBegan);
  ASSERT_TRUE(eventually([&] { return !sink->status().connected; }));
  EXPECT_EQ(sink->status().queued, 250u);
  broker_->start();
  ASSERT_TRUE(eventually([&] { return sink->status().queued == 0; }));
  EXPECT_EQ(sink->status().dropped, 0u);
  sink->close();
}

TEST_F(MqttSinkTest, ClosesSoonWithoutABroker) {
  const auto sink = make("hiss");
  sink->open("");
  alert(*sink, "id-1", AlertPhase::kBegan);
  ASSERT_TRUE(eventually([&] { return !sink->status().problem.empty(); }));
  const auto began = std::chrono::steady_clock::now();
  sink->close();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
  EXPECT_EQ(sink->status().dropped, 1u);
  EXPECT_NE(lines_.find("never went out"), std::string::npos) << lines_;
}

TEST_F(MqttSinkTest, GoesOnWithTheAlertsThatWereOn) {
  broker_->start();
  std::string token;
  {
    const auto sink = make("hiss");
    sink->open("");
    alert(*sink, "id-1", AlertPhase::kBegan);
    token = sink->checkpoint();
    sink->close();
  }
  MqttPeer peer(broker_->port());
  peer.subscribe("hiss/pump/state");
  ASSERT_TRUE(peer.waitFor("hiss/pump/state", "alert"));
  const auto sink = make("hiss");
  sink->open(token);
  ASSERT_TRUE(peer.waitForCount("hiss/pump/state", 2));
  EXPECT_EQ(peer.at("hiss/pump/state")[1], "alert");
  alert(*sink, "id-1", AlertPhase::kEnded);
  ASSERT_TRUE(peer.waitFor("hiss/pump/state", "ok"));
  sink->close();
}

TEST_F(MqttSinkTest, RefusesWhatCanNeverWork) {
  EXPECT_THROW(make("a/%23"), Failure);
  EXPECT_THROW(make("a+"), Failure);
  EXPECT_THROW(make("a?what=nothing"), Failure);
  EXPECT_THROW(make("a?persistent=true"), Failure);
  EXPECT_THROW(make("a?every=-1"), Failure);
  EXPECT_THROW(make("a?ca=x.pem"), Failure);
  EXPECT_NO_THROW(make("a"));
  EXPECT_NO_THROW(make(""));
}

}  // namespace
}  // namespace hiss
