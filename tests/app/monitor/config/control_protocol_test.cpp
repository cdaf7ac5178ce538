// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/control_protocol.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/monitor/config/fake_controls.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

using nlohmann::json;

class ControlProtocolTest : public TemporaryFolderTest {
 protected:
  json ask(const std::string& request, LabelStore* labels = nullptr) {
    const std::string answer = answerControlRequest(request, controls_, labels, 1'000'000'000);
    EXPECT_EQ(answer.find('\n'), std::string::npos);
    return json::parse(answer);
  }
  json result(const std::string& request, LabelStore* labels = nullptr) {
    const json answer = ask(request, labels);
    EXPECT_EQ(answer.at("ok"), true) << answer;
    return answer.value("result", json());
  }
  std::string fault(const std::string& request, const std::string& kind = "usage") {
    const json answer = ask(request);
    EXPECT_EQ(answer.at("ok"), false) << request;
    EXPECT_EQ(answer.value("kind", ""), kind) << request;
    return answer.value("error", "");
  }

  FakeControls controls_;
};

TEST_F(ControlProtocolTest, TellsTheStatus) {
  controls_.state.rows = 12;
  controls_.state.sources.resize(1);
  controls_.state.sources[0].uri = "udp://h:1";
  controls_.state.sinks.resize(1);
  controls_.state.sinks[0].problem = "disk full";
  StreamStatus stream;
  stream.alert_id = "a";
  controls_.state.streams = {StreamStatus{}, stream};
  const json status = result(R"({"command":"status"})");
  EXPECT_EQ(status.at("rows"), 12);
  EXPECT_EQ(status.at("streams"), 2);
  EXPECT_EQ(status.at("streams_alerting"), 1);
  EXPECT_EQ(status.at("state_age_seconds"), nullptr) << "none yet";
  EXPECT_EQ(status.at("sources")[0].at("uri"), "udp://h:1");
  EXPECT_EQ(status.at("sources")[0].at("problem"), nullptr);
  EXPECT_EQ(status.at("sinks")[0].at("problem"), "disk full");
}

TEST_F(ControlProtocolTest, ListsStreamsThatMatch) {
  for (const char* const name : {"plant/a", "plant/b", "office"}) {
    StreamStatus stream;
    stream.stream = name;
    stream.score = name == std::string("office") ? std::nan("") : 0.5;
    controls_.state.streams.push_back(stream);
  }
  EXPECT_EQ(result(R"({"command":"streams"})").at("streams").size(), 3U);
  const json some = result(R"({"command":"streams","glob":"plant/*"})").at("streams");
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some[1].at("stream"), "plant/b");
  EXPECT_EQ(some[1].at("score"), 0.5);
  const json office = result(R"({"command":"streams","glob":"office"})").at("streams");
  EXPECT_EQ(office[0].at("score"), nullptr);
}

TEST_F(ControlProtocolTest, ListsAlerts) {
  controls_.known = {pumpAlert("b"), pumpAlert("a")};
  const json alerts = result(R"({"command":"alerts","most":1})").at("alerts");
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts[0].at("id"), "b");
  EXPECT_EQ(alerts[0].at("top"), "flow");
  EXPECT_EQ(result(R"({"command":"alerts"})").at("alerts").size(), 2U);
}

TEST_F(ControlProtocolTest, AcknowledgesAndLabels) {
  controls_.known = {pumpAlert("a")};
  LabelStore labels(path("labels.jsonl"));
  result(R"({"command":"ack","id":"a","note":"seen"})");
  EXPECT_EQ(result(R"({"command":"label","id":"a","label":"fault","note":"bearing"})", &labels)
                .at("kept"),
            true);
  EXPECT_EQ(result(R"({"command":"label","id":"a","label":"normal"})").at("kept"), false);
  EXPECT_EQ(controls_.calls(), (std::vector<std::string>{"ack a [seen]", "label a fault [bearing]",
                                                         "label a normal []"}));
  const json kept = result(R"({"command":"labels"})", &labels);
  ASSERT_EQ(kept.at("labels").size(), 1U);
  EXPECT_EQ(kept.at("damaged_lines"), 0);
  EXPECT_EQ(kept.at("labels")[0].at("id"), "a");
  EXPECT_EQ(kept.at("labels")[0].at("label"), "fault");
  EXPECT_EQ(kept.at("labels")[0].at("stream"), "plant/pump");
  EXPECT_EQ(kept.at("labels")[0].at("time"), "1970-01-01T00:00:01Z");
}

TEST_F(ControlProtocolTest, AnUnknownAlertIsNotLabelled) {
  LabelStore labels(path("labels.jsonl"));
  EXPECT_EQ(ask(R"({"command":"label","id":"x","label":"fault"})", &labels).at("error"),
            "alert \"x\": expected one of this run (`alerts` lists them), found none");
  EXPECT_NE(fault(R"({"command":"ack","id":"x"})"), "");
  EXPECT_TRUE(labels.read(10).empty());
}

TEST_F(ControlProtocolTest, MutesSavesAndReloads) {
  result(R"({"command":"mute","glob":"plant/*","seconds":90})");
  result(R"({"command":"unmute","glob":"plant/*"})");
  result(R"({"command":"save"})");
  result(R"({"command":"reload"})");
  EXPECT_EQ(controls_.calls(),
            (std::vector<std::string>{"mute plant/* 90.000000", "mute plant/* 0.000000", "save",
                                      "reload"}));
}

TEST_F(ControlProtocolTest, FailuresOfTheMonitorAreAnswers) {
  controls_.while_saving = [] { throw Failure(FailureKind::kOutput, "state", "room", "none"); };
  EXPECT_EQ(fault(R"({"command":"save"})", "output"), "state: expected room, found none");
  controls_.while_saving = [] { throw std::runtime_error("oh"); };
  EXPECT_NE(fault(R"({"command":"save"})", "internal").find("oh"), std::string::npos);
}

TEST_F(ControlProtocolTest, RefusesWhatIsNoRequest) {
  EXPECT_EQ(fault(R"({"command":"statu"})"), "command: expected \"status\", found \"statu\"");
  EXPECT_NE(fault(R"({"command":"explode"})").find("one of \"ack\", \"alerts\""),
            std::string::npos);
  const std::vector<std::string> requests = {
      "",
      "x",
      "3",
      "null",
      "[]",
      "{}",
      "{\"command\":",
      "\xff\xfe",
      R"({"command":3})",
      R"({"command":""})",
      R"({"command":"status","x":1})",
      R"({"command":"streams","glob":3})",
      R"({"command":"streams","glob":{"a":{"b":{}}}})",
      R"({"command":"alerts","most":0})",
      R"({"command":"alerts","most":-1})",
      R"({"command":"alerts","most":1e99})",
      R"({"command":"alerts","most":18446744073709551615})",
      R"({"command":"alerts","most":"3"})",
      R"({"command":"ack"})",
      R"({"command":"ack","id":""})",
      R"({"command":"ack","id":null})",
      R"({"command":"label","id":"a"})",
      R"({"command":"label","id":"a","label":"good"})",
      R"({"command":"mute","glob":"*"})",
      R"({"command":"mute","glob":"*","seconds":0})",
      R"({"command":"mute","glob":"*","seconds":-5})",
      R"({"command":"mute","glob":"*","seconds":1e300})",
      R"({"command":"mute","glob":"*","seconds":"1h"})",
      R"({"command":"mute","seconds":5})",
      R"({"command":"labels"})",
      R"({"command":"ack","id":")" + std::string(5000, 'a') + "\"}",
      "[" + std::string(50000, '['),
  };
  for (const std::string& request : requests) EXPECT_NE(fault(request), "") << request;
  EXPECT_TRUE(controls_.calls().empty());
}

}  // namespace
}  // namespace hiss
