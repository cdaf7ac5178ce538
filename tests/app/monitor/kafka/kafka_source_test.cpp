// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/kafka/kafka_source.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/source.h"
#include "tests/app/monitor/collecting_host.h"
#include "tests/app/monitor/kafka/mock_cluster.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

constexpr std::int64_t kStampMs = 1'790'000'000'000;
// Of Kafka's requests.
constexpr std::int16_t kFetch = 1;
constexpr std::int16_t kOffsetFetch = 9;
constexpr std::int16_t kFindCoordinator = 10;
constexpr std::int16_t kJoinGroup = 11;
constexpr std::int16_t kHeartbeat = 12;
constexpr std::int16_t kSyncGroup = 14;

class KafkaSourceTest : public TemporaryFolderTest {
 protected:
  std::unique_ptr<Source> source(const std::string& uri) {
    return makeKafkaSource(makeEndpoint(uri, "test"), *log_);
  }
  std::unique_ptr<Source> sourceOf(const std::string& topic, const std::string& options = "") {
    return source(cluster_.uri(topic) + "?session=5" + options);
  }

  // `count` messages {"v":NUMBER} of stream `key`.
  void fill(const std::string& topic, int partition, const std::string& key, int count,
            int first = 0) {
    std::vector<TestMessage> messages;
    for (int i = first; i < first + count; ++i) {
      messages.push_back({key, fmt::format("{{\"v\":{}}}", i), partition, kStampMs + i});
    }
    cluster_.produce(topic, messages);
  }

  static std::vector<Observation> rowsOf(const CollectingHost& host, const std::string& stream) {
    std::vector<Observation> rows = host.rows();
    std::erase_if(rows, [&](const Observation& row) { return row.stream != stream; });
    return rows;
  }

  // The partition of the first shard that a host opened.
  static int movedTo(const CollectingHost& host) {
    return std::stoi(host.opened().at(0).substr(std::string("kafka-plant-").size()));
  }

  std::size_t timesSaid(const std::string& words) const {
    std::size_t count = 0;
    for (std::size_t at = lines_.find(words); at != std::string::npos;
         at = lines_.find(words, at + 1)) {
      ++count;
    }
    return count;
  }

  MockCluster cluster_;
  std::string lines_;  // read it when no source runs
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
};

TEST_F(KafkaSourceTest, DeliversRowsByKeyWithTheirPositions) {
  cluster_.createTopic("plant", 2);
  cluster_.produce("plant",
                   {{"pump", R"({"flow":1.5,"heat":20})", 0, kStampMs},
                    {"pump", R"({"flow":2.5,"time":"2026-11-22T10:00:00Z"})", 0, kStampMs + 1},
                    {"pump", "no row at all {", 0, kStampMs + 2},
                    {"pump", "", 0, kStampMs + 3, true, false},
                    {"pump", "a x=1\na x=2\nb x=3", 0, kStampMs + 4},
                    {"", R"({"flow":7})", 1, kStampMs, false},
                    {std::string("\x00\x2a\n", 3), R"({"flow":8})", 1, kStampMs}});
  CollectingHost host;
  const std::unique_ptr<Source> source = sourceOf("plant");
  EXPECT_TRUE(source->isDurable());
  EXPECT_TRUE(source->isLive());
  source->start(host, 0);
  ASSERT_TRUE(host.waitForRows(7, 20.0));
  EXPECT_TRUE(comesTrue([&] { return source->status().connected; }));

  std::vector<std::string> shards = host.opened();
  ASSERT_EQ(shards.size(), 2U);
  const int first = shards[0] == "kafka-plant-0" ? 1 : 2;
  std::sort(shards.begin(), shards.end());
  EXPECT_EQ(shards, (std::vector<std::string>{"kafka-plant-0", "kafka-plant-1"}));

  const std::vector<Observation> pump = rowsOf(host, "pump");
  ASSERT_EQ(pump.size(), 2U);
  ASSERT_EQ(pump[0].fields.size(), 2U);
  EXPECT_EQ(pump[0].fields[0].name, "flow");
  EXPECT_EQ(pump[0].fields[0].value, 1.5);
  EXPECT_EQ(pump[0].stamp_ns, kStampMs * 1'000'000) << "the message's time, for it has no other";
  EXPECT_EQ(pump[1].stamp_ns, 1'795'341'600'000'000'000) << "the payload's time goes first";
  EXPECT_EQ(pump[0].shard, first);
  EXPECT_EQ(pump[0].next_position, 1U);
  EXPECT_EQ(pump[1].next_position, 2U);
  EXPECT_GT(pump[0].arrived_ns, 0);

  const std::vector<Observation> rows = host.rows();
  std::vector<std::uint64_t> positions;
  std::vector<bool> more;
  for (const Observation& row : rows) {
    if (row.shard != first || row.stream == "pump") continue;
    positions.push_back(row.next_position);
    more.push_back(row.more);
  }
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{5, 5, 5}));
  EXPECT_EQ(more, (std::vector<bool>{true, true, false})) << "a state has all of a message or none";
  EXPECT_EQ(rowsOf(host, "plant-1").size(), 1U) << "a message without a key";
  EXPECT_EQ(rowsOf(host, "\\x00*\\x0a").size(), 1U) << "a key of bytes";
  EXPECT_EQ(source->status().malformed, 1U) << "a deletion is no malformed row";
  EXPECT_TRUE(comesTrue([&] { return source->status().rows == 7; }));

  EXPECT_EQ(cluster_.committed("hiss", "plant", 0), -1);
  source->saved(first, 4);
  EXPECT_TRUE(comesTrue([&] { return cluster_.committed("hiss", "plant", 0) == 4; }));
  source->stop();
  EXPECT_EQ(host.closed().size(), 2U);
  for (const auto& [shard, save] : host.closed()) EXPECT_TRUE(save);
  EXPECT_FALSE(host.finished());
}

