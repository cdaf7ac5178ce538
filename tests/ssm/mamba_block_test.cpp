// SPDX-License-Identifier: Apache-2.0
#include "ssm/mamba_block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ssm/activation.h"
#include "tests/ssm/random_block.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<const MambaBlock&>().step(nullptr, nullptr,
                                                              std::declval<MambaState&>(), 0,
                                                              std::declval<MambaScratch&>())));
static_assert(noexcept(std::declval<const MambaBlock&>().scan(nullptr, nullptr, 1,
                                                              std::declval<MambaState&>(), 0,
                                                              std::declval<MambaScratch&>())));
static_assert(noexcept(std::declval<const Linear&>().forward(nullptr, nullptr, 1)));

std::vector<std::byte> saved(const MambaState& state) {
  std::vector<std::byte> bytes(state.savedBytes());
  state.save(bytes);
  return bytes;
}

struct Shape {
  int d_model;
  int d_state;
  int rows;
};

// The name GoogleTest shows.
void PrintTo(const Shape& shape, std::ostream* out) {  // NOLINT(readability-identifier-naming)
  *out << "d_model " << shape.d_model << ", d_state " << shape.d_state << ", rows " << shape.rows;
}

class MambaBlockShapes : public testing::TestWithParam<Shape> {};

TEST_P(MambaBlockShapes, StepByStepEqualsScanToTheBit) {
  constexpr int kSteps = 40;
  const Shape shape = GetParam();
  const RandomBlock random(mambaConfig(shape.d_model, shape.d_state));
  const MambaBlock block = random.block();
  const int width = shape.rows * shape.d_model;
  const auto x = goldenTensor(50, static_cast<std::size_t>(kSteps * width), 2.0f);
  MambaState stepped(random.config(), shape.rows, 1);
  MambaState scanned(random.config(), shape.rows, 1);
  MambaScratch small(random.config(), shape.rows);
  MambaScratch large(random.config(), shape.rows * kSteps);
  std::vector<float> by_steps(x.size());
  std::vector<float> by_scan(x.size());
  for (std::ptrdiff_t t = 0; t < kSteps; ++t) {
    block.step(x.data() + t * width, by_steps.data() + t * width, stepped, 0, small);
  }
  block.scan(x.data(), by_scan.data(), kSteps, scanned, 0, large);
  EXPECT_EQ(by_steps, by_scan);
  EXPECT_EQ(saved(stepped), saved(scanned));
}

TEST_P(MambaBlockShapes, ARowAloneGivesTheBitsOfTheBatch) {
  constexpr int kSteps = 12;
  const Shape shape = GetParam();
  const RandomBlock random(mambaConfig(shape.d_model, shape.d_state));
  const MambaBlock block = random.block();
  const int width = shape.rows * shape.d_model;
  MambaState batch(random.config(), shape.rows, 1);
  MambaScratch scratch(random.config(), shape.rows);
  std::vector<MambaState> alone;
  alone.reserve(static_cast<std::size_t>(shape.rows));
  for (int r = 0; r < shape.rows; ++r) alone.emplace_back(random.config(), 1, 1);
  for (std::uint32_t t = 0; t < kSteps; ++t) {
    std::vector<float> y = goldenTensor(60 + t, static_cast<std::size_t>(width), 2.0f);
    std::vector<float> single = y;
    block.step(y.data(), y.data(), batch, 0, scratch);
    for (int r = 0; r < shape.rows; ++r) {
      float* row = single.data() + std::ptrdiff_t{r} * shape.d_model;
      block.step(row, row, alone[static_cast<std::size_t>(r)], 0, scratch);
    }
    ASSERT_EQ(y, single);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, MambaBlockShapes,
                         testing::Values(Shape{36, 16, 24}, Shape{16, 8, 1}, Shape{5, 3, 7},
                                         Shape{7, 5, 2}, Shape{48, 64, 3}));

TEST_P(MambaBlockShapes, ManyStreamsGiveTheBitsOfEachAlone) {
  const Shape shape = GetParam();
  const RandomBlock random(mambaConfig(shape.d_model, shape.d_state));
  const MambaBlock block = random.block();
  constexpr int kStreams = 5;
  constexpr std::uint32_t kSteps = 9;
  const int width = shape.rows * shape.d_model;
  MambaScratch scratch(random.config(), kStreams * shape.rows);
  std::vector<MambaState> batched;
  std::vector<MambaState> alone;
  std::vector<MambaState*> states;
  for (int i = 0; i < kStreams; ++i) {
    batched.emplace_back(random.config(), shape.rows, 1);
    alone.emplace_back(random.config(), shape.rows, 1);
  }
  for (std::uint32_t t = 0; t < kSteps; ++t) {
    // Another choice of streams at every step, in another order.
    states.clear();
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < kStreams; ++i) {
      const std::size_t stream = (i * 2 + t) % kStreams;
      if ((t + i) % 3 == 0) continue;
      chosen.push_back(stream);
      states.push_back(&batched[stream]);
    }
    const auto count = static_cast<int>(states.size());
    std::vector<float> y = goldenTensor(90 + t, static_cast<std::size_t>(count * width), 2.0f);
    if (t == 3) y[1] = std::numeric_limits<float>::quiet_NaN();
    std::vector<float> expected = y;
    block.step(y.data(), y.data(), states.data(), count, 0, scratch);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      float* rows = expected.data() + i * static_cast<std::size_t>(width);
      block.step(rows, rows, alone[chosen[i]], 0, scratch);
    }
    ASSERT_EQ(y, expected) << t;
  }
  for (std::size_t i = 0; i < kStreams; ++i) {
    EXPECT_EQ(batched[i].skippedRows(), alone[i].skippedRows());
  }
}

