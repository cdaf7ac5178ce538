// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/saved_state.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "app/engine/failure.h"
#include "app/engine/monitor/core/state_keeper.h"
#include "tests/app/sensors/fake_detector.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

SavedStream stream(const std::string& name, int rows) {
  StreamRules rules;
  rules.budget.alarm_p = 0.01;
  rules.limits = {{"a", std::nullopt, 8.0}};
  StreamWatch watch(name, std::make_unique<FakeDetector>(), {"a", "b"}, true, rules);
  std::vector<AlertEvent> events;
  for (int i = 0; i < rows; ++i) {
    const std::vector<double> values{i % 7 == 6 ? 9.0 : 1.0, 2.0};
    watch.step(values, 1'800'000'000'000'000'000 + std::int64_t{i} * 1'000'000'000, {}, events);
  }
  watch.raiseSilence({}, events);
  return {
      name, {"a", "b"}, true, "csv:plant.csv", 42, watch.memory(), watch.watch().detectorState()};
}

SavedShard shard(int streams) {
  SavedShard made;
  made.detector = "fake";
  made.places["csv:plant.csv"] = {std::numeric_limits<std::uint64_t>::max(), -5};
  made.tokens["jsonl:out"] = "1 2 3";
  made.mutes = {{"pump*", 77}};
  for (int i = 0; i < streams; ++i) made.streams.push_back(stream(fmt::format("s{}", i), 7 + i));
  return made;
}

class SavedStateTest : public TemporaryFolderTest {
 protected:
  std::string errorOf(const std::string& name) const {
    try {
      readSavedShard(path(name));
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::kInput);
      return failure.what();
    }
    return "none";
  }
};

TEST_F(SavedStateTest, ComesBackAsItWas) {
  SavedShard before = shard(3);
  before.streams[1].name = "bytes \xff\xfe of no alphabet";
  before.streams[1].memory.row_alert->event.values[0].second = std::nan("");
  const std::uint64_t bytes = writeSavedShard(before, path("main.state"));
  EXPECT_EQ(bytes, read("main.state").size());
  const std::optional<SavedShard> after = readSavedShard(path("main.state"));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->detector, "fake");
  EXPECT_EQ(after->places.at("csv:plant.csv").position, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(after->places.at("csv:plant.csv").replay_ns, -5);
  EXPECT_EQ(after->tokens, before.tokens);
  ASSERT_EQ(after->mutes.size(), 1U);
  EXPECT_EQ(after->mutes[0].glob, "pump*");
  ASSERT_EQ(after->streams.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(after->streams[i].name, before.streams[i].name);
    EXPECT_EQ(after->streams[i].channels, before.streams[i].channels);
    EXPECT_EQ(after->streams[i].source, "csv:plant.csv");
    EXPECT_EQ(after->streams[i].replay_ns, 42);
    EXPECT_EQ(after->streams[i].detector_bytes, before.streams[i].detector_bytes);
    const StreamMemory& memory = after->streams[i].memory;
    const StreamMemory& expected = before.streams[i].memory;
    EXPECT_EQ(memory.alerts, expected.alerts);
    EXPECT_EQ(memory.last_stamp_ns, expected.last_stamp_ns);
    EXPECT_EQ(memory.watch.alerts.row, expected.watch.alerts.row);
    ASSERT_TRUE(memory.row_alert && memory.silence);
    EXPECT_EQ(memory.row_alert->event.id, expected.row_alert->event.id);
    EXPECT_EQ(memory.row_alert->event.text, expected.row_alert->event.text);
    EXPECT_EQ(memory.row_alert->event.shares, expected.row_alert->event.shares);
    EXPECT_EQ(memory.silence->told, true);
    ASSERT_EQ(memory.limits.size(), 1U);
    EXPECT_EQ(memory.limits[0].limit, expected.limits[0].limit);
  }
}

TEST_F(SavedStateTest, NoFileIsNoState) { EXPECT_FALSE(readSavedShard(path("main.state"))); }

TEST_F(SavedStateTest, RefusesWhatIsNone) {
  write("other", "time,value\n1,2\n");
  EXPECT_NE(errorOf("other").find("expected a state of hiss monitor, found something else"),
            std::string::npos);
  write("newer", "hiss-monitor-state 2\npart 0 0 x\n");
  EXPECT_NE(errorOf("newer").find("another version"), std::string::npos);
  write("empty", "");
  EXPECT_NE(errorOf("empty").find("damaged"), std::string::npos);
}

TEST_F(SavedStateTest, SeesEveryDamage) {
  writeSavedShard(shard(2), path("main.state"));
  const std::string good = read("main.state");
  std::mt19937 random(1);
  for (int i = 0; i < 400; ++i) {
    std::string bad = good;
    const std::size_t at = random() % bad.size();
    switch (i % 4) {
      case 0:
        bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
        break;
      case 1:
        bad.resize(at);
        break;
      case 2:
        bad.erase(at, 1 + random() % 100);
        break;
      default:
        bad.insert(at, "part 9999999999 1 x\n");
    }
    write("bad.state", bad);
    EXPECT_NE(errorOf("bad.state"), "none") << i << " at " << at;
  }
  write("longer.state", good + "x");
  EXPECT_NE(errorOf("longer.state"), "none");
}

TEST_F(SavedStateTest, TheKeeperWritesInTurnAndTellsTheSource) {
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  std::vector<std::uint64_t> told;
  {
    StateKeeper keeper(path("states"), *log, [&](int number, const auto& places) {
      EXPECT_EQ(number, 4);
      told.push_back(places.at("a").position);
    });
    for (std::uint64_t i = 1; i <= 3; ++i) {
      SavedShard one = shard(1);
      one.places = {{"a", {i, 0}}};
      std::vector<StateKeeper::File> files;
      files.push_back({4, "a/b c", std::move(one)});
      keeper.write(std::move(files));
    }
  }
  EXPECT_EQ(told, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(files(), (std::vector<std::string>{"states/a%2fb%20c.state"}));
  EXPECT_EQ(readSavedShard(path("states/a%2fb%20c.state"))->places.at("a").position, 3U);
  EXPECT_EQ(lines, "");
}

TEST_F(SavedStateTest, TheKeeperSaysWhatKeepsItFromWriting) {
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  StateKeeper keeper(path("states"), *log, [](int, const auto&) { FAIL(); });
  std::filesystem::create_directory(path("states/main.state"));
  for (int i = 0; i < 3; ++i) {
    std::vector<StateKeeper::File> files;
    files.push_back({0, "main", shard(1)});
    EXPECT_THROW(keeper.write(std::move(files)).get(), Failure);
    EXPECT_NE(keeper.progress().problem.find("main.state"), std::string::npos);
  }
  EXPECT_EQ(lines.find('\n'), lines.size() - 1) << "said once: " << lines;
  std::filesystem::remove(path("states/main.state"));
  StateKeeper good(path("states"), *log, [](int, const auto&) {});
  std::vector<StateKeeper::File> files;
  files.push_back({0, "main", shard(1)});
  good.write(std::move(files)).get();
  EXPECT_EQ(good.progress().problem, "");
  EXPECT_GT(good.progress().bytes, 100U);
}

TEST_F(SavedStateTest, ADeadRunsUnfinishedFilesGo) {
  write("states/.hiss-1-0.tmp", "half");
  write("states/keep.txt", "mine");
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  const StateKeeper keeper(path("states"), *log, [](int, const auto&) {});
  EXPECT_EQ(files(), (std::vector<std::string>{"states/keep.txt"}));
}

}  // namespace
}  // namespace hiss
