// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/monitor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "app/engine/failure.h"
#include "tests/app/monitor/core/test_plant.h"
#include "tests/app/sensors/fake_detector.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'000'000 * kSecond;

Observation row(const std::string& stream, std::int64_t second, double value) {
  Observation made;
  made.stream = stream;
  made.stamp_ns = kBegin + second * kSecond;
  made.fields = {{"flow", value}};
  return made;
}

// Rows of some streams in turn, a second apart, with a leap now and then.
std::vector<Observation> plantRows(int seconds, int streams) {
  std::vector<Observation> rows;
  for (int i = 0; i < seconds; ++i) {
    for (int s = 0; s < streams; ++s) {
      const bool is_gone = s == 1 && i > seconds / 2 && i < seconds / 2 + 40;
      const double value = (i + 7 * s) % 45 == 30 ? 9.0 : 1.0;
      if (!is_gone) rows.push_back(row(fmt::format("s{}", s), i, value));
    }
  }
  return rows;
}

class MonitorTest : public TemporaryFolderTest {
 protected:
  MonitorTest() {
    config_.detector = "fake";
    config_.defaults.budget.alarm_p = 0.01;
    config_.defaults.alert.cool_down_rows = 5;
    config_.sources = {makeEndpoint("test:in", "the test")};
    config_.sinks = {makeEndpoint("test:out", "the test")};
  }
  std::unique_ptr<Monitor> make() {
    return std::make_unique<Monitor>(
        config_, [] { return std::make_unique<FakeDetector>(); }, *log_, plant_.makers());
  }
  // While it lives the monitor runs; what run() throws is kept.
  class Running {
   public:
    explicit Running(Monitor& monitor)
        : monitor_(monitor), thread_([this] {
            try {
              monitor_.run();
            } catch (const Failure& failure) {
              error = failure.what();
            }
          }) {}
    ~Running() { end(); }
    void end() {
      monitor_.stop();
      join();
    }
    void join() {
      if (thread_.joinable()) thread_.join();
    }
    std::string error;

   private:
    Monitor& monitor_;
    std::thread thread_;
  };

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
  TestPlant plant_;
  MonitorConfig config_;
};

TEST_F(MonitorTest, ScoresAllRowsInOrderAndEndsWithItsSources) {
  plant_.setScript("in", {plantRows(100, 3), false, false, {}});
  const auto monitor = make();
  monitor->run();
  const MonitorStatus status = monitor->status();
  EXPECT_EQ(status.rows, plantRows(100, 3).size());
  ASSERT_EQ(status.streams.size(), 3U);
  EXPECT_EQ(status.streams[0].stream, "s0");
  EXPECT_EQ(status.streams[0].rows, 100U);
  EXPECT_DOUBLE_EQ(status.streams[0].interval_seconds, 1.0);
  EXPECT_FALSE(status.streams[0].warming_up);
  EXPECT_GT(status.alerts, 3U);
  EXPECT_GT(status.model_seconds, 0.0);
  EXPECT_TRUE(status.sources.at(0).ended);
  EXPECT_EQ(plant_.notes(),
            (std::vector<std::string>{"make source in", "make sink out", "open sink out ",
                                      "start source in 0", "stop source in", "close sink out"}));
}

TEST_F(MonitorTest, StreamsOfAReplayFallSilentByTheirStamps) {
  plant_.setScript("in", {plantRows(100, 3), false, false, {}});
  make()->run();
  std::vector<AlertEvent> silent;
  for (const AlertEvent& event : plant_.events()) {
    if (event.kind == MonitorAlertKind::kNoData) silent.push_back(event);
  }
  ASSERT_EQ(silent.size(), 2U);
  EXPECT_EQ(silent[0].stream, "s1");
  EXPECT_EQ(silent[0].begin_stamp_ns, kBegin + 50 * kSecond);
  EXPECT_EQ(silent[1].phase, AlertPhase::kEnded);
  EXPECT_EQ(silent[1].end_stamp_ns, kBegin + 90 * kSecond);
}

