// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/stream_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace hiss {
namespace {

TEST(GlobTest, IsThatOfShells) {
  EXPECT_TRUE(matchesGlob("*", ""));
  EXPECT_TRUE(matchesGlob("*", "plant/line/1"));
  EXPECT_TRUE(matchesGlob("plant/*/temp", "plant/a/b/temp"));
  EXPECT_FALSE(matchesGlob("plant/*/temp", "plant/temp"));
  EXPECT_TRUE(matchesGlob("p?mp", "pump"));
  EXPECT_FALSE(matchesGlob("p?mp", "pmp"));
  EXPECT_TRUE(matchesGlob("gr?n", "grün"));
  EXPECT_TRUE(matchesGlob("line[1-3]", "line2"));
  EXPECT_FALSE(matchesGlob("line[1-3]", "line4"));
  EXPECT_TRUE(matchesGlob("line[!1-3]", "line4"));
  EXPECT_TRUE(matchesGlob("[]]", "]"));
  EXPECT_TRUE(matchesGlob("[a", "[a"));
  EXPECT_FALSE(matchesGlob("[a", "a"));
  EXPECT_TRUE(matchesGlob("a\\*", "a*"));
  EXPECT_FALSE(matchesGlob("a\\*", "ab"));
  EXPECT_TRUE(matchesGlob("*abc*abd", "xabcabcabd"));
  EXPECT_FALSE(matchesGlob("", "a"));
  EXPECT_TRUE(matchesGlob("", ""));
}

// Exponential in a simple matcher.
TEST(GlobTest, IsFastForPatternsMadeToBeSlow) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_FALSE(matchesGlob(pattern + "b", std::string(5000, 'a')));
}

TEST(RulesTest, ALaterPatchWins) {
  StreamRules defaults;
  defaults.budget.false_alarms = 2.0;
  RulePatch first;
  first.stream = "plant/*";
  first.alarm_p = 1e-3;
  first.hold_rows = 5;
  first.limits = {{.channel = "temp", .floor = 1.0, .ceiling = {}}};
  RulePatch second;
  second.stream = "plant/pump*";
  second.false_alarms_per_week = 7.0;
  second.no_data_seconds = 30.0;
  second.limits = {{.channel = "*", .floor = {}, .ceiling = 9.0}};
  second.mute = {parseMuteWindow("0 2 * * *", 5, false)};
  RulePatch third;
  third.stream = "plant/pump9";
  third.ignore = true;
  const std::vector<RulePatch> patches = {first, second, third};

  const StreamRules other = rulesFor(patches, defaults, "office");
  EXPECT_EQ(other.budget.false_alarms, 2.0);
  EXPECT_TRUE(other.limits.empty());

  const StreamRules fan = rulesFor(patches, defaults, "plant/fan");
  EXPECT_EQ(fan.budget.alarm_p, 1e-3);
  EXPECT_EQ(fan.alert.hold_rows, 5);
  EXPECT_FALSE(fan.no_data_seconds);

  const StreamRules pump = rulesFor(patches, defaults, "plant/pump1");
  EXPECT_EQ(pump.budget.alarm_p, 0.0) << "the earlier p would win over the later budget";
  EXPECT_EQ(pump.budget.false_alarms, 7.0);
  EXPECT_EQ(pump.alert.hold_rows, 5);
  EXPECT_EQ(pump.no_data_seconds, 30.0);
  ASSERT_EQ(pump.limits.size(), 2U);
  EXPECT_EQ(pump.limits[1].ceiling, 9.0);
  EXPECT_EQ(pump.mute.size(), 1U);
  EXPECT_FALSE(pump.ignore);
  EXPECT_TRUE(rulesFor(patches, defaults, "plant/pump9").ignore);
}

}  // namespace
}  // namespace hiss
