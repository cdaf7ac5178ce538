// SPDX-License-Identifier: Apache-2.0
#include "dsp/plot_scale.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hiss {
namespace {

TEST(PlotScale, AxesHaveFourToTwelveSteps) {
  for (double span = 1e-3; span < 1e6; span *= 1.07) {
    EXPECT_GE(span / decimalStep(span), 4.0 - 1e-9) << span;
    EXPECT_LE(span / decimalStep(span), 10.0 + 1e-9) << span;
    EXPECT_GE(span / timeStep(span), 4.0 - 1e-9) << span;
    EXPECT_LE(span / timeStep(span), 12.0) << span;
  }
}

TEST(PlotScale, StepsAreRoundNumbers) {
  EXPECT_DOUBLE_EQ(decimalStep(8.0), 1.0);
  EXPECT_DOUBLE_EQ(decimalStep(24.0), 5.0);
  EXPECT_DOUBLE_EQ(timeStep(5.0), 1.0);
  EXPECT_DOUBLE_EQ(timeStep(101.0), 15.0);
  EXPECT_DOUBLE_EQ(timeStep(36000.0), 3600.0);
}

TEST(PlotScale, LabelsGrowWithTheAxis) {
  EXPECT_EQ(timeLabel(2.5, 10.0), "2.5");
  EXPECT_EQ(timeLabel(90.0, 300.0), "1:30");
  EXPECT_EQ(timeLabel(3720.0, 36000.0), "1:02:00");
  EXPECT_EQ(numberLabel(0.30000000000000004), "0.3");
}

TEST(PlotScale, ColoursCoverTheRangeBelowTheTop) {
  const LevelScale scale = levelScaleFor(-23.0F);
  EXPECT_FLOAT_EQ(scale.top_db, -20.0F);
  EXPECT_FLOAT_EQ(scale.position(-20.0F), 1.0F);
  EXPECT_FLOAT_EQ(scale.position(-100.0F), 0.0F);
  EXPECT_FLOAT_EQ(levelScaleFor(-160.0F).top_db, -60.0F);
  EXPECT_EQ(numberLabel(static_cast<double>(levelScaleFor(-8.0F).top_db)), "0");
}

}  // namespace
}  // namespace hiss
