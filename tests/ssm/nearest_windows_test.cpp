// SPDX-License-Identifier: Apache-2.0
// The search for the nearest earlier window: against the definition, and each set against the
// scalar one to the bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kUntouched = 12345.0f;

std::vector<float> search(const Kernels& kernels, const float* x, int n, int most_lag,
                          const std::vector<int>& lengths) {
  std::vector<float> least(lengths.size() + 1, kUntouched);
  kernels.nearestWindows(
      {x, n, most_lag, lengths.data(), static_cast<int>(lengths.size()), least.data()});
  EXPECT_EQ(least.back(), kUntouched) << "wrote beside the result";
  least.pop_back();
  return least;
}

// The definition in double precision, window by window and lag by lag.
double leastByDefinition(const std::vector<float>& x, int most_lag, int m) {
  const int n = static_cast<int>(x.size());
  double least = std::numeric_limits<double>::infinity();
  for (int lag = m; lag <= std::min(most_lag, n - m); ++lag) {
    double sum = 0.0;
    for (int k = 0; k < m; ++k) {
      const double difference = double{x[static_cast<std::size_t>(n - 1 - k)]} -
                                double{x[static_cast<std::size_t>(n - 1 - lag - k)]};
      sum += difference * difference;
    }
    least = std::min(least, sum);
  }
  return least;
}

TEST(NearestWindows, ScalarFollowsTheDefinition) {
  for (const int n : {0, 1, 2, 5, 6, 7, 40, 47, 48, 49, 100, 536}) {
    const std::vector<float> x = goldenTensor(4, static_cast<std::size_t>(n), 3.0f, 0.5f);
    for (const int most_lag : {0, 1, 3, 30, 512, 100000}) {
      const std::vector<int> lengths = {1, 3, 8, 24};
      const std::vector<float> least = search(scalarKernels(), x.data(), n, most_lag, lengths);
      for (std::size_t w = 0; w < lengths.size(); ++w) {
        const double expected = leastByDefinition(x, most_lag, lengths[w]);
        if (std::isinf(expected)) {
          EXPECT_EQ(least[w], kInfinity);
        } else {
          EXPECT_NEAR(least[w], expected, 3e-6 * expected) << n << ", lag " << most_lag;
        }
      }
    }
  }
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
  EXPECT_EQ(search(defaultKernels(), x.data(), n, 512, {3, 8, 24}),
            (std::vector<float>{0.0f, 0.0f, 0.0f}));
  const std::vector<float> out_of_reach = search(defaultKernels(), x.data(), n, 375, {3, 8, 24});
  for (const float least : out_of_reach) EXPECT_GT(least, 0.0f);
}

}  // namespace
}  // namespace hiss
