// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/mqtt_source.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "app/engine/failure.h"
#include "app/engine/monitor/mqtt/mqtt_topics.h"
#include "tests/app/monitor/collecting_host.h"
#include "tests/app/monitor/mqtt/test_broker.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class MqttSourceTest : public TemporaryFolderTest {
 protected:
  void SetUp() override {
    if (!TestBroker::exists()) GTEST_SKIP() << "mosquitto is not installed";
    log_ = MonitorLog::keeping(&lines_);
  }

  TestBroker& startBroker(const std::string& configuration = "allow_anonymous true\n") {
    broker_ = std::make_unique<TestBroker>(path("broker"), configuration);
    broker_->start();
    return *broker_;
  }
  std::unique_ptr<Source> open(const std::string& rest, const std::string& scheme = "mqtt",
                               const std::string& host = "127.0.0.1") {
    const std::string uri =
        scheme + "://" + host + ":" + std::to_string(broker_->port()) + "/" + rest;
    const bool has_options = rest.find('?') != std::string::npos;
    return makeMqttSource(makeEndpoint(uri + (has_options ? "&" : "?") + "retry=100ms", "test"),
                          *log_);
  }
  // Started and subscribed.
  std::unique_ptr<Source> start(const std::string& rest, CollectingHost& host) {
    std::unique_ptr<Source> source = open(rest);
    source->start(host, 0);
    EXPECT_TRUE(eventually([&] { return source->status().connected; }));
    return source;
  }
  static void stop(Source& source, CollectingHost& host) {
    host.stop();
    source.stop();
  }
  bool waitForProblem(const Source& source, const std::string& part) {
    return eventually([&] { return source.status().problem.find(part) != std::string::npos; });
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  }

  std::string lines_;  // valid once the log is gone or its users are
  std::unique_ptr<MonitorLog> log_;
  std::unique_ptr<TestBroker> broker_;
};

TEST_F(MqttSourceTest, TakesRowsOfTopicsThatMatch) {
  startBroker();
  CollectingHost host;
  const auto source = start("plant/+/flow,hall/%23?exclude=hall/secret/%23", host);
  MqttPeer peer(broker_->port());
  peer.publish("plant/a/flow", "1.5");
  peer.publish("plant/a/other", "2");
  peer.publish("hall/secret/x", "3");
  peer.publish("hall/x/y", R"({"temperature": 20.5, "inner": {"humidity": 40}})");
  ASSERT_TRUE(host.waitForRows(2));
  peer.publish("plant/b/flow", "no number");
  peer.publish("plant/b/flow", "4.5");
  ASSERT_TRUE(host.waitForRows(3));
  stop(*source, host);

  const std::vector<Observation> rows = host.rows();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].stream, "plant/a/flow");
  ASSERT_EQ(rows[0].fields.size(), 1u);
  EXPECT_EQ(rows[0].fields[0].value, 1.5);
  EXPECT_TRUE(rows[0].stamp_ns);
  EXPECT_GT(rows[0].arrived_ns, 0);
  EXPECT_EQ(rows[1].stream, "hall/x/y");
  EXPECT_EQ(rows[1].fields.size(), 2u);
  EXPECT_EQ(rows[2].stream, "plant/b/flow");
  EXPECT_EQ(source->status().rows, 3u);
  EXPECT_EQ(source->status().malformed, 1u);
  EXPECT_TRUE(source->isLive());
}

TEST_F(MqttSourceTest, ReadsValuesByTheirPaths) {
  startBroker();
  CollectingHost host;
  const auto source = start("%23?json=/data/t", host);
  MqttPeer peer(broker_->port());
  peer.publish("a", R"({"data": {"t": 7.25, "u": 1}, "n": 2})");
  ASSERT_TRUE(host.waitForRows(1));
  stop(*source, host);
  ASSERT_EQ(host.rows()[0].fields.size(), 1u);
  EXPECT_EQ(host.rows()[0].fields[0].value, 7.25);
}

TEST_F(MqttSourceTest, LastLevelsOfTheTopicMayNameTheValue) {
  startBroker();
  CollectingHost host;
  const auto source = start("%23?topic_fields=1", host);
  MqttPeer peer(broker_->port());
  peer.publish("plant/pump/flow", "3.5");
  peer.publish("lonely", "1");
  peer.publish("plant/pump/both", R"({"a": 1, "b": 2})");
  ASSERT_TRUE(host.waitForRows(2));
  stop(*source, host);
  const std::vector<Observation> rows = host.rows();
  EXPECT_EQ(rows[0].stream, "plant/pump");
  EXPECT_EQ(rows[0].fields[0].name, "flow");
  EXPECT_EQ(rows[1].stream, "plant/pump");
  EXPECT_EQ(rows[1].fields[0].name, "both/a");
  EXPECT_EQ(source->status().malformed, 1u);
}

