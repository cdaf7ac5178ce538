// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_times.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace hiss {
namespace {

// 1, 2, ... n, shuffled.
std::vector<double> numbers(int n) {
  std::vector<double> values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 1.0);
  std::shuffle(values.begin(), values.end(), std::mt19937(1));
  return values;
}

TEST(BenchTimes, QuantilesAreMeasuredTimes) {
  const BenchTimes times = summarise(numbers(1000));
  EXPECT_EQ(times.count, 1000U);
  EXPECT_EQ(times.min_us, 1.0);
  EXPECT_DOUBLE_EQ(times.mean_us, 500.5);
  EXPECT_EQ(times.p50_us, 500.0);
  EXPECT_EQ(times.p99_us, 990.0);
  EXPECT_EQ(times.p999_us, 999.0);
  EXPECT_EQ(times.max_us, 1000.0);
}

TEST(BenchTimes, FewTimesMakeTheHighQuantilesTheMaximum) {
  const BenchTimes three = summarise({3.0, 1.0, 2.0});
  EXPECT_EQ(three.p50_us, 2.0);
  EXPECT_EQ(three.p99_us, 3.0);
  EXPECT_EQ(three.p999_us, 3.0);
  const BenchTimes one = summarise({7.0});
  EXPECT_EQ(one.p50_us, 7.0);
  EXPECT_EQ(one.max_us, 7.0);
  EXPECT_EQ(summarise(numbers(999)).p999_us, 999.0);
}

TEST(BenchTimes, NothingMeasuredIsZero) {
  const BenchTimes none = summarise({});
  EXPECT_EQ(none.count, 0U);
  EXPECT_EQ(none.p50_us, 0.0);
  EXPECT_EQ(median({}), 0.0);
}

TEST(BenchTimes, QuantileStaysWithinItsValues) {
  const std::vector<double> sorted = {1.0, 2.0, 3.0, 4.0};
  EXPECT_EQ(quantile(sorted, 0.0), 1.0);
  EXPECT_EQ(quantile(sorted, 0.25), 1.0);
  EXPECT_EQ(quantile(sorted, 0.26), 2.0);
  EXPECT_EQ(quantile(sorted, 1.0), 4.0);
}

}  // namespace
}  // namespace hiss