TEST(MambaBlock, AddsTheResidual) {
  RandomBlock random(mambaConfig(12, 4));
  MambaConfig bare = random.config();
  bare.residual = false;
  const MambaBlock with = random.block();
  const MambaBlock without = RandomBlock(bare).block();
  MambaState state(bare, 2, 1);
  MambaState other = state.clone();
  MambaScratch scratch(bare, 2);
  const auto x = goldenTensor(70, 24, 2.0f);
  std::vector<float> y(24);
  std::vector<float> mixed(24);
  with.step(x.data(), y.data(), state, 0, scratch);
  without.step(x.data(), mixed.data(), other, 0, scratch);
  // The residual starts the sums of out_proj, so that the roundings differ.
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], x[i] + mixed[i], 2e-6);
}

TEST(MambaBlock, WithoutItsNormItTakesWhatTheNormWouldGive) {
  MambaConfig config = mambaConfig(16, 8);
  config.residual = false;
  config.d_inner = 21;  // as a pruned model's: no multiple of d_model
  RandomBlock random(config);
  std::vector<float> weight = random.tensor("norm.weight");
  const MambaBlock whole = random.block();
  MambaConfig bare_config = config;
  bare_config.norm = false;
  // Streams of the generator are counted by tensor, and the norm is the first.
  const RandomBlock bare_random(bare_config, 2);
  const MambaBlock bare = bare_random.block();
  const RmsNorm norm(weight, config.norm_eps, defaultKernels());
  MambaState state(config, 1, 1);
  MambaState bare_state(bare_config, 1, 1);
  MambaScratch scratch(config, 1);
  MambaScratch bare_scratch(bare_config, 1);
  for (std::uint32_t t = 0; t < 9; ++t) {
    std::vector<float> y = goldenTensor(90 + t, 16, 2.0f);
    std::vector<float> bare_y(16);
    norm.forward(y.data(), bare_y.data(), 1);
    whole.step(y.data(), y.data(), state, 0, scratch);
    bare.step(bare_y.data(), bare_y.data(), bare_state, 0, bare_scratch);
    ASSERT_EQ(y, bare_y);
  }
  EXPECT_EQ(saved(state), saved(bare_state));
}

TEST(MambaBlock, LayersKeepTheirOwnState) {
  const RandomBlock random(mambaConfig(12, 4));
  const MambaBlock block = random.block();
  MambaState state(random.config(), 1, 3);
  MambaState lone(random.config(), 1, 1);
  MambaScratch scratch(random.config(), 1);
  for (std::uint32_t t = 0; t < 5; ++t) {
    std::vector<float> y = goldenTensor(80 + t, 12, 2.0f);
    std::vector<float> expected = y;
    block.step(y.data(), y.data(), state, 1, scratch);
    block.step(expected.data(), expected.data(), lone, 0, scratch);
    EXPECT_EQ(y, expected);
  }
  std::vector<float> untouched(static_cast<std::size_t>(24 * 4));
  state.copySsmState(2, untouched.data());
  EXPECT_EQ(untouched, std::vector<float>(untouched.size()));
}