TEST_F(MonitorTest, AnyCutGivesTheSameAsOneRun) {
  const std::vector<Observation> rows = plantRows(100, 3);
  plant_.setScript("in", {rows, false, false, {}});
  make()->run();
  const std::vector<std::string> whole = plant_.lines();
  ASSERT_GT(whole.size(), rows.size());
  config_.state_folder = path("state");
  for (std::size_t cut = 1; cut < rows.size(); cut += 23) {
    std::filesystem::remove_all(config_.state_folder);
    plant_.cutLines("out", 0);
    plant_.setScript("in", {{rows.begin(), rows.begin() + std::ptrdiff_t(cut)}, false, false, {}});
    make()->run();
    plant_.setScript("in", {rows, false, false, {}});
    make()->run();
    ASSERT_EQ(plant_.lines(), whole) << cut;
  }
}

TEST_F(MonitorTest, WhatWasWrittenAfterTheStateComesAgainAlike) {
  const std::vector<Observation> rows = plantRows(60, 2);
  plant_.setScript("in", {{rows.begin(), rows.begin() + 50}, false, false, {}});
  config_.state_folder = path("state");
  make()->run();
  std::filesystem::copy(path("state"), path("kept"));
  plant_.setScript("in", {rows, false, false, {}});
  make()->run();
  const std::vector<std::string> whole = plant_.lines();
  // As if the second run had died before it saved: the first one's state, all of the lines.
  std::filesystem::remove_all(path("state"));
  std::filesystem::copy(path("kept"), path("state"));
  make()->run();
  EXPECT_EQ(plant_.lines(), whole);
}

// Else the verdicts of a run that dies before its first save would come twice.
TEST_F(MonitorTest, HasAStateBeforeAnyRowComes) {
  plant_.setScript("in", {{}, true, false, {}});
  config_.state_folder = path("state");
  const auto monitor = make();
  const Running running(*monitor);
  ASSERT_TRUE(plant_.waitForNote("start source in 0"));
  EXPECT_TRUE(std::filesystem::exists(path("state/main.state")));
}

TEST_F(MonitorTest, TellsSourcesWhatIsOnDisk) {
  plant_.setScript("in", {plantRows(20, 1), true, false, {}});
  config_.state_folder = path("state");
  const auto monitor = make();
  Running running(*monitor);
  ASSERT_TRUE(plant_.waitForLines(20));
  monitor->save();
  EXPECT_TRUE(plant_.waitForNote("saved in 0 20"));
  running.end();
  EXPECT_EQ(running.error, "");
  EXPECT_GT(monitor->status().state_bytes, 100U);
}

TEST_F(MonitorTest, AStateOfAnotherKindKeepsItFromStarting) {
  plant_.setScript("in", {plantRows(20, 1), false, false, {}});
  config_.state_folder = path("state");
  make()->run();
  config_.detector = "other";
  EXPECT_THROW(make(), Failure);
  config_.detector = "fake";
  std::string bytes = read("state/main.state");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
  write("state/main.state", bytes);
  EXPECT_THROW(make(), Failure);
  EXPECT_EQ(read("state/main.state"), bytes) << "it is nobody's to replace";
}

TEST_F(MonitorTest, AStateFolderIsOfOneMonitor) {
  plant_.setScript("in", {{}, true, false, {}});
  config_.state_folder = path("state");
  const auto first = make();
  EXPECT_THROW(make(), Failure);
}

TEST_F(MonitorTest, GoesOnWhenTheStateCannotBeSaved) {
  plant_.setScript("in", {plantRows(20, 1), true, false, {}});
  config_.state_folder = path("state");
  config_.save_every_seconds = 0.01;
  const auto monitor = make();
  std::filesystem::create_directory(path("state/main.state"));
  Running running(*monitor);
  ASSERT_TRUE(plant_.waitForLines(20));
  EXPECT_THROW(monitor->save(), Failure);
  plant_.addRows("in", {row("s0", 20, 1.0)});
  EXPECT_TRUE(plant_.waitForLines(21));
  running.end();
  EXPECT_NE(running.error.find("main.state"), std::string::npos) << running.error;
  EXPECT_NE(monitor->status().state_problem, "");
}

