// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/kafka/kafka_sink.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/monitor/kafka/mock_cluster.h"

namespace hiss {
namespace {

constexpr std::int16_t kProduce = 0;  // of Kafka's requests

class KafkaSinkTest : public testing::Test {
 protected:
  std::unique_ptr<Sink> sink(const std::string& uri) {
    SinkContext context;
    context.log = log_.get();
    return makeKafkaSink(makeEndpoint(uri, "test"), context);
  }

  static void score(Sink& sink, const std::string& stream, std::uint64_t row) {
    static const std::vector<std::string> kChannels = {"flow"};
    const std::array<double, 1> values = {static_cast<double>(row)};
    const std::array<ChannelVerdict, 1> verdicts = {};
    ScoredRow scored;
    scored.stream = stream;
    scored.channels = kChannels;
    scored.values = values;
    scored.verdicts = verdicts;
    scored.row = row;
    sink.score(scored);
  }
  static void alert(Sink& sink, const std::string& id, AlertPhase phase) {
    AlertEvent event;
    event.id = id;
    event.stream = "pump";
    event.phase = phase;
    sink.alert(event);
  }

  MockCluster cluster_;
  std::string lines_;  // read it when no sink is open
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
};

TEST_F(KafkaSinkTest, WritesEventsUnderTheirStreamWithHeadersThatTellRepeats) {
  cluster_.createTopic("verdicts", 2);
  const std::unique_ptr<Sink> sink = this->sink(cluster_.uri("verdicts") + "?what=all");
  sink->open("");
  score(*sink, "pump", 41);
  alert(*sink, "a1", AlertPhase::kBegan);
  alert(*sink, "a1", AlertPhase::kEnded);
  sink->flush();
  EXPECT_EQ(sink->checkpoint(), "");
  EXPECT_EQ(sink->status().written, 3U);
  EXPECT_TRUE(comesTrue([&] { return sink->status().connected; }));
  sink->close();

  const std::vector<TestMessage> messages = cluster_.read("verdicts", 2, 3);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].partition, messages[2].partition) << "a stream is of one partition";
  EXPECT_EQ(messages[0].key, "pump");
  EXPECT_EQ(messages[0].headers,
            (std::map<std::string, std::string>{{"type", "score"}, {"id", "pump/41"}}));
  EXPECT_EQ(nlohmann::json::parse(messages[0].value)["row"], 41);
  EXPECT_EQ(messages[1].headers, (std::map<std::string, std::string>{
                                     {"type", "alert"}, {"id", "a1"}, {"phase", "began"}}));
  EXPECT_EQ(messages[2].headers.at("phase"), "ended");
  EXPECT_EQ(nlohmann::json::parse(messages[2].value)["id"], "a1");
}

TEST_F(KafkaSinkTest, WritesWhatIsAskedFor) {
  cluster_.createTopic("verdicts", 1);
  const std::unique_ptr<Sink> alerts = sink(cluster_.uri("verdicts"));
  const std::unique_ptr<Sink> scores = sink(cluster_.uri("verdicts") + "?what=scores");
  for (Sink* const one : {alerts.get(), scores.get()}) {
    one->open("");
    score(*one, "pump", 1);
    alert(*one, "a1", AlertPhase::kBegan);
    one->close();
  }
  const std::vector<TestMessage> messages = cluster_.read("verdicts", 1, 2);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].headers.at("type"), "alert");
  EXPECT_EQ(messages[1].headers.at("type"), "score");
}

TEST_F(KafkaSinkTest, NoStateIsSavedBeforeTheBrokersHaveWhatWasTold) {
  cluster_.createTopic("verdicts", 1);
  const std::unique_ptr<Sink> sink = this->sink(cluster_.uri("verdicts") + "?what=all");
  sink->open("");
  ASSERT_TRUE(comesTrue([&] { return sink->status().connected; }));
  cluster_.setUp(false);
  ASSERT_TRUE(comesTrue([&] { return !sink->status().connected; }));
  score(*sink, "pump", 1);
  alert(*sink, "a1", AlertPhase::kBegan);
  EXPECT_THROW(sink->checkpoint(), Failure);
  EXPECT_NE(sink->status().problem, "");
  EXPECT_EQ(sink->status().queued, 2U);

  cluster_.setUp(true);
  ASSERT_TRUE(comesTrue([&] { return sink->status().connected; }));
  EXPECT_EQ(sink->checkpoint(), "");
  EXPECT_EQ(sink->status().problem, "");
  EXPECT_EQ(sink->status().dropped, 0U);
  sink->close();
  EXPECT_EQ(cluster_.read("verdicts", 1, 2).size(), 2U);
}

