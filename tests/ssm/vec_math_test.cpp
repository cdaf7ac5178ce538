// SPDX-License-Identifier: Apache-2.0
// Error bounds of the elementwise functions against double precision. The bounds are the ones
// ssm/README.md states, for every kernel set.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

constexpr double kSmallest = std::numeric_limits<float>::min();

// A dense ramp over [low, high], both ends included, then random points of the same range.
std::vector<float> samples(float low, float high) {
  constexpr int kCount = 200001;
  std::vector<float> x(2 * kCount);
  for (int i = 0; i < kCount; ++i) {
    x[static_cast<std::size_t>(i)] = low + (high - low) * static_cast<float>(i) / (kCount - 1);
    x[static_cast<std::size_t>(kCount + i)] =
        low + (high - low) * 0.5f * (1.0f + goldenUniform(99, static_cast<std::uint32_t>(i)));
  }
  return x;
}

double sigmoidExact(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double siluExact(double x) { return x / (1.0 + std::exp(-x)); }
double geluExact(double x) { return 0.5 * x * std::erfc(-x * std::numbers::sqrt2 / 2.0); }
double softplusExact(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

// Largest error in ulp; results under the smallest normal number count by absolute error, since
// they may be flushed to zero.
template <class Kernel, class Exact>
double worstUlp(Kernel kernel, Exact exact, float low, float high) {
  const std::vector<float> x = samples(low, high);
  std::vector<float> y(x.size());
  kernel(x.data(), y.data(), static_cast<int>(x.size()));
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = exact(double{x[i]});
    if (std::fabs(expected) < kSmallest) {
      EXPECT_LE(std::fabs(double{y[i]} - expected), 1.001 * kSmallest) << x[i];
      continue;
    }
    worst = std::max(worst, ulpError(y[i], expected));
  }
  return worst;
}

TEST(VecMath, Exp2IsWithinThreeUlp) {
  const auto exact = [](double x) { return std::exp2(x); };
  EXPECT_LE(worstUlp(defaultKernels().exp2, exact, -1.0f, 0.0f), 3.0);
  EXPECT_LE(worstUlp(defaultKernels().exp2, exact, -125.9f, 127.0f), 3.0);
  EXPECT_LE(worstUlp(defaultKernels().exp2, exact, -200.0f, -120.0f), 3.0);
  EXPECT_LE(worstUlp(defaultKernels().exp2, exact, -0x1p-12f, 0x1p-12f), 3.0);
}

TEST(VecMath, SigmoidIsWithinThreeUlp) {
  EXPECT_LE(worstUlp(defaultKernels().sigmoid, sigmoidExact, -1.0f, 1.0f), 3.0);
  EXPECT_LE(worstUlp(defaultKernels().sigmoid, sigmoidExact, -120.0f, 120.0f), 3.0);
}

TEST(VecMath, SiluIsWithinThreeUlp) {
  EXPECT_LE(worstUlp(defaultKernels().silu, siluExact, -1.0f, 1.0f), 3.0);
  EXPECT_LE(worstUlp(defaultKernels().silu, siluExact, -87.0f, 120.0f), 3.0);
}

TEST(VecMath, SoftplusIsWithinFourUlp) {
  EXPECT_LE(worstUlp(defaultKernels().softplus, softplusExact, -1.0f, 1.0f), 4.0);
  EXPECT_LE(worstUlp(defaultKernels().softplus, softplusExact, -120.0f, 120.0f), 4.0);
}

// Every 1021st of all finite floats, subnormal and huge ones included.
std::vector<float> sampleOfAllFloats() {
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits <= 0xffffffffu; bits += 1021) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::isfinite(value)) x.push_back(value);
  }
  return x;
}

