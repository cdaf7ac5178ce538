// SPDX-License-Identifier: Apache-2.0
#include "dsp/window.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <tuple>

namespace hiss {
namespace {

TEST(Window, HannIsPeriodic) {
  const auto w = hann(8);
  EXPECT_EQ(w[0], 0.0F);
  EXPECT_FLOAT_EQ(w[2], 0.5F);
  EXPECT_FLOAT_EQ(w[4], 1.0F);
  EXPECT_FLOAT_EQ(w[6], 0.5F);
  EXPECT_GT(w[7], 0.0F) << "a symmetric window would end in zero";
  for (int i = 1; i < 8; ++i) EXPECT_FLOAT_EQ(w[i], w[8 - i]);
}

TEST(Window, SqrtHannIsTheSquareRoot) {
  for (const int n : {2, 7, 320, 512}) {
    const auto h = hann(n);
    const auto s = sqrtHann(n);
    ASSERT_EQ(s.size(), static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) EXPECT_NEAR(s[i] * s[i], h[i], 1e-7);
  }
}

TEST(Window, RefusesEmpty) {
  EXPECT_THROW(hann(0), std::invalid_argument);
  EXPECT_THROW(sqrtHann(-4), std::invalid_argument);
}

class WindowPairTest : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(WindowPairTest, OverlapAddsToOne) {
  const auto [n_fft, hop, length] = GetParam();
  const WindowPair pair = makeWindowPair(n_fft, hop, length);
  ASSERT_EQ(pair.analysis.size(), static_cast<std::size_t>(n_fft));
  ASSERT_EQ(pair.synthesis.size(), static_cast<std::size_t>(n_fft));
  EXPECT_LT(overlapAddError(pair, hop), 2e-7);
}

TEST_P(WindowPairTest, SynthesisIsConfinedToItsSpan) {
  const auto [n_fft, hop, length] = GetParam();
  const WindowPair pair = makeWindowPair(n_fft, hop, length);
  for (int i = 0; i < n_fft - length; ++i) EXPECT_EQ(pair.synthesis[i], 0.0F);
  for (int i = 0; i < n_fft; ++i) {
    EXPECT_GE(pair.analysis[i], 0.0F);
    EXPECT_LE(pair.analysis[i], 1.0F);
    EXPECT_GE(pair.synthesis[i], 0.0F);
    EXPECT_LE(pair.synthesis[i], 1.1F) << "quantisation noise must not be amplified";
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, WindowPairTest,
                         testing::Values(std::tuple{512, 256, 512}, std::tuple{512, 128, 512},
                                         std::tuple{512, 128, 256}, std::tuple{512, 160, 320},
                                         std::tuple{512, 64, 256}, std::tuple{320, 160, 320},
                                         std::tuple{1024, 240, 480}, std::tuple{512, 240, 480},
                                         std::tuple{2, 1, 2}, std::tuple{512, 192, 320},
                                         std::tuple{1536, 576, 960}, std::tuple{1400, 529, 882},
                                         std::tuple{700, 265, 441}, std::tuple{1400, 706, 1400},
                                         std::tuple{700, 353, 700}, std::tuple{256, 96, 160},
                                         std::tuple{350, 132, 220}, std::tuple{512, 200, 301}));

// The formula that served before overlaps other than hop and synthesis_length - hop = n hop, which
// models were trained with: the same bits, so that they keep theirs.
TEST(WindowPair, KeepsTheBitsOfWholeNumbersOfHops) {
  const auto sine = [](int i, int n) { return std::sin(std::numbers::pi * i / n); };
  for (const auto& [n_fft, hop, length] :
       {std::tuple{512, 256, 512}, std::tuple{512, 128, 512}, std::tuple{512, 128, 256},
        std::tuple{512, 160, 320}, std::tuple{512, 64, 256}, std::tuple{320, 160, 320},
        std::tuple{128, 32, 64}, std::tuple{1024, 240, 480}}) {
    const WindowPair pair = makeWindowPair(n_fft, hop, length);
    const int rise = n_fft - length / 2;
    for (int i = 0; i < n_fft; ++i) {
      const int j = i - (n_fft - length);
      const double a = i < rise ? sine(i, 2 * rise) : sine(j, length);
      const double s = 2.0 * hop / length * sine(j, length) * sine(j, length) / a;
      EXPECT_EQ(pair.analysis[i], static_cast<float>(a)) << n_fft << " " << hop << ", " << i;
      EXPECT_EQ(pair.synthesis[i], j > 0 ? static_cast<float>(s) : 0.0F) << n_fft << " " << i;
    }
  }
}

TEST(WindowPair, ShortOverlapIsFlatBetweenTwoHalvesOfAHannWindow) {
  const WindowPair pair = makeWindowPair(512, 192, 320);  // overlap 128
  const auto rise = sqrtHann(2 * (512 - 128));
  const auto fall = hann(2 * 128);
  for (int i = 0; i < 384; ++i) EXPECT_FLOAT_EQ(pair.analysis[i], rise[i]) << i;
  for (int j = 0; j < 320; ++j) {
    const int i = 192 + j;
    const float product = pair.analysis[i] * pair.synthesis[i];
    const float expected = j < 128 ? fall[j] : j < 192 ? 1.0F : fall[j - 64];
    EXPECT_NEAR(product, expected, 2e-7F) << j;
  }
}

TEST(WindowPair, SymmetricPairIsSqrtHannTwice) {
  const WindowPair pair = makeWindowPair(512, 256, 512);
  const auto w = sqrtHann(512);
  for (int i = 0; i < 512; ++i) {
    EXPECT_NEAR(pair.analysis[i], w[i], 1e-7);
    EXPECT_NEAR(pair.synthesis[i], w[i], 1e-7);
  }
  // At three quarters overlap the sum of the squares is two, so the synthesis is halved.
  const WindowPair dense = makeWindowPair(512, 128, 512);
  EXPECT_NEAR(dense.synthesis[256], 0.5F, 1e-7);
}

TEST(WindowPair, AsymmetricAnalysisRisesSlowlyAndFallsFast) {
  const WindowPair pair = makeWindowPair(512, 128, 256);
  const auto rise = sqrtHann(2 * (512 - 128));
  const auto fall = sqrtHann(256);
  for (int i = 0; i < 384; ++i) EXPECT_FLOAT_EQ(pair.analysis[i], rise[i]);
  for (int i = 384; i < 512; ++i) EXPECT_FLOAT_EQ(pair.analysis[i], fall[i - 256]);
  EXPECT_FLOAT_EQ(pair.analysis[384], 1.0F);
}

TEST(WindowPair, RefusesShapesWithoutReconstruction) {
  EXPECT_THROW(makeWindowPair(512, 100, 256), std::invalid_argument);  // hop does not divide
  EXPECT_THROW(makeWindowPair(512, 256, 256), std::invalid_argument);  // no overlap
  EXPECT_THROW(makeWindowPair(256, 128, 512), std::invalid_argument);  // longer than the FFT
  EXPECT_THROW(makeWindowPair(512, 0, 512), std::invalid_argument);
  EXPECT_THROW(makeWindowPair(512, -128, 512), std::invalid_argument);
  EXPECT_THROW(makeWindowPair(511, 73, 511), std::invalid_argument);  // odd
  EXPECT_THROW(makeWindowPair(0, 1, 0), std::invalid_argument);
  EXPECT_THROW(makeWindowPair(512, 128, -256), std::invalid_argument);
  EXPECT_THROW(makeWindowPair(512, 171, 513), std::invalid_argument);
  EXPECT_THROW(makeWindowPair(512, 85, 255), std::invalid_argument);  // three hops, but odd
  EXPECT_FALSE(hasWindowPair(512, 100, 256));
  EXPECT_TRUE(hasWindowPair(512, 192, 320));
}

TEST(WindowPair, OverlapAddErrorSeesABadPair) {
  WindowPair pair = makeWindowPair(512, 256, 512);
  pair.synthesis[100] *= 1.5F;
  EXPECT_GT(overlapAddError(pair, 256), 0.1);
}

}  // namespace
}  // namespace hiss
