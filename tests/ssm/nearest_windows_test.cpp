// SPDX-License-Identifier: Apache-2.0
// The search for the nearest earlier window: against the definition, and each set against the
// scalar one to the bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kUntouched = 12345.0f;

struct Least {
  std::vector<float> plain;
  std::vector<float> shaped;
  bool operator==(const Least&) const = default;
};

Least search(const Kernels& kernels, const float* x, int n, int most_lag,
             const std::vector<int>& lengths) {
  Least least{std::vector<float>(lengths.size() + 1, kUntouched),
              std::vector<float>(lengths.size() + 1, kUntouched)};
  kernels.nearestWindows({x, n, most_lag, lengths.data(), static_cast<int>(lengths.size()),
                          least.plain.data(), least.shaped.data()});
  EXPECT_EQ(least.plain.back(), kUntouched) << "wrote beside the result";
  EXPECT_EQ(least.shaped.back(), kUntouched) << "wrote beside the result";
  least.plain.pop_back();
  least.shaped.pop_back();
  return least;
}

// The definition in double precision, window by window and lag by lag.
double leastByDefinition(const std::vector<float>& x, int most_lag, int m, bool shaped) {
  const int n = static_cast<int>(x.size());
  double least = std::numeric_limits<double>::infinity();
  for (int lag = m; lag <= std::min(most_lag, n - m); ++lag) {
    std::vector<double> d;
    for (int k = 0; k < m; ++k) {
      d.push_back(double{x[static_cast<std::size_t>(n - 1 - k)]} -
                  double{x[static_cast<std::size_t>(n - 1 - lag - k)]});
    }
    const double mean = shaped ? std::accumulate(d.begin(), d.end(), 0.0) / m : 0.0;
    double sum = 0.0;
    for (const double value : d) sum += (value - mean) * (value - mean);
    least = std::min(least, sum);
  }
  return least;
}

TEST(NearestWindows, ScalarFollowsTheDefinition) {
  const std::vector<int> lengths = {1, 3, 8, 24};
  for (const int n : {0, 1, 2, 5, 6, 7, 40, 47, 48, 49, 100, 536}) {
    const std::vector<float> x = goldenTensor(4, static_cast<std::size_t>(n), 3.0f, 0.5f);
    for (const int most_lag : {0, 1, 3, 30, 512, 100000}) {
      const Least least = search(scalarKernels(), x.data(), n, most_lag, lengths);
      for (std::size_t w = 0; w < lengths.size(); ++w) {
        const double plain = leastByDefinition(x, most_lag, lengths[w], false);
        const double shaped = leastByDefinition(x, most_lag, lengths[w], true);
        if (std::isinf(plain)) {
          EXPECT_EQ(least.plain[w], kInfinity);
          EXPECT_EQ(least.shaped[w], kInfinity);
        } else {
          EXPECT_NEAR(least.plain[w], plain, 1e-5 * plain + 1e-6) << n << ", lag " << most_lag;
          EXPECT_NEAR(least.shaped[w], shaped, 1e-5 * shaped + 1e-6) << n << ", lag " << most_lag;
        }
      }
    }
  }
}

// Two levels a thousand times as far apart as the form is high: the form of a window is found at
// the other level as exactly as the numbers there are.
TEST(NearestWindows, FormIsNotLostInTheDistanceOfLevels) {
  std::vector<float> x = goldenTensor(5, 300, 1.0f);
  std::copy_n(x.begin() + 100, 24, x.end() - 24);
  for (std::size_t i = 276; i < 300; ++i) x[i] += 1024.0f;
  const Least least = search(defaultKernels(), x.data(), 300, 512, {24});
  EXPECT_LT(least.shaped[0], 24 * 1e-8f);
  EXPECT_NEAR(least.plain[0], 24.0f * 1024.0f * 1024.0f, 24.0f * 2048.0f);
}

TEST(NearestWindows, AllSetsGiveTheBitsOfTheScalarOne) {
  const std::vector<std::vector<int>> windows = {
      {1}, {3}, {24}, {3, 8, 24}, {8, 24}, {1, 2, 3, 4}, {5, 17, 18}, {64, 128}, {}};
  for (int n = 0; n <= 170; ++n) {
    for (std::size_t offset = 0; offset < 3; ++offset) {
      const std::vector<float> x =
          goldenTensor(static_cast<std::uint32_t>(n), static_cast<std::size_t>(n) + offset, 2.0f);
      for (const std::vector<int>& lengths : windows) {
        for (const int most_lag : {n / 3, n / 2 + 1, 512}) {
          ASSERT_EQ(search(defaultKernels(), x.data() + offset, n, most_lag, lengths),
                    search(scalarKernels(), x.data() + offset, n, most_lag, lengths))
              << n << " values, lags to " << most_lag;
        }
      }
    }
  }
}

TEST(NearestWindows, AllSetsAgreeOnManyValuesAndExtremes) {
  std::vector<float> x = goldenTensor(9, 2100, 1.0f);
  x[700] = 1e18f;
  x[1900] = -1e18f;
  x[2090] = 1e-30f;
  const std::vector<int> lengths = {3, 8, 24, 200};
  for (int n = 1500; n <= 2100; n += 13) {
    ASSERT_EQ(search(defaultKernels(), x.data(), n, 1024, lengths),
              search(scalarKernels(), x.data(), n, 1024, lengths));
  }
}

TEST(NearestWindows, FindsTheCopyOfAWindow) {
  std::vector<float> x = goldenTensor(11, 600, 1.0f);
  std::copy_n(x.begin() + 200, 24, x.end() - 24);
  const int n = static_cast<int>(x.size());
  const std::vector<float> zeros(3, 0.0f);
  EXPECT_EQ(search(defaultKernels(), x.data(), n, 512, {3, 8, 24}), (Least{zeros, zeros}));
  const Least out_of_reach = search(defaultKernels(), x.data(), n, 375, {3, 8, 24});
  for (const float least : out_of_reach.plain) EXPECT_GT(least, 0.0f);
  for (const float least : out_of_reach.shaped) EXPECT_GT(least, 0.0f);
}

}  // namespace
}  // namespace hiss
