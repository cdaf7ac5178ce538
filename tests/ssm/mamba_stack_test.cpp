// SPDX-License-Identifier: Apache-2.0
#include "ssm/mamba_stack.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "tests/ssm/random_block.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

constexpr int kLayers = 3;

std::vector<std::shared_ptr<const MambaBlockWeights>> layers(const RandomBlock& random) {
  return std::vector<std::shared_ptr<const MambaBlockWeights>>(kLayers, random.weights());
}

TEST(MambaStack, IsItsBlocksOneAfterTheOther) {
  const RandomBlock random(mambaConfig(20, 7));
  const MambaStack stack(random.config(), layers(random));
  ASSERT_EQ(stack.layers(), kLayers);
  const MambaBlock block = random.block();
  MambaState state = stack.makeState(2);
  MambaState expected_state(random.config(), 2, kLayers);
  MambaScratch scratch = stack.makeScratch(2);
  for (std::uint32_t t = 0; t < 6; ++t) {
    const std::vector<float> x = goldenTensor(t, 40, 2.0f);
    std::vector<float> y(x.size());
    std::vector<float> expected = x;
    stack.step(x.data(), y.data(), state, scratch);
    for (int l = 0; l < kLayers; ++l) {
      block.step(expected.data(), expected.data(), expected_state, l, scratch);
    }
    ASSERT_EQ(y, expected);
  }
}

TEST(MambaStack, StreamsTogetherGiveTheBitsOfEachAlone) {
  const RandomBlock random(mambaConfig(20, 7));
  const MambaStack stack(random.config(), layers(random));
  MambaState a = stack.makeState(1);
  MambaState b = stack.makeState(1);
  MambaState a_alone = stack.makeState(1);
  MambaState b_alone = stack.makeState(1);
  MambaState* const both[] = {&a, &b};
  MambaScratch scratch = stack.makeScratch(2);
  for (std::uint32_t t = 0; t < 6; ++t) {
    std::vector<float> y = goldenTensor(t, 40, 2.0f);
    std::vector<float> expected = y;
    stack.step(y.data(), y.data(), both, 2, scratch);
    stack.step(expected.data(), expected.data(), a_alone, scratch);
    stack.step(expected.data() + 20, expected.data() + 20, b_alone, scratch);
    ASSERT_EQ(y, expected);
  }
}

TEST(MambaStack, WeightsAsBf16StayWithinTheirRounding) {
  const RandomBlock random(mambaConfig(64, 16));
  const MambaStack exact(random.config(), layers(random));
  const auto halves = std::make_shared<const MambaBlockWeights>(MambaBlockWeights::pack(
      random.config(), random.lookup(), defaultKernels(), WeightFormat::kBf16));
  const MambaStack stack(random.config(), {halves, halves, halves});
  EXPECT_LT(halves->in_proj.weightBytes(), random.weights()->in_proj.weightBytes() * 51 / 100);
  MambaState state = stack.makeState(1);
  MambaState exact_state = exact.makeState(1);
  MambaScratch scratch = stack.makeScratch(1);
  for (std::uint32_t t = 0; t < 200; ++t) {
    const std::vector<float> x = goldenTensor(t, 64, 2.0f);
    std::vector<float> y(x.size());
    std::vector<float> expected(x.size());
    stack.step(x.data(), y.data(), state, scratch);
    exact.step(x.data(), expected.data(), exact_state, scratch);
    const double error = relativeError(y, expected);
    ASSERT_LE(error, 0.01);  // 2^-9 a weight
    ASSERT_GT(error, 0.0);
  }
}

TEST(MambaStack, RefusesNoLayersAndForeignWeights) {
  const RandomBlock random(mambaConfig(20, 7));
  EXPECT_THROW(MambaStack(random.config(), {}), std::invalid_argument);
  EXPECT_THROW(MambaStack(mambaConfig(24, 7), layers(random)), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
