// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/kafka/kafka_client.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <memory>
#include <string>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class KafkaClientTest : public TemporaryFolderTest {
 protected:
  static KafkaSettings settings(const std::string& uri) {
    const Endpoint endpoint = makeEndpoint(uri, "test");
    OptionReader options(endpoint);
    KafkaSettings settings = kafkaSettings(endpoint, options);
    options.done();
    return settings;
  }
  static std::string property(const std::string& uri, const std::string& name) {
    return settings(uri).properties[name];
  }
};

TEST_F(KafkaClientTest, TakesOneBrokerOrSeveral) {
  EXPECT_EQ(settings("kafka://a/plant").topic, "plant");
  EXPECT_EQ(property("kafka://a/plant", "bootstrap.servers"), "a");
  EXPECT_EQ(property("kafka://a:1/plant", "bootstrap.servers"), "a:1");
  EXPECT_EQ(property("kafka://a:1,b,c:3/plant", "bootstrap.servers"), "a:1,b,c:3");
  EXPECT_EQ(property("kafka://[::1]:9092/plant", "bootstrap.servers"), "[::1]:9092");
}

TEST_F(KafkaClientTest, TakesAUserFromWhereItIs) {
  EXPECT_EQ(property("kafka://a/plant", "security.protocol"), "plaintext");
  EXPECT_EQ(property("kafka://me:word@a/plant", "security.protocol"), "sasl_ssl");
  EXPECT_EQ(property("kafka://me:word@a/plant", "sasl.password"), "word");
  EXPECT_EQ(property("kafka://me:word@a/plant", "sasl.mechanism"), "SCRAM-SHA-512");
  const std::string file = write("password", "of a file\nand more").string();
  const std::string uri = "kafka://a/plant?user=you&mechanism=PLAIN&password_file=" + file;
  EXPECT_EQ(property(uri, "sasl.username"), "you");
  EXPECT_EQ(property(uri, "sasl.password"), "of a file");
  EXPECT_EQ(property(uri, "sasl.mechanism"), "PLAIN");
  ASSERT_EQ(::setenv("HISS_TEST_KAFKA_PASSWORD", "of a variable", 1), 0);
  EXPECT_EQ(property("kafka://you@a/plant?password_env=HISS_TEST_KAFKA_PASSWORD", "sasl.password"),
            "of a variable");
  EXPECT_THROW(settings(uri + "&password_env=HISS_TEST_KAFKA_PASSWORD"), Failure);
  EXPECT_THROW(settings("kafka://a/plant?user=you&password_file=" + path("none").string()),
               Failure);
}

TEST_F(KafkaClientTest, TakesCertificates) {
  const std::string uri = "kafka://a/plant?security=ssl&ca=/ca.pem&cert=/me.pem&key=/me.key";
  EXPECT_EQ(property(uri, "ssl.ca.location"), "/ca.pem");
  EXPECT_EQ(property(uri, "ssl.certificate.location"), "/me.pem");
  EXPECT_EQ(property(uri, "ssl.key.location"), "/me.key");
  EXPECT_EQ(property(uri, "enable.ssl.certificate.verification"), "") << "it is checked";
  EXPECT_EQ(property(uri + "&insecure=yes", "enable.ssl.certificate.verification"), "false");
}

class KafkaHealthTest : public testing::Test {
 protected:
  static constexpr const char* kUp = R"({"brokers":{"a":{"state":"DOWN"},"b":{"state":"UP"}}})";
  static constexpr const char* kDown = R"({"brokers":{"a":{"state":"TRY_CONNECT"}}})";

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
  KafkaHealth health_{"kafka://a/plant", *log_};
};

TEST_F(KafkaHealthTest, IsUpWhenABrokerIs) {
  EXPECT_FALSE(health_.connected());
  EXPECT_FALSE(health_.isDown()) << "it has only begun";
  for (const char* const text : {kDown, "", "no JSON", "[]", R"({"brokers":{"a":7}})"}) {
    health_.onStatistics(text);
    EXPECT_FALSE(health_.connected()) << text;
  }
  health_.onStatistics(kUp);
  EXPECT_TRUE(health_.connected());
  EXPECT_EQ(health_.reconnects(), 0U) << "it is the first time";
}

TEST_F(KafkaHealthTest, OneBrokerOfSeveralIsNoMatter) {
  health_.onStatistics(kUp);
  health_.onError(RD_KAFKA_RESP_ERR__TRANSPORT, "a is gone");
  EXPECT_TRUE(health_.connected());
  EXPECT_EQ(health_.problem(), "");
  health_.onError(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  EXPECT_FALSE(health_.connected());
  EXPECT_TRUE(health_.isDown());
  EXPECT_NE(health_.problem().find("a is gone"), std::string::npos) << health_.problem();
  health_.onStatistics(kUp);
  EXPECT_EQ(health_.problem(), "");
  EXPECT_EQ(health_.reconnects(), 1U);
}

TEST_F(KafkaHealthTest, AWrongPasswordIsSaidAndNotHiddenByWhatFollows) {
  for (int i = 0; i < 3; ++i) {
    health_.onError(RD_KAFKA_RESP_ERR__AUTHENTICATION, "wrong user or password");
    health_.onError(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  }
  EXPECT_NE(health_.problem().find("wrong user"), std::string::npos) << health_.problem();
  const std::size_t first = lines_.find("refused by the broker");
  EXPECT_NE(first, std::string::npos) << lines_;
  EXPECT_EQ(lines_.find("refused by the broker", first + 1), std::string::npos) << "said once";
}

TEST_F(KafkaHealthTest, TroublesOfATopicAreSaidOnceEach) {
  health_.onStatistics(kUp);
  health_.setTrouble("no such topic");
  health_.setTrouble("no such topic");
  EXPECT_EQ(health_.problem(), "no such topic");
  EXPECT_TRUE(health_.connected());
  health_.setTrouble({});
  EXPECT_EQ(health_.problem(), "");
  const std::size_t first = lines_.find("no such topic");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(lines_.find("no such topic", first + 1), std::string::npos) << lines_;
}

}  // namespace
}  // namespace hiss
