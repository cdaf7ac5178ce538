// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/monitor_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace hiss {
namespace {

std::ptrdiff_t linesOf(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(MonitorLogTest, WritesOneLineWhateverTheTextHolds) {
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  log->warn("topic \"a\nb\" is strange");
  EXPECT_EQ(lines, "warning: topic \"a\\x0ab\" is strange\n");
}

TEST(MonitorLogTest, SaysOfMany) {
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  for (int i = 0; i < 1000; ++i) log->sample(LogLevel::kWarning, "bad row", "bad row");
  EXPECT_EQ(linesOf(lines), 1);
  log->sample(LogLevel::kWarning, "another", "another");
  EXPECT_EQ(linesOf(lines), 2);
}

TEST(MonitorLogTest, KeysAreBounded) {
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  for (int i = 0; i < 5000; ++i) log->sample(LogLevel::kWarning, std::to_string(i), "x");
  EXPECT_EQ(linesOf(lines), std::ptrdiff_t(MonitorLog::kMostKeys) + 1);
}

}  // namespace
}  // namespace hiss
