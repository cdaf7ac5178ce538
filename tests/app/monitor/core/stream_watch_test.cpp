// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/stream_watch.h"

#include <gtest/gtest.h>

#include <limits>

#include "models/anomaly_detector.h"
#include "tests/app/sensors/fake_detector.h"

namespace hiss {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'000'000 * kSecond;  // a Friday, 08:00 UTC
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

StreamRules rules() {
  StreamRules made;
  made.budget.alarm_p = 0.01;  // evidence above 2
  made.alert.cool_down_rows = 5;
  return made;
}

class StreamWatchTest : public testing::Test {
 protected:
  void make(const StreamRules& wanted, const std::vector<std::string>& channels = {"flow"}) {
    auto detector = std::make_unique<FakeDetector>();
    detector_ = detector.get();
    watch_ = std::make_unique<StreamWatch>("pump", std::move(detector), channels, true, wanted);
    row_ = 0;
  }
  // Rows a second apart with this value.
  std::vector<AlertEvent> feed(double value, int rows = 1) { return feedAll({value}, rows); }
  std::vector<AlertEvent> feedAll(const std::vector<double>& values, int rows = 1) {
    std::vector<AlertEvent> events;
    for (int i = 0; i < rows; ++i) {
      watch_->step(values, kBegin + kSecond * row_++, moment_, events);
    }
    return events;
  }

  FakeDetector* detector_ = nullptr;
  std::unique_ptr<StreamWatch> watch_;
  std::int64_t row_ = 0;
  WatchMoment moment_{kBegin, false};
};

TEST_F(StreamWatchTest, TellsWhenAnAlertBeginsAndWhenItCanNoLongerGoOn) {
  make(rules());
  EXPECT_TRUE(feed(1.0, 20).empty());
  auto events = feed(9.0);
  ASSERT_EQ(events.size(), 1U);
  const AlertEvent began = events[0];
  EXPECT_EQ(began.phase, AlertPhase::kBegan);
  EXPECT_EQ(began.kind, MonitorAlertKind::kAnomaly);
  EXPECT_EQ(began.stream, "pump");
  EXPECT_EQ(began.begin_row, 20U);
  EXPECT_EQ(began.begin_stamp_ns, kBegin + 20 * kSecond);
  EXPECT_EQ(began.top_channel, "flow");
  EXPECT_DOUBLE_EQ(began.peak_score, 4.0);
  EXPECT_EQ(began.values, (std::vector<std::pair<std::string, double>>{{"flow", 9.0}}));
  EXPECT_EQ(watch_->alertId(), began.id);
  // Within the cool-down nothing ends.
  EXPECT_TRUE(feed(9.0, 4).empty());
  EXPECT_EQ(watch_->alertId(), "");
  events = feed(9.0);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].phase, AlertPhase::kEnded);
  EXPECT_EQ(events[0].id, began.id);
  EXPECT_EQ(events[0].end_row, 20U);
  EXPECT_EQ(watch_->alerts(), 1U);
}

TEST_F(StreamWatchTest, IdsAreMadeOfContent) {
  make(rules());
  feed(1.0, 20);
  const std::string id = feed(9.0).at(0).id;
  make(rules());
  feed(1.0, 20);
  EXPECT_EQ(feed(9.0).at(0).id, id);
  make(rules());
  feed(1.0, 21);
  EXPECT_NE(feed(9.0).at(0).id, id);
}

TEST_F(StreamWatchTest, RowsWithoutValuesAreAnAlertOfTheirOwn) {
  StreamRules wanted = rules();
  wanted.alert.no_data_rows = 3;
  make(wanted);
  feed(1.0, 10);
  EXPECT_TRUE(feed(kNan, 2).empty());
  auto events = feed(kNan);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, MonitorAlertKind::kNoData);
  EXPECT_TRUE(events[0].top_channel.empty());
  events = feed(1.0);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].phase, AlertPhase::kEnded);
}

