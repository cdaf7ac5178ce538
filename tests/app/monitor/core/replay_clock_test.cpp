// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/replay_clock.h"

#include <gtest/gtest.h>

#include <limits>

#include "app/engine/monitor/core/latency_histogram.h"

namespace hiss {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(ReplayClockTest, GoesAsFastAsTheStreams) {
  ReplayClock clock;
  std::optional<std::int64_t> a;
  std::optional<std::int64_t> b;
  for (int i = 0; i < 100; ++i) {
    a = clock.tick(a, kSecond, kSecond);
    b = clock.tick(b, kSecond, kSecond);
  }
  EXPECT_NEAR(static_cast<double>(clock.nowNs()), 99.0 * kSecond, 2.0 * kSecond);
}

TEST(ReplayClockTest, StaggeredAndJitteringStreamsDoNotHurryIt) {
  ReplayClock clock;
  std::optional<std::int64_t> at[10];
  for (int i = 0; i < 1000; ++i) {
    for (int s = 0; s < 10; ++s) {
      const std::int64_t jitter = ((i * 7 + s * 3) % 11 - 5) * kSecond / 20;
      const std::int64_t before = ((i * 7 - 7 + s * 3 + 11) % 11 - 5) * kSecond / 20;
      at[s] = clock.tick(at[s], kSecond + jitter - before, kSecond);
    }
  }
  EXPECT_NEAR(static_cast<double>(clock.nowNs()), 1000.0 * kSecond, 30.0 * kSecond);
}

TEST(ReplayClockTest, LeapsOfOneStreamCountLittle) {
  ReplayClock clock;
  std::optional<std::int64_t> a = clock.tick(std::nullopt, 0, 0);
  for (int i = 0; i < 10; ++i) a = clock.tick(a, kSecond, kSecond);
  const std::int64_t before = clock.nowNs();
  a = clock.tick(a, 3600 * kSecond, kSecond);
  EXPECT_EQ(clock.nowNs(), before + 3 * kSecond);
  a = clock.tick(a, -7200 * kSecond, kSecond);
  EXPECT_EQ(clock.nowNs(), before + 3 * kSecond);
  a = clock.tick(a, std::numeric_limits<std::int64_t>::max(),
                 std::numeric_limits<std::int64_t>::max());
  EXPECT_GT(clock.nowNs(), before);
}

TEST(ReplayClockTest, AStreamThatStopsFallsBehind) {
  ReplayClock clock;
  std::optional<std::int64_t> a = clock.tick(std::nullopt, 0, 0);
  const std::optional<std::int64_t> b = clock.tick(std::nullopt, 0, 0);
  for (int i = 0; i < 20; ++i) a = clock.tick(a, kSecond, kSecond);
  EXPECT_EQ(clock.nowNs() - *b, 20 * kSecond);
  // And is seen again with its next row.
  EXPECT_GE(clock.tick(b, 0, kSecond), clock.nowNs() - kSecond);
}

TEST(LatencyHistogramTest, FindsQuantiles) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0.0);
  for (int i = 1; i <= 1000; ++i) histogram.add(i * 1000);
  EXPECT_NEAR(histogram.quantile(0.5), 500e-6, 65e-6);
  EXPECT_NEAR(histogram.quantile(0.99), 990e-6, 130e-6);
  EXPECT_GE(histogram.quantile(1.0), 1000e-6);
  histogram.add(-5);
  histogram.add(std::numeric_limits<std::int64_t>::max());
  EXPECT_GT(histogram.quantile(1.0), 9e9);
  EXPECT_LT(histogram.quantile(0.0), 1e-6);
}

TEST(LatencyHistogramTest, ForgetsInTwoSteps) {
  LatencyHistogram histogram;
  histogram.add(1'000'000);
  histogram.rotate();
  EXPECT_GT(histogram.quantile(0.5), 0.0);
  histogram.rotate();
  EXPECT_EQ(histogram.quantile(0.5), 0.0);
}

}  // namespace
}  // namespace hiss