TEST_F(KafkaSourceTest, GoesOnWhereTheStateSays) {
  cluster_.createTopic("plant", 2);
  fill("plant", 0, "a", 10);
  fill("plant", 1, "b", 4);
  CollectingHost host;
  host.setPosition("kafka-plant-0", 7);
  host.setPosition("kafka-plant-1", 3);
  const std::unique_ptr<Source> source = sourceOf("plant", "&group=other");
  source->start(host, 0);
  ASSERT_TRUE(host.waitForRows(4, 20.0));
  source->stop();
  ASSERT_EQ(host.rows().size(), 4U);
  const std::vector<Observation> a = rowsOf(host, "a");
  ASSERT_EQ(a.size(), 3U);
  EXPECT_EQ(a[0].fields[0].value, 7.0);
  EXPECT_EQ(rowsOf(host, "b")[0].fields[0].value, 3.0);
}

TEST_F(KafkaSourceTest, WaitsForAShardThatAnotherHoldsWhileTheRestFlows) {
  cluster_.createTopic("plant", 2);
  fill("plant", 0, "a", 10);
  fill("plant", 1, "b", 5);
  CollectingHost host;
  host.setTaken("kafka-plant-0", true);
  const std::unique_ptr<Source> source = sourceOf("plant");
  source->start(host, 0);
  ASSERT_TRUE(host.waitForRows(5, 20.0));
  ASSERT_TRUE(host.waitForRefused(3));
  EXPECT_EQ(rowsOf(host, "a").size(), 0U);
  // The one before saves what it had while we wait.
  host.setPosition("kafka-plant-0", 4);
  host.setTaken("kafka-plant-0", false);
  ASSERT_TRUE(host.waitForRows(11));
  source->stop();
  const std::vector<Observation> rows = rowsOf(host, "a");
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].fields[0].value, 4.0);
  EXPECT_EQ(timesSaid("another process holds the state of partition 0"), 1U) << lines_;
}

TEST_F(KafkaSourceTest, GivesPartitionsToAnotherWorkerAfterTheirStatesAreSaved) {
  cluster_.createTopic("plant", 4);
  for (int i = 0; i < 4; ++i) fill("plant", i, fmt::format("s{}", i), 3);
  CollectingHost first;
  CollectingHost second;
  const std::unique_ptr<Source> one = sourceOf("plant");
  const std::unique_ptr<Source> two = sourceOf("plant");
  one->start(first, 0);
  ASSERT_TRUE(first.waitForRows(12, 20.0));
  two->start(second, 0);
  ASSERT_TRUE(second.waitForShards(2, 0, 30.0));
  EXPECT_TRUE(comesTrue([&] { return cluster_.committed("hiss", "plant", movedTo(second)) == 3; }))
      << "who looks at the group sees no lag";
  EXPECT_EQ(first.closed().size(), 2U) << "only what moves is closed";
  for (const auto& [shard, save] : first.closed()) EXPECT_TRUE(save);
  // One leaves: all of it is the other's.
  one->stop();
  ASSERT_TRUE(second.waitForShards(4, 0, 30.0));
  two->stop();
  EXPECT_EQ(first.closed().size(), 4U);
  const std::vector<std::string> opened = second.opened();
  EXPECT_EQ(std::set<std::string>(opened.begin(), opened.end()).size(), 4U);
}

