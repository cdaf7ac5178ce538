// SPDX-License-Identifier: Apache-2.0
// What holds for a block of any kind.
#include "ssm/recurrent_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ssm/block_stack.h"
#include "tests/ssm/random_block.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr int kRows = 3;
constexpr int kWidth = 12;
constexpr std::size_t kCount = kRows * kWidth;

BlockConfig sized(BlockKind kind) {
  BlockConfig config;
  config.kind = kind;
  config.d_model = kWidth;
  config.d_state = 6;
  config.headdim = 6;
  config.ngroups = 2;
  return config;
}

std::vector<std::byte> saved(const BlockState& state) {
  std::vector<std::byte> bytes(state.savedBytes());
  state.save(bytes);
  return bytes;
}

std::vector<float> input(std::uint32_t t) { return goldenTensor(1000 + t, kCount, 2.0f); }

// Memory for a probe of a block.
struct Recorded {
  Recorded(const RecurrentBlock& block, int row) {
    const ProbeShape shape = block.probeShape();
    h.resize(static_cast<std::size_t>(shape.channels * shape.d_state));
    for (auto* values : {&x, &dt, &gate})
      values->assign(static_cast<std::size_t>(shape.channels), -7);
    for (auto* values : {&B, &C}) values->assign(static_cast<std::size_t>(shape.d_state), -7);
    probe = {0, row, h.data(), x.data(), dt.data(), gate.data(), B.data(), C.data()};
  }
  Recorded(const Recorded&) = delete;

  std::vector<float> h, x, dt, gate, B, C;
  StateProbe probe;
};

class EveryKind : public testing::TestWithParam<BlockKind> {
 protected:
  EveryKind()
      : config(sized(GetParam())),
        random(config),
        block(random.block()),
        state(block->makeState(kRows)),
        scratch(block->makeScratch(kRows)) {}

  std::vector<float> step(BlockState& target, std::vector<float> x,
                          const StateProbe* probe = nullptr) {
    block->step(x.data(), x.data(), target, 0, scratch, probe);
    return x;
  }

  BlockConfig config;
  RandomKind random;
  std::shared_ptr<const RecurrentBlock> block;
  BlockState state;
  BlockScratch scratch;
};

INSTANTIATE_TEST_SUITE_P(RecurrentBlock, EveryKind, testing::ValuesIn(kBlockKinds),
                         [](const auto& one) { return std::string(blockKindName(one.param)); });

TEST_P(EveryKind, ARowAloneGivesTheBitsOfTheRowInABatch) {
  BlockScratch large = block->makeScratch(50);
  for (int row = 0; row < kRows; ++row) {
    BlockState batch = block->makeState(kRows);
    BlockState alone = block->makeState(1);
    for (std::uint32_t t = 0; t < 20; ++t) {
      const std::vector<float> x = input(t);
      const std::vector<float> together = step(batch, x);
      std::vector<float> apart(kWidth);
      block->step(x.data() + row * kWidth, apart.data(), alone, 0, large);
      const auto first = together.begin() + row * kWidth;
      ASSERT_TRUE(std::equal(apart.begin(), apart.end(), first)) << row << ", " << t;
    }
  }
}

