// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/frame_times.h"

#include <gtest/gtest.h>

namespace hiss {
namespace {

TEST(FrameTimes, AreEmptyAtFirst) {
  const FrameTimes times;
  EXPECT_EQ(times.count(), 0U);
  EXPECT_EQ(times.percentileMs(0.5), 0.0);
  EXPECT_EQ(times.maxMs(), 0.0);
}

TEST(FrameTimes, RoundPercentilesUpToAStep) {
  FrameTimes times;
  for (int i = 0; i < 98; ++i) times.add(0.00123);
  times.add(0.00877);
  times.add(0.02001);
  EXPECT_EQ(times.count(), 100U);
  EXPECT_NEAR(times.percentileMs(0.5), 1.3, 1e-9);
  EXPECT_NEAR(times.percentileMs(0.98), 1.3, 1e-9);
  EXPECT_NEAR(times.percentileMs(0.99), 8.8, 1e-9);
  EXPECT_NEAR(times.percentileMs(1.0), 20.01, 1e-9);  // no more than the greatest
}

TEST(FrameTimes, KeepTheGreatestBeyondTheLastStep) {
  FrameTimes times;
  times.add(0.001);
  times.add(3.5);
  times.add(-1.0);  // a clock that was set back
  EXPECT_DOUBLE_EQ(times.percentileMs(1.0), 3500.0);
  EXPECT_DOUBLE_EQ(times.maxMs(), 3500.0);
}

}  // namespace
}  // namespace hiss