TEST(MambaBlock, InputThatIsNotFiniteNeverReachesTheState) {
  constexpr int kRows = 3;
  constexpr int kWidth = 9;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const RandomBlock random(mambaConfig(kWidth, 5));
  const MambaBlock block = random.block();
  MambaScratch scratch(random.config(), kRows);
  for (const float poison : {kNan, kInf, -kInf}) {
    for (int at = 0; at < kWidth; ++at) {
      MambaState state(random.config(), kRows, 1);
      MambaState clean(random.config(), kRows, 1);
      auto x = goldenTensor(90, kRows * kWidth, 2.0f);
      std::vector<float> y(x.size());
      std::vector<float> expected(x.size());
      block.step(x.data(), y.data(), state, 0, scratch);
      block.step(x.data(), expected.data(), clean, 0, scratch);
      const auto before = saved(state);
      auto poisoned = x;
      poisoned[static_cast<std::size_t>(kWidth + at)] = poison;
      block.step(poisoned.data(), y.data(), state, 0, scratch);
      block.step(x.data(), expected.data(), clean, 0, scratch);
      EXPECT_EQ(state.skippedRows(), 1u);
      for (std::size_t i = 0; i < y.size(); ++i) {
        const bool skipped = i / kWidth == 1;
        ASSERT_EQ(y[i], skipped ? 0.0f : expected[i]) << "other rows must go on";
      }
      // The state of row 1 is what it was; the others have moved on as without the fault.
      std::vector<float> was(static_cast<std::size_t>(kRows * 18 * 5));
      std::vector<float> now(was.size());
      std::vector<float> moved(was.size());
      MambaState previous(random.config(), kRows, 1);
      previous.load(before);
      previous.copySsmState(0, was.data());
      state.copySsmState(0, now.data());
      clean.copySsmState(0, moved.data());
      for (std::size_t i = 0; i < was.size(); ++i) {
        ASSERT_EQ(now[i], i / (18 * 5) == 1 ? was[i] : moved[i]);
      }
    }
  }
}

TEST(MambaBlock, HugeAndTinyInputStaysFinite) {
  const RandomBlock random(mambaConfig(16, 8));
  const MambaBlock block = random.block();
  MambaScratch scratch(random.config(), 1);
  for (const float size : {0.0f, 1e-45f, 1e-38f, 1e-10f, 1e10f, 1e25f, 1e38f}) {
    MambaState state(random.config(), 1, 1);
    for (std::uint32_t t = 0; t < 50; ++t) {
      std::vector<float> y = goldenTensor(t, 16, size);
      block.step(y.data(), y.data(), state, 0, scratch);
      for (const float value : y) ASSERT_TRUE(std::isfinite(value)) << size;
    }
    EXPECT_EQ(state.skippedRows(), 0u);
    EXPECT_NO_THROW(state.load(saved(state)));
  }
}

// Memory for a probe of a block.
struct Recorded {
  Recorded(const MambaConfig& config, int row)
      : h(static_cast<std::size_t>(config.dInner() * config.d_state)),
        x(static_cast<std::size_t>(config.dInner())),
        dt(x.size()),
        gate(x.size()),
        B(static_cast<std::size_t>(config.d_state)),
        C(B.size()),
        probe{0, row, h.data(), x.data(), dt.data(), gate.data(), B.data(), C.data()} {}
  Recorded(const Recorded&) = delete;

  std::vector<float> h, x, dt, gate, B, C;
  StateProbe probe;
};

// ssm_state of one row of a state of one layer.
std::vector<float> ssmRow(const MambaState& state, const MambaConfig& config, int row) {
  const int values = config.dInner() * config.d_state;
  std::vector<float> all(static_cast<std::size_t>(state.rows() * values));
  state.copySsmState(0, all.data());
  return {all.begin() + row * values, all.begin() + (row + 1) * values};
}

TEST(MambaBlock, ProbeShowsTheStep) {
  constexpr int kRows = 3;
  const RandomBlock random(mambaConfig(9, 5));
  const MambaBlock block = random.block();
  const std::vector<float> A = block.stateMatrix();
  MambaScratch scratch(random.config(), kRows);
  for (int row = 0; row < kRows; ++row) {
    MambaState state(random.config(), kRows, 1);
    MambaState unwatched(random.config(), kRows, 1);
    Recorded seen(random.config(), row);
    for (std::uint32_t t = 0; t < 4; ++t) {
      const std::vector<float> before = ssmRow(state, random.config(), row);
      std::vector<float> y = goldenTensor(t, kRows * 9, 2.0f);
      std::vector<float> expected = y;
      block.step(y.data(), y.data(), state, 0, scratch, &seen.probe);
      block.step(expected.data(), expected.data(), unwatched, 0, scratch);
      EXPECT_EQ(y, expected) << "watching must change nothing";
      EXPECT_EQ(seen.h, ssmRow(state, random.config(), row));
      for (std::size_t c = 0; c < seen.dt.size(); ++c) {
        EXPECT_GT(seen.dt[c], 0.0f);
        EXPECT_NE(seen.gate[c], 0.0f);
        for (std::size_t n = 0; n < 5; ++n) {
          const std::size_t i = c * 5 + n;
          const double dt = double{seen.dt[c]};
          const double h = std::exp(dt * double{A[i]}) * double{before[i]} +
                           dt * double{seen.x[c]} * double{seen.B[n]};
          EXPECT_NEAR(h, double{seen.h[i]}, 1e-6) << row << ", " << t << ", " << i;
        }
      }
    }
  }
}

