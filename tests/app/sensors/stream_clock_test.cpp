// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/stream_clock.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000;

TEST(StreamClock, LearnsTheUsualStep) {
  StreamClock clock;
  EXPECT_TRUE(std::isnan(clock.tick(0)));
  EXPECT_EQ(clock.intervalNs(), 0);
  EXPECT_TRUE(std::isnan(clock.tick(kMinute))) << "nothing to compare the first step with";
  EXPECT_EQ(clock.intervalNs(), kMinute);
  EXPECT_EQ(clock.tick(2 * kMinute), 1.0);
  EXPECT_EQ(clock.tick(7 * kMinute), 5.0);
  EXPECT_EQ(clock.state().gaps, 1U);
  EXPECT_EQ(clock.state().longest_gap_rows, 5.0);
  EXPECT_EQ(clock.tick(8 * kMinute), 1.0) << "one gap changes nothing";
}

TEST(StreamClock, FollowsANewRate) {
  StreamClock clock;
  std::int64_t now = 0;
  for (int i = 0; i < 200; ++i) clock.tick(now += kMinute);
  for (int i = 0; i < 40; ++i) clock.tick(now += kMinute / 60);
  EXPECT_EQ(clock.intervalNs(), kMinute / 60);
}

TEST(StreamClock, CountsDuplicatesAndSteppingBack) {
  StreamClock clock;
  for (int i = 0; i < 5; ++i) clock.tick(i * kMinute);
  EXPECT_TRUE(std::isnan(clock.tick(4 * kMinute)));
  EXPECT_TRUE(std::isnan(clock.tick(2 * kMinute)));
  EXPECT_EQ(clock.state().duplicates, 1U);
  EXPECT_EQ(clock.state().backward, 1U);
  EXPECT_EQ(clock.tick(3 * kMinute), 1.0) << "time goes on from there";
  EXPECT_TRUE(std::isnan(clock.tick(std::nullopt)));
  EXPECT_TRUE(std::isnan(clock.tick(9 * kMinute))) << "nobody knows since when";
}

TEST(StreamClock, LivesThroughTheEndsOfTime) {
  StreamClock clock;
  clock.tick(std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(std::isnan(clock.tick(std::numeric_limits<std::int64_t>::max())));
  EXPECT_TRUE(std::isnan(clock.tick(std::numeric_limits<std::int64_t>::min())));
}

TEST(StreamClock, GoesOnFromASavedState) {
  StreamClock whole;
  std::int64_t now = 0;
  const auto step = [&](int i) { return now += kMinute + i * 1000 % 7919; };
  for (int i = 0; i < 100; ++i) whole.tick(step(i));
  StreamClock second;
  second.setState(whole.state());
  for (int i = 100; i < 300; ++i) {
    const std::int64_t stamp = step(i);
    ASSERT_EQ(whole.tick(stamp), second.tick(stamp));
  }
}

TEST(StreamClock, TakesNoMemory) {
  StreamClock clock;
  AllocationGuard guard;
  for (int i = 0; i < 300; ++i) clock.tick(i * kMinute + i % 5);
  EXPECT_EQ(guard.stop(), 0U);
}

}  // namespace
}  // namespace hiss