TEST_P(EveryKind, StreamsTogetherGiveTheBitsOfEachAlone) {
  constexpr int kStreams = 3;
  BlockScratch large = block->makeScratch(kStreams * kRows);
  BlockState together[] = {block->makeState(kRows), block->makeState(kRows),
                           block->makeState(kRows)};
  BlockState apart[] = {block->makeState(kRows), block->makeState(kRows), block->makeState(kRows)};
  BlockState* const states[] = {&together[0], &together[1], &together[2]};
  Recorded seen(*block, 1);
  Recorded expected(*block, 1);
  for (std::uint32_t t = 0; t < 9; ++t) {
    std::vector<float> x = goldenTensor(1000 + t, kStreams * kCount, 2.0f);
    if (t == 4) x[kCount] = std::numeric_limits<float>::quiet_NaN();  // of the second stream
    std::vector<float> y(x.size());
    AllocationGuard guard;
    block->stepStreams(x.data(), y.data(), states, kStreams, 0, large, &seen.probe);
    EXPECT_EQ(guard.stop(), 0u);
    for (std::size_t i = 0; i < kStreams; ++i) {
      const auto first = x.begin() + static_cast<std::ptrdiff_t>(i * kCount);
      const std::vector<float> own(first, first + static_cast<std::ptrdiff_t>(kCount));
      const std::vector<float> alone = step(apart[i], own, i == 0 ? &expected.probe : nullptr);
      ASSERT_TRUE(std::equal(alone.begin(), alone.end(),
                             y.begin() + static_cast<std::ptrdiff_t>(i * kCount)));
      EXPECT_EQ(saved(together[i]), saved(apart[i]));
    }
    EXPECT_EQ(seen.h, expected.h);
    EXPECT_EQ(seen.x, expected.x);
    block->stepStreams(x.data(), x.data(), states, 0, 0, large);  // no stream, no step
  }
  EXPECT_EQ(together[1].skippedRows(), 1u);
  EXPECT_EQ(together[0].skippedRows() + together[2].skippedRows(), 0u);
}

// A says what is left of a state: where nothing comes in, each value (of s4d the length of each
// pair) fades by exp(dt A).
TEST_P(EveryKind, StateMatrixSaysHowAStateFades) {
  const std::vector<float> A = block->stateMatrix();
  if (config.kind == BlockKind::kSelectiveGate || config.kind == BlockKind::kSimplifiedMamba) {
    EXPECT_TRUE(A.empty());
    return;
  }
  Recorded seen(*block, 1);
  ASSERT_EQ(A.size(), seen.h.size());
  for (std::uint32_t t = 0; t < 9; ++t) step(state, input(t), &seen.probe);
  const std::size_t d_state = seen.B.size();
  const bool pairs = config.kind == BlockKind::kS4d;
  const auto sizeAt = [&](std::size_t i) {
    return pairs ? std::hypot(seen.h[i], seen.h[i ^ 1]) : std::abs(seen.h[i]);
  };
  for (int zeros = 0; zeros < 4; ++zeros) step(state, std::vector<float>(kCount), &seen.probe);
  std::vector<float> before;
  for (std::size_t i = 0; i < A.size(); ++i) before.push_back(sizeAt(i));
  step(state, std::vector<float>(kCount), &seen.probe);
  const int groups = state.shape().groups;  // B is that of the first one
  for (std::size_t i = 0; i < A.size() / static_cast<std::size_t>(groups); ++i) {
    EXPECT_LT(A[i], 0.0f);
    const std::size_t c = i / d_state;
    const float in = pairs ? 0.0f : seen.dt[c] * seen.x[c] * seen.B[i % d_state];
    const float left = before[i] * std::exp(seen.dt[c] * A[i]);
    EXPECT_NEAR(sizeAt(i), left, std::abs(in) + 1e-5f * (1.0f + left)) << i;
  }
}

TEST_P(EveryKind, InPlaceOrNotGivesTheSameBits) {
  BlockState other = state.clone();
  for (std::uint32_t t = 0; t < 4; ++t) {
    const std::vector<float> x = input(t);
    std::vector<float> y(kCount, 99.0f);
    block->step(x.data(), y.data(), other, 0, scratch);
    EXPECT_EQ(y, step(state, x));
  }
}

