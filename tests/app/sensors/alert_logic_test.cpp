// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/alert_logic.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<AlertLogic&>().step({})));

// A logic that is told scores: with alarm_p 0.1 the evidence is the score.
class Scores {
 public:
  explicit Scores(const AlertSettings& settings = {}) : logic(settings) {}

  AlertOutput step(double score) {
    AlertInput input;
    input.evidence = score;
    input.alarm_p = 0.1;
    return logic.step(input);
  }
  // Of the last of `n` rows.
  AlertOutput quiet(int n) {
    AlertOutput out;
    for (int i = 0; i < n; ++i) out = step(0.1);
    return out;
  }
  AlertOutput noData() {
    AlertInput input;
    input.no_data = true;
    return logic.step(input);
  }

  AlertLogic logic;
};

TEST(AlertLogic, ScoresByTheAlarmP) {
  AlertLogic logic;
  AlertInput input;
  input.evidence = 3.0;
  input.alarm_p = 1e-4;
  EXPECT_DOUBLE_EQ(logic.step(input).score, 0.75);
  input.evidence = 400.0;  // p is 0 in a double
  EXPECT_DOUBLE_EQ(logic.step(input).score, 100.0);
  input.warming_up = true;
  EXPECT_EQ(logic.step(input).score, 0.0);
}

TEST(AlertLogic, MakesOneAlertOfAnEvent) {
  Scores stream;
  EXPECT_EQ(stream.step(1.0).id, 0U) << "1 is not above 1";
  const AlertOutput first = stream.step(1.5);
  EXPECT_EQ(first.id, 1U);
  EXPECT_TRUE(first.began);
  EXPECT_TRUE(first.quiet);
  EXPECT_EQ(stream.step(0.8).id, 1U) << "not below the release yet";
  EXPECT_EQ(stream.step(0.6).id, 0U);
  const AlertOutput again = stream.step(2.0);
  EXPECT_EQ(again.id, 1U) << "the same event";
  EXPECT_FALSE(again.began);
}

TEST(AlertLogic, CoolsDownFromTheLastRowOfAnAlert) {
  Scores stream;
  stream.step(2.0);
  stream.quiet(99);
  EXPECT_EQ(stream.step(2.0).id, 1U);
  stream.quiet(100);
  const AlertOutput next = stream.step(2.0);
  EXPECT_EQ(next.id, 2U);
  EXPECT_TRUE(next.began);
}

TEST(AlertLogic, HoldsBackUntilEnoughRows) {
  AlertSettings settings;
  settings.hold_rows = 3;
  settings.cool_down_rows = 2;
  Scores stream(settings);
  stream.step(2.0);
  stream.step(2.0);
  stream.step(0.1);
  stream.step(2.0);
  EXPECT_EQ(stream.step(2.0).id, 0U);
  EXPECT_EQ(stream.step(2.0).id, 1U);
  stream.quiet(1);
  stream.step(2.0);
  stream.step(2.0);
  EXPECT_EQ(stream.step(2.0).id, 2U) << "the rows that are held count as cool-down";
}

TEST(AlertLogic, LetsWhatLastsTeach) {
  AlertSettings settings;
  settings.quiet_rows = 10;
  Scores stream(settings);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(stream.step(2.0).quiet);
  const AlertOutput later = stream.step(2.0);
  EXPECT_FALSE(later.quiet);
  EXPECT_EQ(later.id, 1U);
}

TEST(AlertLogic, StopsCountingWhatFlaps) {
  Scores stream;
  for (std::uint64_t i = 1; i <= AlertState::kFlapAlerts; ++i) {
    EXPECT_EQ(stream.step(2.0).id, i);
    stream.quiet(120);
  }
  EXPECT_TRUE(stream.logic.state().flapping);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(stream.step(2.0).id, AlertState::kFlapAlerts);
    stream.quiet(500);
  }
  EXPECT_EQ(stream.step(2.5).id, AlertState::kFlapAlerts) << "not much worse";
  stream.quiet(500);
  EXPECT_EQ(stream.step(4.0).id, AlertState::kFlapAlerts + 1) << "something else";
  stream.quiet(1100);
  EXPECT_FALSE(stream.logic.state().flapping);
  EXPECT_EQ(stream.step(2.0).id, AlertState::kFlapAlerts + 2);
}

TEST(AlertLogic, DoesNotFlapWithRareAlerts) {
  Scores stream;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    EXPECT_EQ(stream.step(2.0).id, i);
    stream.quiet(300);
  }
}

TEST(AlertLogic, TellsWhenDataStops) {
  Scores stream;
  stream.step(2.0);
  EXPECT_EQ(stream.noData().id, 0U) << "an anomaly ends without data";
  for (int i = 1; i < 9; ++i) EXPECT_EQ(stream.noData().id, 0U);
  const AlertOutput gone = stream.noData();
  EXPECT_EQ(gone.id, 2U);
  EXPECT_EQ(gone.kind, AlertKind::kNoData);
  EXPECT_TRUE(gone.began);
  EXPECT_FALSE(stream.noData().began);
  EXPECT_EQ(stream.step(0.1).id, 0U);
  EXPECT_EQ(stream.step(2.0).id, 3U) << "nothing goes on behind a time without data";
}

TEST(AlertLogic, GoesOnFromASavedState) {
  std::vector<double> scores;
  unsigned seed = 1;
  for (int i = 0; i < 3000; ++i) {
    seed = seed * 1664525U + 1013904223U;
    scores.push_back((seed >> 24) > 250 ? 2.0 : 0.5);
  }
  for (const std::size_t split : {0U, 1U, 500U, 1234U, 2999U}) {
    Scores whole;
    Scores first;
    for (std::size_t i = 0; i < split; ++i) {
      whole.step(scores[i]);
      first.step(scores[i]);
    }
    Scores second;
    second.logic.setState(first.logic.state());
    for (std::size_t i = split; i < scores.size(); ++i) {
      const AlertOutput a = whole.step(scores[i]);
      const AlertOutput b = second.step(scores[i]);
      ASSERT_EQ(a.id, b.id);
      ASSERT_EQ(a.quiet, b.quiet);
    }
  }
}

TEST(AlertLogic, TakesNoMemory) {
  Scores stream;
  AllocationGuard guard;
  for (int i = 0; i < 2000; ++i) stream.step(i % 150 == 0 ? 2.0 : 0.0);
  EXPECT_EQ(guard.stop(), 0U);
}

TEST(AlarmP, KeepsTheBudget) {
  constexpr std::int64_t kMinute = 60'000'000'000;
  const AlarmBudget weekly{1.0, 0.0};
  // 10,080 rows a week: one alert in them, of which 100 rows each are dead time.
  EXPECT_NEAR(alarmP(weekly, kMinute, 100), (1.0 / 10080) / (1.0 - 100.0 / 10080), 1e-12);
  EXPECT_NEAR(alarmP(weekly, kMinute / 60, 0), 1.0 / 604800, 1e-12);
  EXPECT_NEAR(alarmP(weekly, 0, 0), 1e-4, 1e-12) << "without time, in 10,000 rows";
  EXPECT_EQ(alarmP({0.5, 3e-5}, kMinute, 100), 3e-5);
  EXPECT_EQ(alarmP(weekly, 86400 * (kMinute / 60), 100), kMostAlarmP) << "more than all rows";
  EXPECT_EQ(alarmP({1e-6, 0.0}, 1'000'000, 100), kLeastAlarmP);
}

}  // namespace
}  // namespace hiss