TEST_F(StreamWatchTest, LimitsAlarmAtOnceAndEndAfterTheCoolDown) {
  StreamRules wanted = rules();
  wanted.alert.hold_rows = 1000;  // of limits only
  wanted.limits = {{"fl*", 0.0, 5.0}, {"heat", std::nullopt, 50.0}};
  make(wanted, {"flow", "heat"});
  auto events = feedAll({6.0, 20.0});  // from the first row on
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, MonitorAlertKind::kLimit);
  EXPECT_EQ(events[0].top_channel, "flow");
  EXPECT_NE(events[0].text.find("6, above its ceiling 5"), std::string::npos) << events[0].text;
  const std::string id = events[0].id;
  EXPECT_TRUE(feedAll({4.0, 20.0}, 5).empty());
  EXPECT_TRUE(feedAll({-0.5, 20.0}).empty()) << "it goes on";
  EXPECT_TRUE(feedAll({kNan, 20.0}, 20).empty()) << "nobody knows";
  EXPECT_EQ(watch_->alertId(), id);
  EXPECT_TRUE(feedAll({4.0, 20.0}, 5).empty());
  events = feedAll({4.0, 51.0});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].phase, AlertPhase::kEnded);
  EXPECT_EQ(events[0].id, id);
  EXPECT_EQ(events[0].end_row, 6U);
  EXPECT_EQ(events[1].top_channel, "heat");
}

TEST_F(StreamWatchTest, NewRulesKeepWhatTheyStillHold) {
  StreamRules wanted = rules();
  wanted.limits = {{"flow", std::nullopt, 5.0}, {"flow", 3.0, std::nullopt}};
  make(wanted);
  ASSERT_EQ(feed(6.0).size(), 1U);
  std::vector<AlertEvent> events;
  wanted.limits = {{"flow", std::nullopt, 5.0}};
  watch_->setRules(wanted, events);
  EXPECT_TRUE(events.empty());
  EXPECT_FALSE(watch_->alertId().empty());
  wanted.limits = {{"flow", std::nullopt, 7.0}};
  watch_->setRules(wanted, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].phase, AlertPhase::kEnded);
  EXPECT_TRUE(watch_->alertId().empty());
}

TEST_F(StreamWatchTest, WhatIsMutedIsCountedAndToldIfItOutlastsIt) {
  make(rules());
  feed(1.0, 20);
  moment_.muted_by_hand = true;
  EXPECT_TRUE(feed(9.0).empty());
  EXPECT_EQ(watch_->alerts(), 1U);
  EXPECT_FALSE(watch_->alertId().empty());
  EXPECT_TRUE(feed(1.0, 30).empty()) << "it ended unheard, as what followed it did";
  StreamRules wanted = rules();
  wanted.limits = {{"flow", std::nullopt, 5.0}};
  std::vector<AlertEvent> events;
  watch_->setRules(wanted, events);
  EXPECT_TRUE(feed(6.0, 3).empty());
  moment_.muted_by_hand = false;
  events.clear();
  watch_->tellLate(moment_, events);
  ASSERT_GE(events.size(), 1U);
  EXPECT_EQ(events.back().kind, MonitorAlertKind::kLimit);
  EXPECT_EQ(events.back().begin_row, 51U);
  events.clear();
  watch_->tellLate(moment_, events);
  EXPECT_TRUE(events.empty()) << "once";
}

TEST_F(StreamWatchTest, MuteWindowsGoByTheStamps) {
  StreamRules wanted = rules();
  wanted.mute = {parseMuteWindow("1 8 * * *", 1, false)};
  wanted.alert.cool_down_rows = 0;
  make(wanted);
  feed(1.0, 65);
  EXPECT_TRUE(feed(9.0, 1).empty()) << "08:01:05";
  feed(9.0, 60);
  EXPECT_EQ(feed(1.0).size(), 1U) << "08:02:06";
}

TEST_F(StreamWatchTest, SilenceBeginsOnceAndEndsWithARow) {
  make(rules());
  EXPECT_EQ(watch_->silenceNs(), 0) << "before the interval is known";
  feed(1.0, 10);
  EXPECT_EQ(watch_->silenceNs(), 10 * kSecond);
  std::vector<AlertEvent> events;
  watch_->raiseSilence(moment_, events);
  watch_->raiseSilence(moment_, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, MonitorAlertKind::kNoData);
  EXPECT_EQ(events[0].begin_stamp_ns, kBegin + 9 * kSecond);
  EXPECT_EQ(watch_->alertId(), events[0].id);
  const auto ended = feed(1.0);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].phase, AlertPhase::kEnded);
  EXPECT_EQ(ended[0].id, events[0].id);
  EXPECT_EQ(ended[0].end_stamp_ns, kBegin + 10 * kSecond);
}