TEST_P(EveryKind, SaveCloneAndResetKeepTheWholeState) {
  for (std::uint32_t t = 0; t < 9; ++t) step(state, input(t));
  const auto bytes = saved(state);
  BlockState copy = state.clone();
  BlockState restored = block->makeState(kRows);
  restored.load(bytes);
  const auto expected = step(state, input(20));
  EXPECT_EQ(step(copy, input(20)), expected);
  EXPECT_EQ(step(restored, input(20)), expected);
  EXPECT_EQ(saved(restored), saved(state));
  EXPECT_NE(saved(state), bytes);
  state.reset();
  EXPECT_EQ(saved(state), saved(block->makeState(kRows)));
}

TEST_P(EveryKind, SumOfSquaresIsThatOfTheState) {
  for (std::uint32_t t = 0; t < 9; ++t) step(state, input(t));
  const StateShape& shape = state.shape();
  std::vector<float> row(static_cast<std::size_t>(shape.channels * shape.d_state));
  for (int r = 0; r < kRows; ++r) {
    state.copySsmRow(0, r, row.data());
    double sum = 0.0;
    for (const float h : row) sum += double{h} * h;
    EXPECT_GT(sum, 0.0);
    EXPECT_NEAR(state.sumOfSquares(0, r), sum, 1e-5 * sum);
  }
}

TEST_P(EveryKind, AddsTheResidual) {
  BlockConfig bare = config;
  bare.residual = false;
  const auto without = random.block();
  const auto mixer = makeBlock(bare, random.lookup(), defaultKernels());
  BlockState other = mixer->makeState(kRows);
  for (std::uint32_t t = 0; t < 3; ++t) {
    const std::vector<float> x = input(t);
    const std::vector<float> y = step(state, x);
    std::vector<float> mixed(kCount);
    mixer->step(x.data(), mixed.data(), other, 0, scratch);
    // The residual starts the sums, so that the roundings differ.
    for (std::size_t i = 0; i < kCount; ++i) ASSERT_NEAR(y[i], x[i] + mixed[i], 3e-6);
  }
}

TEST_P(EveryKind, InputThatIsNotFiniteNeverReachesTheState) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const bool norm : {true, false}) {
    config.norm = norm;
    block = RandomKind(config).block();
    for (const float poison : {std::numeric_limits<float>::quiet_NaN(), kInf, -kInf}) {
      BlockState faulty = block->makeState(kRows);
      BlockState clean = block->makeState(kRows);
      step(faulty, input(0));
      step(clean, input(0));
      const StateShape& shape = faulty.shape();
      std::vector<float> before(static_cast<std::size_t>(shape.channels * shape.d_state));
      faulty.copySsmRow(0, 1, before.data());
      std::vector<float> x = input(1);
      x[kWidth + 5] = poison;
      const std::vector<float> y = step(faulty, x);
      const std::vector<float> expected = step(clean, input(1));
      for (std::size_t i = 0; i < kCount; ++i) {
        ASSERT_EQ(y[i], i / kWidth == 1 ? 0.0f : expected[i]) << "other rows must go on";
      }
      EXPECT_EQ(faulty.skippedRows(), 1u);
      std::vector<float> after(before.size());
      faulty.copySsmRow(0, 1, after.data());
      EXPECT_EQ(after, before);
      EXPECT_EQ(step(faulty, input(2))[0], step(clean, input(2))[0]);
    }
  }
}

TEST_P(EveryKind, HugeAndTinyInputStaysFinite) {
  for (const bool norm : {true, false}) {
    config.norm = norm;
    config.residual = false;
    block = RandomKind(config).block();
    for (const float size : {0.0f, 1e-45f, 1e-38f, 1e-10f, 1e10f, 1e30f, 1e38f}) {
      BlockState target = block->makeState(kRows);
      for (std::uint32_t t = 0; t < 50; ++t) {
        for (const float value : step(target, goldenTensor(t, kCount, size))) {
          ASSERT_TRUE(std::isfinite(value)) << size << ", norm " << norm;
        }
      }
      EXPECT_EQ(target.skippedRows(), 0u);
      EXPECT_NO_THROW(target.load(saved(target)));
    }
  }
}