TEST_F(MonitorTest, PeopleAcknowledgeLabelAndMute) {
  plant_.setScript("in", {{}, true, false, {}});
  const auto monitor = make();
  Running running(*monitor);
  for (int i = 0; i < 10; ++i) plant_.addRows("in", {row("s0", i, 1.0)});
  plant_.addRows("in", {row("s0", 10, 9.0)});
  ASSERT_TRUE(plant_.waitForEvents(1));
  const std::vector<AlertEvent> alerts = monitor->alerts(10);
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_TRUE(monitor->acknowledge(alerts[0].id, "seen"));
  EXPECT_TRUE(monitor->label(alerts[0].id, "normal", "cleaning"));
  EXPECT_FALSE(monitor->acknowledge("no such", ""));
  EXPECT_THROW(monitor->label(alerts[0].id, "odd", ""), Failure);
  const std::vector<AlertEvent> events = plant_.events();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].phase, AlertPhase::kAcknowledged);
  EXPECT_EQ(events[1].note, "seen");
  EXPECT_EQ(events[2].label, "normal");
  EXPECT_EQ(monitor->alerts(10).at(0).phase, AlertPhase::kBegan);

  monitor->mute("s*", 3600.0);
  for (int i = 11; i < 30; ++i) plant_.addRows("in", {row("s0", i, 1.0)});
  plant_.addRows("in", {row("s0", 30, 9.0), row("s7", 30, 1.0)});
  ASSERT_TRUE(plant_.waitForLines(36)) << "32 rows, 4 events";
  for (const AlertEvent& event : plant_.events()) EXPECT_LT(event.begin_row, 30U);
  monitor->mute("s*", 0.0);
  plant_.addRows("in", {row("s0", 31, 19.0)});
  ASSERT_TRUE(plant_.waitForEvents(5));
  EXPECT_EQ(plant_.events().back().begin_row, 30U);
  EXPECT_EQ(plant_.events().back().phase, AlertPhase::kBegan);
}

TEST_F(MonitorTest, LiveStreamsFallSilentByTheClock) {
  plant_.setScript("in", {{}, true, false, {}});
  config_.defaults.no_data_seconds = 0.5;
  const auto monitor = make();
  const Running running(*monitor);
  plant_.addRows("in", {row("s0", 0, 1.0), row("s0", 1, 1.0)});
  ASSERT_TRUE(plant_.waitForEvents(1));
  EXPECT_EQ(plant_.events()[0].kind, MonitorAlertKind::kNoData);
  plant_.addRows("in", {row("s0", 2, 1.0)});
  ASSERT_TRUE(plant_.waitForEvents(2));
  EXPECT_EQ(plant_.events()[1].phase, AlertPhase::kEnded);
}

TEST_F(MonitorTest, ReloadsWithoutLosingAnything) {
  plant_.setScript("in", {plantRows(30, 1), true, false, {}});
  plant_.setScript("more", {{row("m", 0, 1.0)}, true, false, {}});
  const auto monitor = make();
  const Running running(*monitor);
  ASSERT_TRUE(plant_.waitForLines(30));
  config_.sources.push_back(makeEndpoint("test:more", "the test"));
  config_.sinks.push_back(makeEndpoint("test:second", "the test"));
  ValueLimit limit;
  limit.ceiling = 0.5;
  config_.defaults.limits = {limit};
  monitor->reload(config_);
  plant_.addRows("in", {row("s0", 30, 1.0)});
  plant_.addRows("more", {row("m", 1, 1.0)});
  ASSERT_TRUE(plant_.waitForLines(4, "second")) << "two rows, two alerts";
  EXPECT_FALSE(plant_.hasNote("stop source in")) << "it stands unchanged";
  const auto notes = plant_.notes();
  EXPECT_EQ(std::count(notes.begin(), notes.end(), "open sink out "), 1);
  EXPECT_TRUE(plant_.hasNote("start source more 0"));

  // Other options: stopped and started where it was.
  config_.sources[0].options["x"] = "1";
  config_.sinks.erase(config_.sinks.begin());
  monitor->reload(config_);
  EXPECT_TRUE(plant_.hasNote("stop source in"));
  EXPECT_TRUE(plant_.hasNote("start source in 31"));
  EXPECT_TRUE(plant_.hasNote("close sink out"));
  const std::size_t before = plant_.lines("second").size();
  plant_.addRows("in", {row("s0", 31, 1.0)});
  EXPECT_TRUE(plant_.waitForLines(before + 1, "second"));
  EXPECT_EQ(monitor->alerts(10).size(), 2U) << "s0 and m above the ceiling";
}