// Where the exact result is below `tiny` in magnitude, that is the absolute error allowed, for
// there the kernels may stop short of 0.
template <class Kernel, class Exact>
void expectBoundEverywhere(Kernel kernel, Exact exact, float most, double tiny, double ulps) {
  std::vector<float> x = sampleOfAllFloats();
  std::erase_if(x, [=](float value) { return value > most; });
  ASSERT_GT(x.size(), 2'000'000u);
  std::vector<float> y(x.size());
  kernel(x.data(), y.data(), static_cast<int>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = exact(double{x[i]});
    if (std::fabs(expected) < tiny) {
      ASSERT_LE(std::fabs(double{y[i]} - expected), tiny) << x[i];
    } else {
      ASSERT_LE(ulpError(y[i], expected), ulps) << x[i];
    }
  }
}

TEST(VecMath, BoundsHoldOverTheWholeFloatRange) {
  const Kernels& kernels = defaultKernels();
  constexpr float kAny = std::numeric_limits<float>::max();
  const auto exp2_exact = [](double x) { return std::exp2(x); };
  expectBoundEverywhere(kernels.exp2, exp2_exact, 127.49f, 1.001 * kSmallest, 3.0);
  expectBoundEverywhere(kernels.sigmoid, sigmoidExact, kAny, 1.001 * kSmallest, 3.0);
  expectBoundEverywhere(kernels.silu, siluExact, kAny, 6e-37, 3.0);
  expectBoundEverywhere(kernels.softplus, softplusExact, kAny, 1.001 * kSmallest, 4.0);
}

TEST(VecMath, TanhIsWithinTwoInTenMillion) {
  for (std::vector<float> x : {samples(-1.0f, 1.0f), samples(-20.0f, 20.0f), sampleOfAllFloats()}) {
    const std::vector<float> arguments = x;
    defaultKernels().tanh(x.data(), x.data(), static_cast<int>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_NEAR(x[i], std::tanh(double{arguments[i]}), 2e-7) << arguments[i];
      ASSERT_LE(std::fabs(x[i]), 1.0f);
    }
  }
}

TEST(VecMath, GeluIsWithinThreeInTenMillionOfItsArgument) {
  for (std::vector<float> x : {samples(-1.0f, 1.0f), samples(-20.0f, 20.0f), sampleOfAllFloats()}) {
    const std::vector<float> arguments = x;
    defaultKernels().gelu(x.data(), x.data(), static_cast<int>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double most = 3e-7 * std::fabs(double{arguments[i]}) + kSmallest;
      ASSERT_NEAR(x[i], geluExact(double{arguments[i]}), most) << arguments[i];
    }
  }
}

TEST(VecMath, ExtremeArgumentsSaturate) {
  const Kernels& kernels = defaultKernels();
  const std::vector<float> x = {-3e38f, -1e30f, -1000.0f, -104.0f, 104.0f, 1000.0f, 1e30f, 3e38f};
  std::vector<float> y(x.size());
  const int n = static_cast<int>(x.size());

  kernels.exp2(x.data(), y.data(), 3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(y[i], 0.0f);

  kernels.sigmoid(x.data(), y.data(), n);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i] > 0 ? 1.0f : 0.0f, 1e-37);

  kernels.softplus(x.data(), y.data(), n);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], std::max(x[i], 0.0f), 1e-37);

  // The vectorised SiLU stays at its value at -88 instead of going to 0.
  kernels.silu(x.data(), y.data(), n);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], std::max(x[i], 0.0f), 6e-37);
}

TEST(VecMath, Exp2IsExactlyOneAtZero) {
  // So that a state with a step size of 0 stays what it is, for ever.
  std::vector<float> x = {0.0f, -0.0f, 1e-12f, -1e-12f, -1e-30f};
  std::vector<float> y(x.size());
  defaultKernels().exp2(x.data(), y.data(), static_cast<int>(x.size()));
  for (const float value : y) EXPECT_EQ(value, 1.0f);
}

TEST(VecMath, NotANumberStaysOne) {
  const Kernels& kernels = defaultKernels();
  for (auto* map : {kernels.exp2, kernels.sigmoid, kernels.softplus, kernels.silu, kernels.tanh,
                    kernels.gelu}) {
    std::vector<float> x(37, std::numeric_limits<float>::quiet_NaN());
    map(x.data(), x.data(), static_cast<int>(x.size()));
    for (const float y : x) EXPECT_TRUE(std::isnan(y));
  }
}

}  // namespace
}  // namespace hiss