TEST(MambaBlock, ProbeOfAScanShowsItsLastStep) {
  const RandomBlock random(mambaConfig(9, 5));
  const MambaBlock block = random.block();
  MambaState state(random.config(), 2, 1);
  MambaState stepwise(random.config(), 2, 1);
  MambaScratch scratch(random.config(), 6);
  Recorded at_once(random.config(), 1);
  Recorded one_by_one(random.config(), 1);
  const std::vector<float> x = goldenTensor(1, 3 * 2 * 9, 2.0f);
  std::vector<float> y(x.size());
  block.scan(x.data(), y.data(), 3, state, 0, scratch, &at_once.probe);
  for (std::size_t i = 0; i < x.size(); i += 18) {
    block.step(x.data() + i, y.data() + i, stepwise, 0, scratch, &one_by_one.probe);
  }
  EXPECT_EQ(at_once.h, one_by_one.h);
  EXPECT_EQ(at_once.x, one_by_one.x);
  EXPECT_EQ(at_once.dt, one_by_one.dt);
  EXPECT_EQ(at_once.gate, one_by_one.gate);
  EXPECT_EQ(at_once.B, one_by_one.B);
  EXPECT_EQ(at_once.C, one_by_one.C);
}

TEST(MambaBlock, ProbeOfSeveralStreamsShowsTheFirst) {
  const RandomBlock random(mambaConfig(9, 5));
  const MambaBlock block = random.block();
  MambaState first(random.config(), 2, 1);
  MambaState second(random.config(), 2, 1);
  MambaState alone(random.config(), 2, 1);
  MambaScratch scratch(random.config(), 4);
  Recorded of_two(random.config(), 1);
  Recorded of_one(random.config(), 1);
  std::vector<float> x = goldenTensor(1, 2 * 2 * 9, 2.0f);
  std::vector<float> y(x.size());
  block.step(x.data(), y.data(), alone, 0, scratch, &of_one.probe);
  const std::array<MambaState*, 2> states = {&first, &second};
  block.step(x.data(), x.data(), states.data(), 2, 0, scratch, &of_two.probe);
  EXPECT_EQ(of_two.h, of_one.h);
  EXPECT_EQ(of_two.x, of_one.x);
}

// The formula of a step holds for it too: nothing decays and nothing comes in.
TEST(MambaBlock, ProbeOfARowThatIsLeftOutShowsARestingState) {
  const RandomBlock random(mambaConfig(9, 5));
  const MambaBlock block = random.block();
  MambaState state(random.config(), 1, 1);
  MambaScratch scratch(random.config(), 1);
  Recorded seen(random.config(), 0);
  std::vector<float> x = goldenTensor(1, 9, 2.0f);
  std::vector<float> y(9);
  block.step(x.data(), y.data(), state, 0, scratch, &seen.probe);
  const std::vector<float> h = seen.h;
  x[3] = std::numeric_limits<float>::infinity();
  block.step(x.data(), y.data(), state, 0, scratch, &seen.probe);
  EXPECT_EQ(seen.h, h);
  for (const std::vector<float>* values : {&seen.x, &seen.dt, &seen.gate, &seen.B, &seen.C}) {
    EXPECT_EQ(*values, std::vector<float>(values->size()));
  }
}

TEST(MambaBlock, StateMatrixIsThatOfTheWeights) {
  const RandomBlock random(mambaConfig(9, 5));  // its A_log is log(1), log(2) ... for each channel
  const std::vector<float> A = random.block().stateMatrix();
  ASSERT_EQ(A.size(), 18u * 5u);
  for (std::size_t i = 0; i < A.size(); ++i) {
    EXPECT_FLOAT_EQ(A[i], -static_cast<float>(i % 5 + 1));
  }
}

TEST(MambaBlock, StepAllocatesNothing) {
  const RandomBlock random(mambaConfig(36, 16));
  const MambaBlock block = random.block();
  MambaState state(random.config(), 24, 2);
  MambaScratch scratch(random.config(), 48);
  Recorded seen(random.config(), 23);
  auto y = goldenTensor(1, 48 * 36, 2.0f);
  y[0] = std::numeric_limits<float>::quiet_NaN();
  AllocationGuard guard;
  block.step(y.data(), y.data(), state, 0, scratch, &seen.probe);
  block.scan(y.data(), y.data(), 2, state, 1, scratch);
  state.reset();
  EXPECT_EQ(guard.stop(), 0u);
}

TEST(MambaScratchTest, RefusesToBeMadeOfNothing) {
  EXPECT_THROW(MambaScratch(mambaConfig(9, 5), 0), std::invalid_argument);
  EXPECT_THROW(MambaScratch(MambaConfig{}, 1), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