TEST_F(MonitorTest, AReloadThatFailsLeavesAllAsItWas) {
  plant_.setScript("in", {plantRows(30, 1), true, false, {}});
  plant_.setScript("bad", {{}, true, true, {}});
  const auto monitor = make();
  const Running running(*monitor);
  ASSERT_TRUE(plant_.waitForLines(30));
  MonitorConfig other = config_;
  other.detector = "other";
  EXPECT_THROW(monitor->reload(other), Failure);
  other = config_;
  other.sources.push_back(makeEndpoint("test:bad", "the test"));
  other.sources[0].options["x"] = "1";
  EXPECT_THROW(monitor->reload(other), Failure);
  plant_.addRows("in", {row("s0", 30, 1.0)});
  ASSERT_TRUE(plant_.waitForLines(31));
  other = config_;
  other.sinks = {makeEndpoint("test:good", "the test"), makeEndpoint("test:bad?bad=1", "the test")};
  other.sinks[1].options["bad"] = "1";
  EXPECT_THROW(monitor->reload(other), Failure);
  plant_.addRows("in", {row("s0", 31, 1.0)});
  EXPECT_TRUE(plant_.waitForLines(32));
  EXPECT_EQ(monitor->status().sinks.size(), 1U);
}

TEST_F(MonitorTest, ShardsHaveStatesOfTheirOwn) {
  config_.state_folder = path("state");
  plant_.setScript("in", {plantRows(30, 1), true, false, "part-1"});
  {
    const auto monitor = make();
    Running running(*monitor);
    ASSERT_TRUE(plant_.waitForLines(30));
    plant_.closeShard(true);
    running.join();
    EXPECT_TRUE(plant_.hasNote("opened false 0 false"));
    EXPECT_TRUE(plant_.hasNote("closed"));
  }
  const auto names = files();
  EXPECT_NE(std::find(names.begin(), names.end(), "state/part-1.state"), names.end());
  plant_.addRows("in", {row("s0", 30, 1.0)});
  const auto monitor = make();
  monitor->run();
  EXPECT_TRUE(plant_.hasNote("opened true 30 false"));
  const std::vector<std::string> lines = plant_.lines();
  EXPECT_TRUE(lines.back().starts_with("s0 30 ")) << lines.back();
}

TEST_F(MonitorTest, AStopWithinARebalanceWaitsForNobody) {
  config_.state_folder = path("state");
  plant_.setScript("in", {plantRows(30, 1), true, false, "part-1"});
  const auto monitor = make();
  Running running(*monitor);
  ASSERT_TRUE(plant_.waitForLines(30));
  plant_.closeShard(true);
  running.end();
  EXPECT_EQ(running.error, "");
  EXPECT_TRUE(std::filesystem::exists(path("state/part-1.state")));
}

TEST_F(MonitorTest, ASourceThatCannotStartEndsTheRun) {
  plant_.setScript("in", {{}, true, true, {}});
  const auto monitor = make();
  EXPECT_THROW(monitor->run(), Failure);
  EXPECT_TRUE(plant_.hasNote("close sink out"));
}

}  // namespace
}  // namespace hiss