TEST_F(KafkaSinkTest, AFullQueueLosesScoresAndCountsThemButHoldsAlerts) {
  cluster_.createTopic("verdicts", 1);
  cluster_.setUp(false);
  const std::unique_ptr<Sink> sink = this->sink(cluster_.uri("verdicts") + "?what=all&queue=100");
  sink->open("");
  for (int i = 0; i < 150; ++i) score(*sink, "pump", static_cast<std::uint64_t>(i));
  for (int i = 0; i < 30; ++i) alert(*sink, fmt::format("a{}", i), AlertPhase::kBegan);
  EXPECT_EQ(sink->status().dropped, 60U);
  EXPECT_EQ(sink->status().queued, 120U) << "20 alerts wait for room";
  cluster_.setUp(true);
  ASSERT_TRUE(comesTrue([&] {
    sink->flush();
    return sink->status().written == 120;
  })) << sink->status().written;
  sink->close();
  EXPECT_EQ(sink->status().dropped, 60U);
  const std::vector<TestMessage> messages = cluster_.read("verdicts", 1, 120);
  ASSERT_EQ(messages.size(), 120U);
  EXPECT_EQ(messages.back().headers.at("id"), "a29");
}

TEST_F(KafkaSinkTest, CountsWhatTheBrokerRefuses) {
  cluster_.createTopic("verdicts", 1);
  rd_kafka_mock_push_request_errors(cluster_.get(), kProduce, 1,
                                    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const std::unique_ptr<Sink> sink = this->sink(cluster_.uri("verdicts") + "?what=all");
  sink->open("");
  score(*sink, "pump", 1);
  sink->checkpoint();  // waits no more for what never comes
  EXPECT_EQ(sink->status().dropped, 1U);
  EXPECT_NE(sink->status().problem.find("uthorization"), std::string::npos)
      << sink->status().problem;
  // librdkafka asks the brokers again by and by.
  EXPECT_TRUE(comesTrue([&] {
    score(*sink, "pump", 2);
    sink->checkpoint();
    return sink->status().written > 0;
  })) << sink->status().problem;
  EXPECT_EQ(sink->status().problem, "");
  sink->close();
}

TEST_F(KafkaSinkTest, SendsAgainWhatABrokerDidNotTakeAndNothingTwice) {
  cluster_.createTopic("verdicts", 1);
  rd_kafka_mock_push_request_errors(
      cluster_.get(), kProduce, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
  const std::unique_ptr<Sink> sink = this->sink(cluster_.uri("verdicts") + "?what=all");
  sink->open("");
  for (int i = 0; i < 10; ++i) score(*sink, "pump", static_cast<std::uint64_t>(i));
  EXPECT_TRUE(comesTrue([&] { return sink->status().written == 10; }));
  sink->close();
  EXPECT_EQ(cluster_.read("verdicts", 1, 10).size(), 10U);
}

TEST_F(KafkaSinkTest, BeginsAnewWhenItsProducerIsDead) {
  cluster_.createTopic("verdicts", 1);
  rd_kafka_mock_push_request_errors(cluster_.get(), kProduce, 1,
                                    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  const std::unique_ptr<Sink> sink = this->sink(cluster_.uri("verdicts") + "?what=all");
  sink->open("");
  score(*sink, "pump", 1);
  ASSERT_TRUE(comesTrue([&] {
    sink->flush();
    return sink->status().dropped == 1;
  }));
  score(*sink, "pump", 2);
  sink->flush();
  EXPECT_EQ(sink->checkpoint(), "");
  EXPECT_EQ(sink->status().written, 1U);
  sink->close();
  const std::vector<TestMessage> messages = cluster_.read("verdicts", 1, 1);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].headers.at("id"), "pump/2");
  EXPECT_NE(lines_.find("the producer begins anew"), std::string::npos) << lines_;
}

TEST_F(KafkaSinkTest, EndsSoonWhereNoBrokerIs) {
  cluster_.setUp(false);
  const std::unique_ptr<Sink> sink = this->sink(cluster_.uri("verdicts") + "?what=all");
  sink->open("");
  ASSERT_TRUE(comesTrue([&] { return !sink->status().problem.empty(); }));
  for (int i = 0; i < 10; ++i) score(*sink, "pump", static_cast<std::uint64_t>(i));
  const auto begin = std::chrono::steady_clock::now();
  sink->close();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(sink->status().dropped, 10U);
  EXPECT_NE(lines_.find("10 messages were not delivered"), std::string::npos) << lines_;
}

TEST_F(KafkaSinkTest, RefusesOptionsItDoesNotKnow) {
  for (const char* const uri :
       {"kafka://b/t?what=some", "kafka://b/t?acks=2", "kafka://b/t?queue=1",
        "kafka://b/t?group=hiss", "kafka://b/t?password_env=HISS_NO_SUCH_VARIABLE"}) {
    EXPECT_THROW(sink(uri), Failure) << uri;
  }
}

}  // namespace
}  // namespace hiss