TEST_F(MqttSourceTest, WhatTheBrokerKeptIsNoNewMeasurement) {
  startBroker();
  MqttPeer peer(broker_->port());
  peer.publish("kept", "1", true);
  ASSERT_TRUE(peer.allSent());
  CollectingHost host;
  CollectingHost taking_host;
  const auto source = start("%23", host);
  const auto taking = start("%23?retained=take", taking_host);
  ASSERT_TRUE(taking_host.waitForRows(1));
  peer.publish("kept", "2", true);  // live, though the broker keeps it too
  ASSERT_TRUE(host.waitForRows(1));
  ASSERT_TRUE(taking_host.waitForRows(2));
  stop(*source, host);
  stop(*taking, taking_host);
  EXPECT_EQ(host.rows()[0].fields[0].value, 2.0);
  EXPECT_EQ(host.rows().size(), 1u);
  EXPECT_EQ(taking_host.rows()[0].fields[0].value, 1.0);
}

TEST_F(MqttSourceTest, PassesOverWhatThisProcessPublishes) {
  startBroker();
  CollectingHost host;
  const auto source = start("%23", host);
  MqttPeer peer(broker_->port());
  {
    const OwnTopics ours(parseUri("mqtt://localhost/hiss"), "hiss/");
    peer.publish("hiss/pump/score", "0.5");
    peer.publish("hissing", "1");
    ASSERT_TRUE(host.waitForRows(1));
  }
  peer.publish("hiss/pump/score", "2");
  ASSERT_TRUE(host.waitForRows(2));
  stop(*source, host);
  EXPECT_EQ(host.rows()[0].stream, "hissing");
  EXPECT_EQ(host.rows()[1].stream, "hiss/pump/score");
}

TEST_F(MqttSourceTest, SpeaksVersion5AndEveryQualityOfService) {
  startBroker();
  for (const std::string version : {"311", "5"}) {
    for (const std::string qos : {"0", "1", "2"}) {
      CollectingHost host;
      const auto source = start(qos + "/%23?qos=" + qos + "&version=" + version, host);
      MqttPeer peer(broker_->port());
      for (int i = 0; i < 20; ++i) peer.publish(qos + "/a", std::to_string(i));
      ASSERT_TRUE(host.waitForRows(20)) << version << " " << qos;
      stop(*source, host);
      std::string order;
      for (const Observation& row : host.rows()) {
        order += std::to_string(static_cast<int>(row.fields[0].value)) + " ";
      }
      EXPECT_EQ(order, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 ")
          << "version " << version << " qos " << qos;
    }
  }
}

TEST_F(MqttSourceTest, WhatComesWhileItIsAwayWaitsAtTheBroker) {
  startBroker();
  MqttPeer peer(broker_->port());
  {
    CollectingHost host;
    const auto source = start("%23?client_id=steady", host);
    peer.publish("a", "0");
    ASSERT_TRUE(host.waitForRows(1));
    stop(*source, host);
  }
  for (int i = 1; i < 50; ++i) peer.publish("a", std::to_string(i));
  ASSERT_TRUE(peer.allSent());
  CollectingHost host;
  const auto source = start("%23?client_id=steady", host);
  ASSERT_TRUE(host.waitForRows(49));
  stop(*source, host);
  for (int i = 1; i < 50; ++i) EXPECT_EQ(host.rows()[std::size_t(i) - 1].fields[0].value, i);
}

TEST_F(MqttSourceTest, AnswersOnlyForWhatWasTaken) {
  startBroker();
  constexpr int kRows = 60;
  constexpr std::size_t kRoom = 7;
  MqttPeer peer(broker_->port());
  CollectingHost full;
  full.setRoom(kRoom);
  {
    const auto source = start("%23?client_id=steady", full);
    for (int i = 0; i < kRows; ++i) peer.publish("a", std::to_string(i));
    ASSERT_TRUE(full.waitForRows(kRoom));
    ASSERT_TRUE(peer.allSent());
    stop(*source, full);
    EXPECT_EQ(full.rows().size(), kRoom);
  }
  CollectingHost host;
  const auto source = start("%23?client_id=steady", host);
  ASSERT_TRUE(host.waitForRows(kRows - kRoom));
  stop(*source, host);
  std::set<int> seen;
  for (const Observation& row : full.rows()) seen.insert(static_cast<int>(row.fields[0].value));
  for (const Observation& row : host.rows()) seen.insert(static_cast<int>(row.fields[0].value));
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kRows));
}

