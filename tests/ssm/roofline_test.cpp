// SPDX-License-Identifier: Apache-2.0
#include "ssm/roofline.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "ssm/simd/kernels_hwy.h"

namespace hiss {
namespace {

std::vector<const RooflineLoops*> allLoops() {
  const RooflineLoops* vectorised[kMaxVectorKernels] = {};
  const int count = vectorRooflineLoops(vectorised, kMaxVectorKernels);
  std::vector<const RooflineLoops*> loops = {&scalarRooflineLoops()};
  loops.insert(loops.end(), vectorised, vectorised + count);
  return loops;
}

TEST(RooflineLoops, AreThereForEveryKernelSetInTheSameOrder) {
  const auto kernels = availableKernels();
  const auto loops = allLoops();
  ASSERT_EQ(loops.size(), kernels.size());
  for (std::size_t i = 0; i < loops.size(); ++i) EXPECT_STREQ(loops[i]->name, kernels[i]->name);
}

// The loops do the work that is counted: chain i starts at i, all lanes alike.
TEST(RooflineLoops, MultiplyAddIsDoneInEveryChain) {
  for (const RooflineLoops* loops : allLoops()) {
    const int lanes = loops->macs_per_round / kMultiplyAddChains;
    for (const int rounds : {0, 1, 5}) {
      double expected = 0.0;
      for (int i = 0; i < kMultiplyAddChains; ++i) {
        double x = i;
        for (int r = 0; r < rounds; ++r) x = x * 0.5 + 3.0;
        expected += lanes * x;
      }
      float sum = 0.0F;
      loops->multiplyAdd(0.5F, 3.0F, rounds, &sum);
      EXPECT_FLOAT_EQ(sum, static_cast<float>(expected)) << loops->name << " " << rounds;
    }
  }
}

TEST(RooflineLoops, EveryFloatIsReadOnce) {
  std::vector<float> data(3 * kReadFloats);
  float expected = 0.0F;
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<float>(i % 7 + 1);  // sums stay exact
    expected += data[i];
  }
  for (const RooflineLoops* loops : allLoops()) {
    float sum = 0.0F;
    loops->read(data.data(), static_cast<int>(data.size()), &sum);
    EXPECT_EQ(sum, expected) << loops->name;
    loops->read(data.data(), 0, &sum);
    EXPECT_EQ(sum, 0.0F) << loops->name;
  }
}

TEST(RooflineProbe, KeepsTheBestOfItsRounds) {
  RooflineProbe probe(scalarKernels());
  EXPECT_EQ(probe.result().fma_per_s, 0.0);
  EXPECT_EQ(probe.result().fma_spread, 0.0);
  Roofline before;
  for (int i = 0; i < 3; ++i) {
    probe.round();
    const Roofline now = probe.result();
    EXPECT_GE(now.fma_per_s, before.fma_per_s);
    EXPECT_GE(now.l1_bytes_per_s, before.l1_bytes_per_s);
    EXPECT_GE(now.l2_bytes_per_s, before.l2_bytes_per_s);
    EXPECT_GE(now.l3_bytes_per_s, before.l3_bytes_per_s);
    before = now;
  }
  // Units: no core is slower than a million or faster than ten million million a second.
  for (const double rate :
       {before.fma_per_s, before.l1_bytes_per_s, before.l2_bytes_per_s, before.l3_bytes_per_s}) {
    EXPECT_GT(rate, 1e6);
    EXPECT_LT(rate, 1e13);
  }
  EXPECT_GE(before.fma_spread, 0.0);
  EXPECT_LT(before.fma_spread, 1.0);
}

TEST(RooflineProbe, MeasuresAWorkingSetOfAnySize) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{100'000}, std::size_t{9} << 20}) {
    RooflineProbe probe(scalarKernels(), bytes);
    probe.round();
    EXPECT_GT(probe.result().own_bytes_per_s, 1e6) << bytes;
  }
  RooflineProbe none(scalarKernels());
  none.round();
  EXPECT_EQ(none.result().own_bytes_per_s, 0.0);
}

TEST(RooflineProbe, RefusesKernelsWithoutLoops) {
  Kernels unknown = scalarKernels();
  unknown.name = "mmx";
  EXPECT_THROW(RooflineProbe{unknown}, std::invalid_argument);
}

}  // namespace
}  // namespace hiss
