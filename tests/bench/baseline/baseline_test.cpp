// SPDX-License-Identifier: Apache-2.0
// The baselines compute what the engine computes; otherwise their times would mean nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "tests/bench/baseline/block_stack.h"
#include "tests/bench/baseline/plain_mamba.h"
#include "tests/bench/baseline/scalar_ofast.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr int kSteps = 300;
// -Ofast reorders sums and takes vector functions of 4 ulp; the errors meet again in the state.
constexpr double kTolerance = 1e-4;

struct Sizes {
  int d_model;
  int n_layer;
};

class BaselineTest : public testing::TestWithParam<Sizes> {
 protected:
  void SetUp() override {
    config_ = mambaConfig(GetParam().d_model, 16);
    weights_ = randomStack(config_, GetParam().n_layer);
    const auto width = static_cast<std::size_t>(config_.d_model);
    input_ = goldenTensor(1000, kSteps * width, 2.0f);
  }

  // What the stack adds to its input, [kSteps, d_model]: the input itself would hide errors.
  template <class Step>
  std::vector<double> run(Step step) {
    const auto width = static_cast<std::size_t>(config_.d_model);
    std::vector<double> added;
    std::vector<float> y(width);
    for (std::size_t t = 0; t < kSteps; ++t) {
      const float* const x = input_.data() + t * width;
      step(x, y.data());
      for (std::size_t i = 0; i < width; ++i) added.push_back(double{y[i]} - x[i]);
    }
    return added;
  }

  static std::vector<double> stateOf(const BlockStack& stack, int layer, std::size_t count) {
    std::vector<float> h(count);
    stack.state().copySsmState(layer, h.data());
    return {h.begin(), h.end()};
  }

  static void expectClose(const std::vector<double>& found, const std::vector<double>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    double error = 0.0;
    double largest = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_TRUE(std::isfinite(found[i])) << "value " << i;
      error = std::max(error, std::abs(found[i] - expected[i]));
      largest = std::max(largest, std::abs(expected[i]));
    }
    EXPECT_GT(largest, 0.0);
    EXPECT_LT(error / largest, kTolerance);
  }

  MambaConfig config_;
  std::vector<RandomBlock> weights_;
  std::vector<float> input_;
};

TEST_P(BaselineTest, PlainMambaEqualsTheEngine) {
  BlockStack engine(weights_, defaultKernels());
  std::vector<TensorLookup> lookups;
  for (const RandomBlock& block : weights_) lookups.push_back(block.lookup());
  PlainMamba plain(config_, lookups);
  const auto expected = run([&](const float* x, float* y) { engine.step(x, y); });
  expectClose(run([&](const float* x, float* y) { plain.step(x, y); }), expected);
  for (int layer = 0; layer < GetParam().n_layer; ++layer) {
    const auto h = plain.ssmState(layer);
    expectClose({h.begin(), h.end()}, stateOf(engine, layer, h.size()));
  }
}

TEST_P(BaselineTest, ScalarKernelsWithOfastEqualTheEngine) {
  BlockStack engine(weights_, scalarKernels());
  BlockStack ofast(weights_, scalarOfastKernels());
  const auto expected = run([&](const float* x, float* y) { engine.step(x, y); });
  expectClose(run([&](const float* x, float* y) { ofast.step(x, y); }), expected);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BaselineTest,
                         testing::Values(Sizes{36, 1}, Sizes{64, 2}, Sizes{128, 4}),
                         [](const auto& param_info) {
                           return std::to_string(param_info.param.d_model) + "x" +
                                  std::to_string(param_info.param.n_layer);
                         });

TEST(ScalarOfast, IsCodeOfItsOwn) {
  EXPECT_STREQ(scalarOfastKernels().name, "scalar-Ofast");
  EXPECT_STREQ(scalarKernels().name, "scalar");
  EXPECT_NE(scalarOfastKernels().gemm, scalarKernels().gemm);
  EXPECT_NE(scalarOfastKernels().selectiveStateUpdate, scalarKernels().selectiveStateUpdate);
}

}  // namespace
}  // namespace hiss