TEST_F(MqttSourceTest, WaitsForABrokerThatIsNotThere) {
  broker_ = std::make_unique<TestBroker>(path("broker"), "allow_anonymous true\n");
  CollectingHost host;
  const auto source = open("%23", "mqtt", "localhost");
  source->start(host, 0);
  ASSERT_TRUE(waitForProblem(*source, "refused"));
  EXPECT_FALSE(source->status().connected);
  broker_->start();
  ASSERT_TRUE(eventually([&] { return source->status().connected; }));
  EXPECT_EQ(source->status().problem, "");
  MqttPeer peer(broker_->port());
  peer.publish("a", "1");
  ASSERT_TRUE(host.waitForRows(1));
  stop(*source, host);
  EXPECT_EQ(count(lines_, "refused"), 1u) << lines_;
  EXPECT_EQ(source->status().reconnects, 0u);
}

TEST_F(MqttSourceTest, LosesNoRowAfterTheBrokerWasKilled) {
  startBroker(TestBroker::kDurable);
  CollectingHost host;
  const auto source = start("plant/%23", host);
  MqttPeer peer(broker_->port());
  int next = 0;
  const auto publish = [&](int number) {
    for (const int end = next + number; next < end; ++next) {
      peer.publish("plant/a", std::to_string(next));
    }
  };
  publish(100);
  ASSERT_TRUE(host.waitForRows(100));
  broker_->kill();
  publish(50);  // the peer holds them
  ASSERT_TRUE(eventually([&] { return !source->status().connected; }));
  broker_->start();
  publish(50);
  ASSERT_TRUE(eventually([&] { return source->status().connected; }));
  const int after = next;
  publish(200);
  ASSERT_TRUE(peer.allSent());
  const auto has_all = [&] {
    std::set<int> seen;
    for (const Observation& row : host.rows()) seen.insert(static_cast<int>(row.fields[0].value));
    for (int i = after; i < next; ++i) {
      if (!seen.contains(i)) return false;
    }
    return true;
  };
  EXPECT_TRUE(eventually(has_all));
  stop(*source, host);
  EXPECT_EQ(source->status().reconnects, 1u);
}

TEST_F(MqttSourceTest, SaysThatThePasswordIsWrong) {
  const auto program = findProgram("mosquitto_passwd");
  if (!program) GTEST_SKIP() << "mosquitto_passwd is not installed";
  ASSERT_EQ(runProgram({program->string(), "-b", "-c", path("passwords").string(), "ann", "right"},
                       path("passwd.log")),
            0);
  startBroker("allow_anonymous false\npassword_file " + path("passwords").string() + "\n");
  write("wrong.txt", "hocuspocus\n");
  write("right.txt", "right\n");
  CollectingHost host;
  const auto wrong = open("%23?user=ann&password_file=" + path("wrong.txt").string());
  wrong->start(host, 0);
  ASSERT_TRUE(waitForProblem(*wrong, "user \"ann\""));
  const auto nobody = open("%23");
  nobody->start(host, 0);
  ASSERT_TRUE(waitForProblem(*nobody, "no user"));
  const auto right = open("%23?user=ann&password_file=" + path("right.txt").string());
  right->start(host, 0);
  EXPECT_TRUE(eventually([&] { return right->status().connected; }));
  host.stop();
  wrong->stop();
  nobody->stop();
  right->stop();
  EXPECT_EQ(lines_.find("hocuspocus"), std::string::npos);
  EXPECT_NE(lines_.find("not authorised"), std::string::npos) << lines_;
}

TEST_F(MqttSourceTest, RefusesWhatCanNeverWork) {
  broker_ = std::make_unique<TestBroker>(path("broker"), "");
  EXPECT_THROW(open(""), Failure);
  EXPECT_THROW(open("a/%23/b"), Failure);
  EXPECT_THROW(open("a+b"), Failure);
  EXPECT_THROW(open("a?qos=3"), Failure);
  EXPECT_THROW(open("a?nonsense=1"), Failure);
  EXPECT_THROW(open("a?ca=x.pem"), Failure);  // without TLS
  EXPECT_THROW(open("a?cert=x.pem", "mqtts"), Failure);
  EXPECT_THROW(open("a?ca=" + path("missing.pem").string(), "mqtts"), Failure);
  EXPECT_THROW(open("a?password_file=" + path("missing").string() + "&user=x"), Failure);
  EXPECT_NO_THROW(open("a"));
}