// Step sizes and poles at the ends of what floats hold.
TEST_P(EveryKind, ExtremeWeightsKeepTheStateFinite) {
  const char* names[] = {"mixer.dt_bias",    "mixer.dt_proj.bias", "mixer.A_log", "mixer.log_dt",
                         "mixer.log_A_real", "mixer.A_imag",       "mixer.A",     "mixer.W_s.bias"};
  for (const TensorSpec& spec : blockTensors(config)) {
    if (std::find(std::begin(names), std::end(names), spec.name) == std::end(names)) continue;
    for (const float extreme : {-1e30f, -100.0f, 80.0f, 100.0f, 1e30f}) {
      for (const S4dRule rule : {S4dRule::kZoh, S4dRule::kBilinear}) {
        config.rule = rule;
        RandomKind changed(config);
        std::vector<float>& values = changed.tensor(spec.name);
        std::fill(values.begin(), values.end(), extreme);
        block = changed.block();
        BlockState target = block->makeState(kRows);
        for (std::uint32_t t = 0; t < 50; ++t) {
          for (const float value : step(target, input(t))) {
            ASSERT_FALSE(std::isnan(value)) << spec.name << ' ' << extreme;
          }
        }
        EXPECT_NO_THROW(target.load(saved(target))) << spec.name << ' ' << extreme;
      }
    }
  }
}

TEST_P(EveryKind, WatchingChangesNothingAndShowsTheState) {
  BlockState unwatched = block->makeState(kRows);
  for (int row = 0; row < kRows; ++row) {
    Recorded seen(*block, row);
    for (std::uint32_t t = 0; t < 4; ++t) {
      const std::vector<float> x = input(t);
      ASSERT_EQ(step(state, x, &seen.probe), step(unwatched, x));
      std::vector<float> h(seen.h.size());
      state.copySsmRow(0, row, h.data());
      EXPECT_EQ(seen.h, h);
    }
    for (const auto* values : {&seen.x, &seen.dt, &seen.gate, &seen.B, &seen.C}) {
      EXPECT_EQ(std::count(values->begin(), values->end(), -7.0f), 0) << "all must be written";
    }
    std::vector<float> poisoned = input(5);
    std::fill(poisoned.begin(), poisoned.end(), std::numeric_limits<float>::infinity());
    const std::vector<float> resting = seen.h;
    step(state, poisoned, &seen.probe);
    step(unwatched, poisoned);
    EXPECT_EQ(seen.h, resting);
    for (const auto* values : {&seen.x, &seen.dt, &seen.gate, &seen.B, &seen.C}) {
      EXPECT_EQ(*values, std::vector<float>(values->size()));
    }
  }
}

TEST_P(EveryKind, StepAllocatesNothing) {
  Recorded seen(*block, 2);
  std::vector<float> y = input(1);
  y[0] = std::numeric_limits<float>::quiet_NaN();
  AllocationGuard guard;
  block->step(y.data(), y.data(), state, 0, scratch, &seen.probe);
  state.reset();
  EXPECT_EQ(guard.stop(), 0u);
}

TEST_P(EveryKind, AStackIsItsBlocksOneAfterAnother) {
  const RandomKind second(config, 50);
  const BlockStack stack(std::vector{block, second.block()});
  EXPECT_EQ(stack.layers(), 2);
  BlockState together = stack.makeState(kRows);
  BlockScratch room = stack.makeScratch(kRows);
  BlockState apart[] = {block->makeState(kRows), block->makeState(kRows)};
  Recorded seen(*block, 1);
  seen.probe.layer = 1;
  for (std::uint32_t t = 0; t < 5; ++t) {
    const std::vector<float> x = input(t);
    std::vector<float> y(kCount);
    stack.step(x.data(), y.data(), together, room, &seen.probe);
    std::vector<float> expected(kCount);
    block->step(x.data(), expected.data(), apart[0], 0, scratch);
    stack.block(1).step(expected.data(), expected.data(), apart[1], 0, scratch);
    ASSERT_EQ(y, expected);
  }
  std::vector<float> h(seen.h.size());
  apart[1].copySsmRow(0, 1, h.data());
  EXPECT_EQ(seen.h, h);
}

