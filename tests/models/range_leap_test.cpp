// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/range_leap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "models/state_io.h"

namespace hiss {
namespace {

// After `rows` rows of values from 0 to 10.
RangeLeap leapOf(int rows) {
  RangeLeap leap;
  for (int i = 0; i < rows; ++i) EXPECT_EQ(leap.step(i % 11), 0.0F);
  return leap;
}

TEST(RangeLeapTest, SaysHowFarAValueLiesOutside) {
  for (const double sign : {1.0, -1.0}) {
    RangeLeap near = leapOf(1000);
    EXPECT_EQ(near.step(5.0 + sign * 34.0), 0.0F);  // 29 beyond 10
    RangeLeap far = leapOf(1000);
    EXPECT_NEAR(far.step(5.0 + sign * 105.0), 3.0 + 2.0, 0.01);
    RangeLeap further = leapOf(1000);
    EXPECT_NEAR(further.step(5.0 + sign * 1005.0), 3.0 + 4.0, 0.01);
  }
}

TEST(RangeLeapTest, IsSilentAtFirstAndWhereNothingMoves) {
  RangeLeap young = leapOf(100);
  EXPECT_EQ(young.step(1000.0), 0.0F);
  RangeLeap still;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(still.step(7.0), 0.0F);
  EXPECT_EQ(still.step(8.0), 0.0F);
  EXPECT_EQ(still.step(7.0), 0.0F);
}

TEST(RangeLeapTest, WhatRecursIsUsualAfterSomeTimes) {
  RangeLeap leap = leapOf(1000);
  int told = 0;
  for (int i = 0; i < 20; ++i) {
    told += leap.step(1000.0) > 0.0F ? 1 : 0;
    for (int k = 0; k < 50; ++k) leap.step(k % 11);
  }
  EXPECT_GE(told, 3);
  EXPECT_LE(told, 6);
}

TEST(RangeLeapTest, AWrongReadingBlindsItForNoMoreThanALeap) {
  RangeLeap leap = leapOf(1000);
  EXPECT_GT(leap.step(1e30), 50.0F);
  EXPECT_GT(leap.step(100.0), 3.0F);
  EXPECT_GT(leap.step(-1e300), 500.0F);
}

TEST(RangeLeapTest, DriftAndHeavyTailsAreNoLeaps) {
  RangeLeap drift;
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  double level = 0.0;
  for (int i = 0; i < 100000; ++i) {
    level += normal(random);
    EXPECT_EQ(drift.step(level), 0.0F) << i;
  }
  // Of Student's t with two degrees of freedom, whose tail falls with the square of the distance.
  RangeLeap heavy;
  std::student_t_distribution<double> student(2.0);
  int below_4 = 0;
  for (int i = 0; i < 400000; ++i) below_4 += heavy.step(student(random)) > 4.0F ? 1 : 0;
  EXPECT_LE(below_4, 40);  // in a share of 1e-4
}

TEST(RangeLeapTest, GoesOnFromAState) {
  RangeLeap leap = leapOf(1000);
  StateWriter writer;
  leap.save(writer);
  const auto bytes = writer.take();
  RangeLeap other;
  StateReader reader(bytes);
  other.load(reader);
  for (const double value : {3.0, 200.0, -50.0, 1e6})
    EXPECT_EQ(other.step(value), leap.step(value));
}

}  // namespace
}  // namespace hiss
