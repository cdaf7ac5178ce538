// SPDX-License-Identifier: Apache-2.0
#include "dsp/colour_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace hiss {
namespace {

int largestStep(Rgb a, Rgb b) {
  return std::max({std::abs(a.r - b.r), std::abs(a.g - b.g), std::abs(a.b - b.b)});
}

TEST(ColourMap, LightnessOfKnownColours) {
  EXPECT_NEAR(lightness({0, 0, 0}), 0.0, 1e-9);
  EXPECT_NEAR(lightness({255, 255, 255}), 100.0, 1e-3);
  EXPECT_NEAR(lightness({119, 119, 119}), 50.03, 0.05);
}

TEST(ColourMap, SequentialLightnessIsLinear) {
  for (int i = 0; i <= 100; ++i) {
    const float value = static_cast<float>(i) / 100.0F;
    // One step of the 8-bit code is up to 0.6 in lightness near black.
    EXPECT_NEAR(lightness(sequential(value)), 1.0 + 96.0 * value, 0.8) << value;
  }
}

TEST(ColourMap, DivergingLightnessIsSymmetric) {
  for (int i = 0; i <= 100; ++i) {
    const float value = static_cast<float>(i) / 100.0F;
    EXPECT_NEAR(lightness(diverging(value)), lightness(diverging(-value)), 0.8) << value;
    EXPECT_NEAR(lightness(diverging(value)), 93.0 - 55.0 * value, 0.8) << value;
  }
  const Rgb low = diverging(-1.0F);
  const Rgb high = diverging(1.0F);
  EXPECT_GT(low.b, low.r) << "negative is blue";
  EXPECT_GT(high.r, high.b) << "positive is red";
  const Rgb middle = diverging(0.0F);
  EXPECT_LE(largestStep(middle, {middle.g, middle.g, middle.g}), 2) << "zero is grey";
}

TEST(ColourMap, HasNoJumps) {
  for (int i = 0; i < 1000; ++i) {
    const float a = static_cast<float>(i) / 1000.0F;
    const float b = static_cast<float>(i + 1) / 1000.0F;
    EXPECT_LE(largestStep(sequential(a), sequential(b)), 6) << a;
    EXPECT_LE(largestStep(diverging(2.0F * a - 1.0F), diverging(2.0F * b - 1.0F)), 6) << a;
  }
}

TEST(ColourMap, ClampsAndTakesNonFiniteValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(sequential(-3.0F), sequential(0.0F));
  EXPECT_EQ(sequential(3.0F), sequential(1.0F));
  EXPECT_EQ(sequential(kInfinity), sequential(1.0F));
  EXPECT_EQ(sequential(-kInfinity), sequential(0.0F));
  EXPECT_EQ(sequential(kNan), sequential(0.0F));
  EXPECT_EQ(diverging(-9.0F), diverging(-1.0F));
  EXPECT_EQ(diverging(kInfinity), diverging(1.0F));
  EXPECT_EQ(diverging(kNan), diverging(0.0F));
}

}  // namespace
}  // namespace hiss