TEST_P(EveryKind, RefusesToBeMadeOfNothing) {
  EXPECT_THROW((void)block->makeState(0), std::invalid_argument);
  EXPECT_THROW((void)block->makeState(1, 0), std::invalid_argument);
  EXPECT_THROW((void)block->makeScratch(0), std::invalid_argument);
}

TEST(BlockStack, RefusesBlocksThatDoNotGoTogether) {
  using Blocks = std::vector<std::shared_ptr<const RecurrentBlock>>;
  EXPECT_THROW(BlockStack(Blocks{}), std::invalid_argument);
  EXPECT_THROW(BlockStack(Blocks{nullptr}), std::invalid_argument);
  const auto gate = RandomKind(sized(BlockKind::kSelectiveGate)).block();
  const auto simple = RandomKind(sized(BlockKind::kSimplifiedMamba)).block();
  EXPECT_THROW(BlockStack(Blocks{gate, simple}), std::invalid_argument);
}

TEST(BlockState, RefusesTheStateOfAnotherKind) {
  // As many bytes and the same sizes.
  BlockState gate(sized(BlockKind::kSelectiveGate), 2, 1);
  const BlockState simple(sized(BlockKind::kSimplifiedMamba), 2, 1);
  try {
    gate.load(saved(simple));
    FAIL() << "expected std::runtime_error";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("kind"), std::string::npos) << error.what();
  }
}

TEST(MambaKind, GivesTheBitsOfMambaBlock) {
  const BlockConfig config = sized(BlockKind::kMamba);
  const RandomKind random(config);
  const auto kind = random.block();
  const auto weights = std::make_shared<const MambaBlockWeights>(
      MambaBlockWeights::pack(config.mamba(), random.lookup(), defaultKernels()));
  const MambaBlock block(config.mamba(), weights);
  BlockState state = kind->makeState(kRows);
  MambaState expected_state(config.mamba(), kRows, 1);
  BlockScratch scratch = kind->makeScratch(kRows);
  MambaScratch expected_scratch(config.mamba(), kRows);
  for (std::uint32_t t = 0; t < 10; ++t) {
    std::vector<float> y = input(t);
    std::vector<float> expected = y;
    kind->step(y.data(), y.data(), state, 0, scratch);
    block.step(expected.data(), expected.data(), expected_state, 0, expected_scratch);
    ASSERT_EQ(y, expected);
  }
  EXPECT_EQ(saved(state), saved(expected_state));
}

TEST(Mamba2Kind, ProbeShowsTheStep) {
  const BlockConfig config = sized(BlockKind::kMamba2);
  RandomKind random(config);
  const auto block = random.block();
  BlockState state = block->makeState(kRows);
  BlockScratch scratch = block->makeScratch(kRows);
  Recorded seen(*block, 1);
  for (std::uint32_t t = 0; t < 4; ++t) {
    const std::vector<float> before = seen.h;
    std::vector<float> y = input(t);
    block->step(y.data(), y.data(), state, 0, scratch, &seen.probe);
    for (int c = 0; c < config.dInner() / config.ngroups; ++c) {  // of group 0, whose B is shown
      const auto channel = static_cast<std::size_t>(c);
      const auto head = static_cast<std::size_t>(c / config.headdim);
      const double dt = seen.dt[channel];
      EXPECT_GT(dt, 0.0);
      EXPECT_EQ(seen.dt[channel], seen.dt[head * static_cast<std::size_t>(config.headdim)]);
      const double decay = std::exp(-dt * std::exp(double{random.tensor("mixer.A_log")[head]}));
      for (std::size_t n = 0; n < 6; ++n) {
        const double h = decay * before[channel * 6 + n] + dt * seen.x[channel] * seen.B[n];
        EXPECT_NEAR(seen.h[channel * 6 + n], h, 1e-6);
      }
    }
  }
}

