// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_bound.h"

#include <gtest/gtest.h>

#include "app/engine/bench_stacks.h"

namespace hiss {
namespace {

Roofline roofline() {
  Roofline limits;
  limits.fma_per_s = 50e9;
  limits.own_bytes_per_s = 100e9;
  return limits;
}

TEST(BenchBound, WorkThatReadsLittleIsBoundByMultiplyAdds) {
  const Bound bound = boundOf({"p", 5e6, 1000.0, 1000.0, 0.0}, roofline());
  EXPECT_DOUBLE_EQ(bound.seconds, 1e-4);
  EXPECT_FALSE(bound.by_memory);
  EXPECT_DOUBLE_EQ(bound.bytes, 2000.0);
}

TEST(BenchBound, WorkThatComputesLittleIsBoundByReading) {
  const Bound bound = boundOf({"p", 1000.0, 8e6, 2e6, 0.0}, roofline());
  EXPECT_DOUBLE_EQ(bound.seconds, 1e-4);
  EXPECT_TRUE(bound.by_memory);
}

TEST(BenchBound, AnExponentialCountsAsItsPolynomial) {
  const Bound bound = boundOf({"p", 400.0, 0.0, 0.0, 100.0}, roofline());
  EXPECT_DOUBLE_EQ(bound.multiply_adds, 400.0 + 5.0 * 100.0);
  EXPECT_DOUBLE_EQ(bound.seconds, 900.0 / 50e9);
}

TEST(BenchBound, NoWorkTakesNoTimeWhateverTheRoofline) {
  EXPECT_EQ(boundOf({"p", 0.0, 0.0, 0.0, 0.0}, Roofline{}).seconds, 0.0);
  Roofline without_own = roofline();
  without_own.own_bytes_per_s = 0.0;
  EXPECT_DOUBLE_EQ(boundOf({"p", 50.0, 0.0, 0.0, 0.0}, without_own).seconds, 1e-9);
}

TEST(BenchBound, TheSmallestCacheThatHoldsAll) {
  const CacheSizes caches = {32e3, 1e6, 32e6};
  EXPECT_EQ(levelOf(32e3, caches), CacheLevel::kL1);
  EXPECT_EQ(levelOf(33e3, caches), CacheLevel::kL2);
  EXPECT_EQ(levelOf(1.1e6, caches), CacheLevel::kL3);
  EXPECT_EQ(levelOf(1e9, caches), CacheLevel::kL3);
  EXPECT_STREQ(levelName(CacheLevel::kL1), "L1");
  EXPECT_STREQ(levelName(CacheLevel::kL2), "L2");
  EXPECT_STREQ(levelName(CacheLevel::kL3), "L3");
}

TEST(BenchBound, FootprintIsOfAllParts) {
  EXPECT_EQ(footprintOf({{"a", 1.0, 10.0, 20.0, 1.0}, {"b", 1.0, 300.0, 0.0, 0.0}}), 330.0);
}

// By hand, for d_model 64: d_inner 128, dt_rank 4, d_state 16, d_conv 4.
TEST(BenchStacks, CountsTheWorkOfAStack) {
  const MambaConfig config = benchStackConfig(64);
  EXPECT_EQ(config.dInner(), 128);
  EXPECT_EQ(config.dt_rank, 4);
  const double in_proj = 64 * 256;
  const double x_proj = 128 * (4 + 32);
  const double dt_proj = 4 * 128;
  const double out_proj = 128 * 64;
  const double conv = 128 * 4;
  const double matrices = in_proj + x_proj + dt_proj + out_proj + conv;
  const NetPart work = stackWork(config, 2, WeightFormat::kF32);
  EXPECT_EQ(work.macs, 2 * (matrices + 3 * 128 * 16));
  EXPECT_EQ(work.exps, 2 * 128 * 16);
  EXPECT_EQ(work.state_bytes, 2 * 4 * 128 * (16 + 3));
  EXPECT_EQ(work.weight_bytes, 2 * 4 * (matrices + 64 + 3 * 128 + 128 * 16));
  const NetPart halves = stackWork(config, 2, WeightFormat::kBf16);
  EXPECT_EQ(halves.macs, work.macs);
  EXPECT_EQ(work.weight_bytes - halves.weight_bytes, 2 * 2 * (in_proj + x_proj + out_proj));
}

}  // namespace
}  // namespace hiss
