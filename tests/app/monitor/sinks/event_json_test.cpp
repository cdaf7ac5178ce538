// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/event_json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "tests/app/monitor/sinks/sink_events.h"

namespace hiss {
namespace {

std::string scoreJson(const ScoredRow& row) {
  fmt::memory_buffer out;
  appendScoreJson(out, row);
  return fmt::to_string(out);
}

std::string alertJson(const AlertEvent& event) {
  fmt::memory_buffer out;
  appendAlertJson(out, event);
  return fmt::to_string(out);
}

TEST(EventJsonTest, WritesAScore) {
  TestRow row("pump", 41, {{"flow", 3.1}, {"heat", -0.25}});
  row.row.stamp_ns = 1'763'821'805'000'000'000;
  EXPECT_EQ(scoreJson(row.get()),
            R"({"type":"score","stream":"pump","row":41,"time":"2025-11-22T14:30:05Z",)"
            R"("p":0.5,"score":0.125,"alarm_p":1e-05,"top":"flow","warming_up":false,)"
            R"("muted":false,"alert":null,"values":{"flow":3.1,"heat":-0.25},)"
            R"("low":{"flow":-1.5,"heat":-1.5},"high":{"flow":1.5,"heat":1.5}})");
}

TEST(EventJsonTest, WritesAnAlert) {
  AlertEvent event = testAlert("a1", "pump", AlertPhase::kEnded);
  event.begin_stamp_ns = 1'763'821'805'250'000'000;
  EXPECT_EQ(alertJson(event),
            R"({"type":"alert","id":"a1","phase":"ended","kind":"anomaly","stream":"pump",)"
            R"("begin_row":40,"end_row":44,"begin":"2025-11-22T14:30:05.25Z","end":null,)"
            R"("peak_score":1.5,"peak_p":1e-08,"top":"flow","shares":{"flow":1},)"
            R"("values":{"flow":9.9},"text":"pump is unusual","label":null,"note":null})");
}

TEST(EventJsonTest, WhatIsNotFiniteIsNull) {
  TestRow row("s", 0, {{"v", std::numeric_limits<double>::quiet_NaN()}});
  row.verdicts[0].low = -std::numeric_limits<float>::infinity();
  row.row.score = std::numeric_limits<double>::infinity();
  const auto json = nlohmann::json::parse(scoreJson(row.get()));
  EXPECT_TRUE(json["values"]["v"].is_null());
  EXPECT_TRUE(json["low"]["v"].is_null());
  EXPECT_TRUE(json["score"].is_null());
  EXPECT_TRUE(json["time"].is_null());
}

// Names come from outside: nothing in them may end a line or break the JSON.
TEST(EventJsonTest, EscapesNamesOfEveryKind) {
  for (const std::string name : {"a\"b", "a\nb", "a\\b", "\x01", "gr\xc3\xbc\xc3\x9f", "\xff\xfe",
                                 "\xc3", "\x7f", "{\"x\":1}"}) {
    TestRow row(name, 0, {{name, 1.0}});
    const std::string text = scoreJson(row.get());
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["values"].size(), 1U) << name;
    EXPECT_FALSE(json["stream"].get<std::string>().empty());
  }
  TestRow row("a\"b\n", 0, {{"v", 1.0}});
  EXPECT_EQ(nlohmann::json::parse(scoreJson(row.get()))["stream"], "a\"b\n");
}

TEST(EventJsonTest, NumbersReadAsTheSameValue) {
  for (const double value : {0.1, 1e300, -1.0 / 3.0, 5e-324, 123456789.123456789, 0.0, 1.0}) {
    TestRow row("s", 0, {{"v", value}});
    EXPECT_EQ(nlohmann::json::parse(scoreJson(row.get()))["values"]["v"].get<double>(), value);
  }
}

TEST(EventJsonTest, TimesAreAsShortAsTheyCanBe) {
  EXPECT_EQ(isoTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(isoTime(1), "1970-01-01T00:00:00.000000001Z");
  EXPECT_EQ(isoTime(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(isoTime(1'500'000'000), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(isoTime(86'399'050'000'000), "1970-01-01T23:59:59.05Z");
}

TEST(EventJsonTest, NamesKindsAndPhases) {
  EXPECT_EQ(nameOf(MonitorAlertKind::kAnomaly), "anomaly");
  EXPECT_EQ(nameOf(MonitorAlertKind::kNoData), "no_data");
  EXPECT_EQ(nameOf(MonitorAlertKind::kLimit), "limit");
  EXPECT_EQ(nameOf(AlertPhase::kBegan), "began");
  EXPECT_EQ(nameOf(AlertPhase::kEnded), "ended");
  EXPECT_EQ(nameOf(AlertPhase::kAcknowledged), "acknowledged");
  EXPECT_EQ(nameOf(AlertPhase::kLabelled), "labelled");
}

}  // namespace
}  // namespace hiss