TEST(Mamba2Kind, StepSizesStayWithinTheirLimits) {
  BlockConfig config = sized(BlockKind::kMamba2);
  config.dt_min = 0.01f;
  config.dt_max = 0.02f;
  const auto block = RandomKind(config).block();
  BlockState state = block->makeState(kRows);
  BlockScratch scratch = block->makeScratch(kRows);
  Recorded seen(*block, 0);
  std::vector<float> y = input(1);
  block->step(y.data(), y.data(), state, 0, scratch, &seen.probe);
  const auto [least, most] = std::minmax_element(seen.dt.begin(), seen.dt.end());
  EXPECT_EQ(*least, 0.01f);
  EXPECT_EQ(*most, 0.02f);
}

// Nothing may be lost or gained in a state that does not decay, for ever.
TEST(S4dKind, AStateWithoutDecayNeverGrows) {
  BlockConfig config = sized(BlockKind::kS4d);
  for (const S4dRule rule : {S4dRule::kZoh, S4dRule::kBilinear}) {
    config.rule = rule;
    RandomKind random(config);
    std::vector<float>& log_A_real = random.tensor("mixer.log_A_real");
    std::fill(log_A_real.begin(), log_A_real.end(), -100.0f);
    const auto block = random.block();
    BlockState state = block->makeState(kRows);
    BlockScratch scratch = block->makeScratch(kRows);
    std::vector<float> y = input(0);
    block->step(y.data(), y.data(), state, 0, scratch);
    const float before = state.sumOfSquares(0, 0);
    const std::vector<float> nothing(kCount);
    for (int t = 0; t < 20000; ++t) block->step(nothing.data(), y.data(), state, 0, scratch);
    EXPECT_LE(state.sumOfSquares(0, 0), 1.002f * before);
    EXPECT_GE(state.sumOfSquares(0, 0), 0.99f * before);
  }
}

TEST(S4dKind, ProbeShowsTheStep) {
  BlockConfig config = sized(BlockKind::kS4d);
  for (const S4dRule rule : {S4dRule::kZoh, S4dRule::kBilinear}) {
    config.rule = rule;
    RandomKind random(config);
    const auto block = random.block();
    BlockState state = block->makeState(kRows);
    BlockScratch scratch = block->makeScratch(kRows);
    Recorded seen(*block, 1);
    for (std::uint32_t t = 0; t < 4; ++t) {
      const std::vector<float> before = seen.h;
      std::vector<float> y = input(t);
      block->step(y.data(), y.data(), state, 0, scratch, &seen.probe);
      for (std::size_t i = 0; i < seen.h.size() / 2; ++i) {
        const std::size_t c = i / 3;  // three pairs a channel
        const double dt = seen.dt[c];
        EXPECT_NEAR(dt, std::exp(double{random.tensor("mixer.log_dt")[c]}), 1e-6 * dt);
        const std::complex<double> A(-std::exp(double{random.tensor("mixer.log_A_real")[i]}),
                                     double{random.tensor("mixer.A_imag")[i]});
        const std::complex<double> half = dt * A / 2.0;
        const bool zoh = rule == S4dRule::kZoh;
        const auto dA = zoh ? std::exp(dt * A) : (1.0 + half) / (1.0 - half);
        const auto dB = zoh ? (dA - 1.0) / A : dt / (1.0 - half);
        const std::complex<double> h(before[2 * i], before[2 * i + 1]);
        const auto next = dA * h + dB * double{seen.x[c]};
        EXPECT_NEAR(seen.h[2 * i], next.real(), 1e-6);
        EXPECT_NEAR(seen.h[2 * i + 1], next.imag(), 1e-6);
      }
    }
  }
}