class MqttTlsTest : public MqttSourceTest {
 protected:
  void SetUp() override {
    MqttSourceTest::SetUp();
    if (IsSkipped()) return;
    const auto program = findProgram("openssl");
    if (!program) GTEST_SKIP() << "openssl is not installed";
    openssl_ = program->string();
    makeAuthority("ca");
    makeAuthority("other");
    makeCertificate("server", "localhost", "ca");
    makeCertificate("client", "someone", "ca");
  }
  void run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), openssl_);
    ASSERT_EQ(runProgram(arguments, path("openssl.log")), 0) << read("openssl.log");
  }
  std::string pem(const std::string& name) { return path(name + ".pem").string(); }
  std::string key(const std::string& name) { return path(name + ".key").string(); }
  void makeAuthority(const std::string& name) {
    run({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "2", "-subj", "/CN=" + name, "-keyout", key(name), "-out", pem(name)});
  }
  void makeCertificate(const std::string& name, const std::string& of, const std::string& by) {
    const std::string request = path(name + ".csr").string();
    write(name + ".ext", "subjectAltName=DNS:" + of + "\n");
    run({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
         "/CN=" + of, "-keyout", key(name), "-out", request});
    run({"x509", "-req", "-in", request, "-CA", pem(by), "-CAkey", key(by), "-CAcreateserial",
         "-days", "2", "-extfile", path(name + ".ext").string(), "-out", pem(name)});
  }
  void startTlsBroker(const std::string& more = "") {
    startBroker("allow_anonymous true\ncafile " + pem("ca") + "\ncertfile " + pem("server") +
                "\nkeyfile " + key("server") + "\n" + more);
  }

  std::string openssl_;
};

TEST_F(MqttTlsTest, TakesABrokerWithTheRightCertificate) {
  startTlsBroker();
  CollectingHost host;
  const auto good = open("%23?ca=" + pem("ca"), "mqtts", "localhost");
  good->start(host, 0);
  ASSERT_TRUE(eventually([&] { return good->status().connected; })) << good->status().problem;
  const auto publisher = findProgram("mosquitto_pub");
  if (publisher) {
    ASSERT_EQ(
        runProgram({publisher->string(), "-h", "localhost", "-p", std::to_string(broker_->port()),
                    "--cafile", pem("ca"), "-t", "a", "-m", "1.5"},
                   path("pub.log")),
        0);
    EXPECT_TRUE(host.waitForRows(1));
  }
  const auto wrong = open("%23?ca=" + pem("other"), "mqtts", "localhost");
  wrong->start(host, 0);
  EXPECT_TRUE(waitForProblem(*wrong, "certificate verify failed")) << wrong->status().problem;
  const auto system = open("%23", "mqtts", "localhost");
  system->start(host, 0);
  EXPECT_TRUE(waitForProblem(*system, "certificate verify failed")) << system->status().problem;
  // 127.0.0.1 is not what the certificate is for.
  const auto other_name = open("%23?ca=" + pem("ca"), "mqtts");
  other_name->start(host, 0);
  EXPECT_TRUE(waitForProblem(*other_name, "TLS")) << other_name->status().problem;
  const auto any_name = open("%23?insecure=true&ca=" + pem("ca"), "mqtts");
  any_name->start(host, 0);
  EXPECT_TRUE(eventually([&] { return any_name->status().connected; }));
  const auto plain = open("%23");  // no TLS where the broker wants it
  plain->start(host, 0);
  EXPECT_TRUE(eventually([&] { return !plain->status().problem.empty(); }));
  host.stop();
  for (const auto* source : {&good, &wrong, &system, &other_name, &any_name, &plain}) {
    (*source)->stop();
  }
}

TEST_F(MqttTlsTest, ShowsItsOwnCertificate) {
  startTlsBroker("require_certificate true\n");
  CollectingHost host;
  const std::string with_ca = "%23?ca=" + pem("ca");
  const auto with =
      open(with_ca + "&cert=" + pem("client") + "&key=" + key("client"), "mqtts", "localhost");
  with->start(host, 0);
  EXPECT_TRUE(eventually([&] { return with->status().connected; })) << with->status().problem;
  const auto without = open(with_ca, "mqtts", "localhost");
  without->start(host, 0);
  EXPECT_TRUE(eventually([&] { return !without->status().problem.empty(); }));
  EXPECT_FALSE(without->status().connected);
  host.stop();
  with->stop();
  without->stop();
}

}  // namespace
}  // namespace hiss
