// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/watched_alerts.h"

#include <gtest/gtest.h>

#include "tests/app/history/made_rows.h"

namespace hiss {
namespace {

AlertEvent event(const std::string& id, AlertPhase phase) {
  AlertEvent made;
  made.id = id;
  made.stream = "pump";
  made.phase = phase;
  made.begin_row = 777;
  made.begin_stamp_ns = MadeRows::stamp(777);
  return made;
}

TEST(WatchedAlerts, KnowWhereTheScoreWasGreatestAndWhatPeopleSaid) {
  WatchedAlerts alerts;
  MadeRows rows("pump", 1);
  alerts.note(event("alert 0", AlertPhase::kBegan));
  ASSERT_EQ(alerts.newest(9).size(), 1U);
  EXPECT_EQ(alerts.newest(9)[0].peak_at, MadeRows::stamp(777)) << "until a row is known";
  EXPECT_TRUE(alerts.newest(9)[0].is_on);
  for (std::uint64_t r = 777; r < 790; ++r) {
    ScoredRow row = rows.row(r);
    row.score = r == 780 ? 3.0 : 1.5;
    alerts.noteRow(row);
  }
  const std::uint64_t before = alerts.version();
  alerts.note(event("alert 0", AlertPhase::kEnded));
  alerts.note(event("alert 0", AlertPhase::kAcknowledged));
  EXPECT_GT(alerts.version(), before);
  const auto known = alerts.newest(9);
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].peak_at, MadeRows::stamp(780));
  EXPECT_FALSE(known[0].is_on);
  EXPECT_TRUE(known[0].is_acknowledged);
  EXPECT_TRUE(alerts.find("alert 0").has_value());
  EXPECT_FALSE(alerts.find("alert 1").has_value());
}

TEST(WatchedAlerts, ForgetTheOldestBeyondTheirNumber) {
  WatchedAlerts alerts;
  for (std::size_t i = 0; i < 3 * AlertBook::kMost; ++i) {
    alerts.note(event(numbered("a", i), AlertPhase::kBegan));
  }
  EXPECT_EQ(alerts.newest(10 * AlertBook::kMost).size(), AlertBook::kMost);
  EXPECT_FALSE(alerts.find("a0").has_value());
}

}  // namespace
}  // namespace hiss