TEST(SimplifiedMambaKind, ProbeShowsTheStep) {
  RandomKind random(sized(BlockKind::kSimplifiedMamba));
  const std::vector<float>& A = random.tensor("mixer.A");
  const auto block = random.block();
  BlockState state = block->makeState(kRows);
  BlockScratch scratch = block->makeScratch(kRows);
  Recorded seen(*block, 1);
  for (std::uint32_t t = 0; t < 4; ++t) {
    const std::vector<float> before = seen.h;
    std::vector<float> y = input(t);
    block->step(y.data(), y.data(), state, 0, scratch, &seen.probe);
    for (std::size_t n = 0; n < seen.h.size(); ++n) {
      double sum = seen.x[n];
      for (std::size_t m = 0; m < before.size(); ++m) {
        sum += double{A[n * before.size() + m]} * before[m];
      }
      EXPECT_NEAR(seen.h[n], 1.0 / (1.0 + std::exp(-sum)), 1e-6);
    }
  }
}

TEST(SelectiveGateKind, ProbeShowsTheStep) {
  const auto block = RandomKind(sized(BlockKind::kSelectiveGate)).block();
  BlockState state = block->makeState(kRows);
  BlockScratch scratch = block->makeScratch(kRows);
  Recorded seen(*block, 1);
  for (std::uint32_t t = 0; t < 4; ++t) {
    const std::vector<float> before = seen.h;
    std::vector<float> y = input(t);
    block->step(y.data(), y.data(), state, 0, scratch, &seen.probe);
    for (std::size_t n = 0; n < seen.h.size(); ++n) {
      const double s = seen.dt[n];
      EXPECT_NEAR(seen.h[n], before[n] * (1.0 - s) + seen.x[n] * s, 1e-6);
    }
  }
}

// The shapes of the articles' examples, [batch, steps, d_model]: the same come out.
TEST(Articles, ShapesOfTheirExamplesHold) {
  BlockConfig selective;
  selective.kind = BlockKind::kSelectiveGate;
  selective.d_model = 128;
  selective.d_state = 16;
  selective.norm = false;
  selective.residual = false;
  BlockConfig simplified = selective;
  simplified.kind = BlockKind::kSimplifiedMamba;
  simplified.d_model = 10;
  struct Example {
    BlockConfig config;
    int batch;
    int steps;
    int layers;
  };
  for (const Example& example : {Example{selective, 4, 32, 1}, Example{simplified, 2, 20, 2}}) {
    std::vector<std::shared_ptr<const RecurrentBlock>> blocks;
    for (int i = 0; i < example.layers; ++i) {
      blocks.push_back(RandomKind(example.config, static_cast<std::uint32_t>(1 + 20 * i)).block());
    }
    const BlockStack stack(blocks);
    BlockState state = stack.makeState(example.batch);
    BlockScratch scratch = stack.makeScratch(example.batch);
    const auto size = static_cast<std::size_t>(example.batch * example.config.d_model);
    for (int t = 0; t < example.steps; ++t) {
      const auto x = goldenTensor(static_cast<std::uint32_t>(t), size, 1.0f);
      std::vector<float> y(size, std::numeric_limits<float>::quiet_NaN());
      stack.step(x.data(), y.data(), state, scratch);
      for (const float value : y) ASSERT_TRUE(std::isfinite(value));
      ASSERT_NE(y, x);
    }
    // Each layer has a state of its own, bounded by tanh and the sigmoid.
    for (int layer = 0; layer < example.layers; ++layer) {
      const float squares = state.sumOfSquares(layer, 0);
      EXPECT_GT(squares, 0.0f);
      EXPECT_LE(squares, static_cast<float>(example.config.d_state));
      if (layer > 0) {
        EXPECT_NE(squares, state.sumOfSquares(0, 0));
      }
    }
  }
}

}  // namespace
}  // namespace hiss