TEST_F(KafkaSourceTest, SavesNothingOfPartitionsItHasLost) {
  cluster_.createTopic("plant", 1);
  fill("plant", 0, "a", 3);
  CollectingHost host;
  const std::unique_ptr<Source> source = sourceOf("plant");
  source->start(host, 0);
  ASSERT_TRUE(host.waitForRows(3, 20.0));
  rd_kafka_mock_push_request_errors(cluster_.get(), kHeartbeat, 1,
                                    RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  ASSERT_TRUE(host.waitForShards(2, 1, 30.0)) << "it joins again";
  EXPECT_FALSE(host.closed()[0].second);
  source->stop();
}

TEST_F(KafkaSourceTest, LosesNoRowOverWhatTheBrokersRefuseForAMoment) {
  cluster_.createTopic("plant", 1);
  fill("plant", 0, "a", 50);
  for (const std::int16_t request : {kFindCoordinator, kOffsetFetch, kSyncGroup}) {
    rd_kafka_mock_push_request_errors(cluster_.get(), request, 1,
                                      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS);
  }
  rd_kafka_mock_push_request_errors(cluster_.get(), kJoinGroup, 1,
                                    RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
  rd_kafka_mock_push_request_errors(cluster_.get(), kFetch, 2,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                    RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR);
  CollectingHost host;
  const std::unique_ptr<Source> source = sourceOf("plant");
  source->start(host, 0);
  ASSERT_TRUE(host.waitForRows(50, 30.0));
  rd_kafka_mock_push_request_errors(cluster_.get(), kFetch, 1, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  fill("plant", 0, "a", 50, 50);
  ASSERT_TRUE(host.waitForRows(100, 30.0));
  source->stop();
  const std::vector<Observation> rows = host.rows();
  ASSERT_EQ(rows.size(), 100U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].fields[0].value, static_cast<double>(i));
  }
}

TEST_F(KafkaSourceTest, SaysOnceThatNoBrokerIsThereAndGoesOnWhenOneIs) {
  cluster_.createTopic("plant", 1);
  cluster_.setUp(false);
  CollectingHost host;
  const std::unique_ptr<Source> source = sourceOf("plant");
  source->start(host, 0);
  ASSERT_TRUE(comesTrue([&] { return !source->status().problem.empty(); }));
  EXPECT_FALSE(source->status().connected);
  cluster_.setUp(true);
  fill("plant", 0, "a", 3);
  ASSERT_TRUE(host.waitForRows(3, 30.0));
  ASSERT_TRUE(comesTrue([&] { return source->status().connected; }));
  EXPECT_EQ(source->status().problem, "");
  source->stop();
  EXPECT_EQ(timesSaid("no broker can be reached"), 1U) << lines_;
}

TEST_F(KafkaSourceTest, SaysWhyATopicCannotBeReadAndGoesOnWhenItCan) {
  rd_kafka_mock_topic_set_error(cluster_.get(), "plant",
                                RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  CollectingHost host;
  const std::unique_ptr<Source> source = sourceOf("plant");
  source->start(host, 0);
  ASSERT_TRUE(comesTrue([&] { return !source->status().problem.empty(); }));
  EXPECT_NE(source->status().problem.find("uthorization"), std::string::npos)
      << source->status().problem;
  rd_kafka_mock_topic_set_error(cluster_.get(), "plant", RD_KAFKA_RESP_ERR_NO_ERROR);
  fill("plant", 0, "a", 3);
  ASSERT_TRUE(host.waitForRows(3, 30.0));
  EXPECT_EQ(source->status().problem, "");
  source->stop();
}

TEST_F(KafkaSourceTest, StopsWhileTheMonitorTakesNoMore) {
  cluster_.createTopic("plant", 1);
  fill("plant", 0, "a", 100);
  CollectingHost host;
  host.setRoom(10);
  const std::unique_ptr<Source> source = sourceOf("plant");
  source->start(host, 0);
  ASSERT_TRUE(host.waitForRows(10, 20.0));
  host.stop();
  source->stop();
  EXPECT_EQ(host.rows().size(), 10U);
}

TEST_F(KafkaSourceTest, RefusesWhatCannotWork) {
  const std::vector<std::string> uris = {"kafka://b/",
                                         "kafka:///plant",
                                         "kafka://b/a/b",
                                         "kafka://b/plant?offset=middle",
                                         "kafka://b/plant?group=",
                                         "kafka://b/plant?user=me&security=plaintext",
                                         "kafka://b/plant?security=sasl_ssl",
                                         "kafka://b/plant?ca=/ca.pem",
                                         "kafka://b/plant?insecure=yes",
                                         "kafka://b/plant?speed=3",
                                         "kafka://b/plant?session=0.5"};
  for (const std::string& uri : uris) {
    try {
      source(uri);
      ADD_FAILURE() << uri;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::kUsage) << uri;
    }
  }
  // What librdkafka refuses when it is made.
  CollectingHost host;
  const std::unique_ptr<Source> without_file =
      source("kafka://b/plant?security=ssl&ca=" + path("none.pem").string());
  EXPECT_THROW(without_file->start(host, 0), Failure);
  without_file->stop();
}

TEST_F(KafkaSourceTest, NamesNoPassword) {
  write("password", "geheim\n");
  const std::string uri = "kafka://me:offen@127.0.0.1:1/plant?security=sasl_plaintext";
  for (const std::string& one :
       {uri, uri + "&password_file=" + path("password").string(), uri + "&mechanism=none"}) {
    try {
      CollectingHost host;
      const std::unique_ptr<Source> made = source(one);
      made->start(host, 0);
      ASSERT_TRUE(comesTrue([&] { return !made->status().problem.empty(); }));
      lines_ += made->status().problem + made->status().uri;
      made->stop();
    } catch (const Failure& failure) {
      lines_ += failure.what();
    }
  }
  EXPECT_NE(lines_.find("mechanism"), std::string::npos);
  EXPECT_EQ(lines_.find("offen"), std::string::npos) << lines_;
  EXPECT_EQ(lines_.find("geheim"), std::string::npos) << lines_;
}

}  // namespace
}  // namespace hiss
