// SPDX-License-Identifier: Apache-2.0
#include "dsp/real_fft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/dsp/signals.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<RealFft&>().forward(nullptr, nullptr)));
static_assert(noexcept(std::declval<RealFft&>().inverse(nullptr, nullptr)));
static_assert(std::is_nothrow_move_constructible_v<RealFft>);

// The definition, in double precision.
std::vector<std::complex<double>> slowDft(const std::vector<float>& x) {
  const int n = static_cast<int>(x.size());
  std::vector<std::complex<double>> X(static_cast<std::size_t>(n / 2 + 1));
  for (int k = 0; k <= n / 2; ++k) {
    for (int i = 0; i < n; ++i) {
      // The product is reduced in integers, so that the angle keeps its precision.
      const double angle = -2.0 * std::numbers::pi * ((k * i) % n) / n;
      X[k] += static_cast<double>(x[i]) * std::polar(1.0, angle);
    }
  }
  return X;
}

class RealFftTest : public testing::TestWithParam<int> {};

TEST_P(RealFftTest, MatchesTheDefinition) {
  const int n = GetParam();
  const auto x = test::noise(n, 1);
  const auto expected = slowDft(x);
  RealFft fft(n);
  ASSERT_EQ(fft.size(), n);
  ASSERT_EQ(fft.bins(), n / 2 + 1);
  std::vector<std::complex<float>> X(expected.size());
  fft.forward(x.data(), X.data());
  double error = 0.0;
  double power = 0.0;
  for (std::size_t k = 0; k < X.size(); ++k) {
    error += std::norm(std::complex<double>(X[k]) - expected[k]);
    power += std::norm(expected[k]);
  }
  const double relative = std::sqrt(error / power);
  RecordProperty("relative_rms_error", test::scientific(relative));
  EXPECT_LT(relative, 3e-7) << "n = " << n;
}

TEST_P(RealFftTest, InverseUndoesForward) {
  const int n = GetParam();
  const auto x = test::noise(n, 2);
  RealFft fft(n);
  std::vector<std::complex<float>> X(static_cast<std::size_t>(fft.bins()));
  std::vector<float> y(x.size());
  fft.forward(x.data(), X.data());
  const auto kept = X;
  fft.inverse(X.data(), y.data());
  EXPECT_EQ(X, kept) << "the spectrum is input only";
  for (int i = 0; i < n; ++i) EXPECT_NEAR(y[i], x[i], 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RealFftTest,
                         testing::Values(4, 6, 10, 14, 16, 30, 98, 210, 240, 256, 320, 350, 480,
                                         512, 640, 686, 700, 768, 960, 1024, 1200, 1400, 1536, 2048,
                                         2800, 3072, 4096, 12250));

TEST(RealFft, SineFallsOnItsBin) {
  RealFft fft(512);
  const auto x = test::sine(512, 10.0, 512.0);
  std::vector<std::complex<float>> X(257);
  fft.forward(x.data(), X.data());
  for (int k = 0; k < 257; ++k) {
    EXPECT_NEAR(std::abs(X[k]), k == 10 ? 256.0 : 0.0, 1e-3) << "bin " << k;
  }
  EXPECT_NEAR(X[10].imag(), -256.0, 1e-3) << "sin is -j/2 at its positive frequency";
}

TEST(RealFft, InverseIgnoresImaginaryPartsOfTheRealBins) {
  RealFft fft(16);
  std::vector<std::complex<float>> X(9);
  X[0] = {1.0F, 5.0F};
  X[8] = {2.0F, -3.0F};
  std::vector<float> y(16);
  fft.inverse(X.data(), y.data());
  for (int i = 0; i < 16; ++i)
    EXPECT_NEAR(y[i], (1.0F + (i % 2 == 0 ? 2.0F : -2.0F)) / 16.0F, 1e-7);
}

TEST(RealFft, RefusesSizesItCannotServe) {
  EXPECT_THROW(RealFft(0), std::invalid_argument);
  EXPECT_THROW(RealFft(-8), std::invalid_argument);
  EXPECT_THROW(RealFft(511), std::invalid_argument);
  EXPECT_THROW(RealFft(2), std::invalid_argument);   // would allocate, as would
  EXPECT_THROW(RealFft(22), std::invalid_argument);  // a prime factor of 11
}

TEST(RealFft, MovesKeepThePlan) {
  RealFft a(64);
  RealFft b = std::move(a);
  const auto x = test::noise(64, 3);
  std::vector<std::complex<float>> X(33);
  std::vector<float> y(64);
  b.forward(x.data(), X.data());
  b.inverse(X.data(), y.data());
  for (int i = 0; i < 64; ++i) EXPECT_NEAR(y[i], x[i], 1e-6);
}

}  // namespace
}  // namespace hiss