TEST_F(StreamWatchTest, RulesSayHowLongSilenceIs) {
  StreamRules wanted = rules();
  wanted.no_data_seconds = 2.5;
  make(wanted);
  EXPECT_EQ(watch_->silenceNs(), 5 * kSecond / 2);
  wanted.no_data_seconds = 0.0;
  make(wanted);
  feed(1.0, 10);
  EXPECT_EQ(watch_->silenceNs(), 0);
}

TEST_F(StreamWatchTest, WhatIsCalledNormalIsLearntAtOnce) {
  make(rules());
  feed(1.0, 20);
  const std::string id = feed(9.0).at(0).id;
  feed(1.0);
  EXPECT_TRUE(detector_->last_alarmed);
  EXPECT_FALSE(watch_->label("another", "normal", ""));
  EXPECT_TRUE(watch_->label(id, "fault", "bearing"));
  feed(9.0);
  EXPECT_TRUE(detector_->last_alarmed);
  EXPECT_TRUE(watch_->label(id, "normal", "cleaning"));
  feed(1.0);
  EXPECT_FALSE(detector_->last_alarmed);
  feed(9.0);
  EXPECT_FALSE(detector_->last_alarmed);
  const auto ended = feed(9.0, 10);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].label, "normal");
  EXPECT_EQ(ended[0].note, "cleaning");
}

TEST_F(StreamWatchTest, GoesOnWhereItWasLeft) {
  StreamRules wanted = rules();
  wanted.limits = {{"flow", std::nullopt, 8.0}};
  const auto value = [](int row) { return row % 17 == 3 ? 9.0 : (row % 29 == 4 ? kNan : 1.0); };
  make(wanted);
  std::vector<AlertEvent> whole;
  for (int row = 0; row < 300; ++row) {
    for (AlertEvent& event : feed(value(row))) whole.push_back(event);
  }
  ASSERT_GT(whole.size(), 6U);
  for (int cut = 1; cut < 300; cut += 7) {
    make(wanted);
    std::vector<AlertEvent> parts;
    const auto feed_to = [&](int from, int to) {
      for (int row = from; row < to; ++row) {
        for (AlertEvent& event : feed(value(row))) parts.push_back(event);
      }
    };
    feed_to(0, cut);
    const StreamMemory memory = watch_->memory();
    const std::vector<std::byte> bytes = watch_->watch().detectorState();
    make(wanted);
    watch_->restore(memory, bytes);
    row_ = cut;
    feed_to(cut, 300);
    ASSERT_EQ(parts.size(), whole.size()) << cut;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      EXPECT_EQ(parts[i].id, whole[i].id) << cut;
      EXPECT_EQ(parts[i].phase, whole[i].phase) << cut;
      EXPECT_EQ(parts[i].end_row, whole[i].end_row) << cut;
      EXPECT_EQ(parts[i].peak_score, whole[i].peak_score) << cut;
      EXPECT_EQ(parts[i].text, whole[i].text) << cut;
    }
  }
}

// A clock that is set: by hours forward, by hours back, and by summer time again and again.
TEST(StreamWatchClockTest, JumpsNeitherAlarmNorBlind) {
  for (const std::string name : {"novelty", "ewma", "rls-ar"}) {
    for (const std::int64_t jump_s : {7200, -7200, 3600, 86400 * 30, -86400 * 30}) {
      StreamRules wanted;
      StreamWatch watch("pump", makeDetector(name, nullptr), {"flow"}, true, wanted);
      std::vector<AlertEvent> events;
      std::int64_t stamp = kBegin;
      std::uint32_t noise = 1;
      const auto feed = [&](double offset, int rows) {
        events.clear();
        for (int i = 0; i < rows; ++i) {
          noise = noise * 1664525U + 1013904223U;
          const double value = 10.0 + static_cast<double>(noise >> 8) / double(1 << 24) + offset;
          const std::vector<double> values{value};
          watch.step(values, stamp, {stamp, false}, events);
          stamp += kSecond;
        }
        return events.size();
      };
      feed(0.0, 6000);
      stamp += jump_s * kSecond;
      EXPECT_EQ(feed(0.0, 200), 0U) << name << " " << jump_s;
      EXPECT_EQ(watch.silenceNs(), 10 * kSecond) << name << " " << jump_s;
      EXPECT_GE(feed(1000.0, 60), 1U) << name << " " << jump_s;
    }
  }
}

}  // namespace
}  // namespace hiss
