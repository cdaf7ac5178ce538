// SPDX-License-Identifier: Apache-2.0
#include "models/fixed_twin.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "models/memory_horizon.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr int kInner = 3;
constexpr int kState = 4;
constexpr std::size_t kChannel = 1;

StateLayer layer() {
  StateLayer made{"block 1", 2, kInner, kState, {}};
  for (int i = 0; i < kInner * kState; ++i) {
    made.A.push_back(-0.3F * static_cast<float>(i % kState + 1));
  }
  return made;
}

// Step t with random x, and Δ, B and C that are the same at each step, or random too.
StateSnapshot stepAt(std::uint32_t t, bool selective) {
  StateSnapshot made;
  made.step = t + 1;
  made.focus = {0, 1};
  made.d_inner = kInner;
  made.d_state = kState;
  const std::uint32_t stream = selective ? t : 1000;
  made.x = goldenTensor(t, kInner, 1.0F);
  made.dt = goldenTensor(stream + 1, kInner, 0.1F, 0.3F);
  made.B = goldenTensor(stream + 2, kState, 1.0F);
  made.C = goldenTensor(stream + 3, kState, 1.0F);
  made.h = goldenTensor(t + 4, kInner * kState, 1.0F);
  return made;
}

// With means that stand still the twin is a convolution: y(t) = sum_k K(k) x(t - k),
// K(k) = sum_n C[n] exp(k Δ A[n]) Δ B[n].
TEST(FixedTwin, IsTheConvolutionOfATimeInvariantSystem) {
  const StateLayer block = layer();
  FixedTwin twin(block, kChannel, 50.0);
  std::vector<double> x;
  for (std::uint32_t t = 0; t < 200; ++t) {
    const StateSnapshot now = stepAt(t, false);
    twin.step(now);
    x.push_back(double{now.x[kChannel]});
    double y = 0.0;
    for (std::size_t k = 0; k < x.size(); ++k) {
      for (std::size_t n = 0; n < kState; ++n) {
        const double dt = double{now.dt[kChannel]};
        const double A = double{block.A[kChannel * kState + n]};
        y += double{now.C[n]} * std::exp(static_cast<double>(k) * dt * A) * dt * double{now.B[n]} *
             x[x.size() - 1 - k];
      }
    }
    ASSERT_NEAR(double{twin.y()}, y, 1e-5) << t;
  }
}

TEST(FixedTwin, HasTheMeansOfWhatTheBlockSelects) {
  const StateLayer block = layer();
  FixedTwin twin(block, kChannel, std::numeric_limits<double>::infinity());
  double dt = 0.0;
  std::vector<double> B(kState);
  std::vector<double> C(kState);
  std::vector<double> h(kState);
  for (std::uint32_t t = 0; t < 100; ++t) {
    const StateSnapshot now = stepAt(t, true);
    twin.step(now);
    dt += (double{now.dt[kChannel]} - dt) / (t + 1);
    double y = 0.0;
    double selective = 0.0;
    for (std::size_t n = 0; n < kState; ++n) {
      const std::size_t i = kChannel * kState + n;
      B[n] += (double{now.B[n]} - B[n]) / (t + 1);
      C[n] += (double{now.C[n]} - C[n]) / (t + 1);
      h[n] = std::exp(dt * double{block.A[i]}) * h[n] + dt * double{now.x[kChannel]} * B[n];
      y += h[n] * C[n];
      selective += double{now.h[i]} * double{now.C[n]};
      ASSERT_NEAR(double{twin.h()[n]}, h[n], 1e-5);
    }
    ASSERT_NEAR(double{twin.y()}, y, 1e-5);
    ASSERT_NEAR(double{twin.selectiveY()}, selective, 1e-5);
  }
}

TEST(FixedTwin, ForgetsAtItsTimeConstant) {
  StateLayer block = layer();
  FixedTwin twin(block, 0, 20.0);
  StateSnapshot now = stepAt(0, false);
  now.x.assign(kInner, 0.0F);
  now.C.assign(kState, 0.0F);
  for (std::uint64_t t = 1; t <= 40; ++t) {
    now.step = t;
    twin.step(now);
  }
  // From now on 1 instead of 0: 20 steps later all but (1 - 1/20)^20 of the change is in C's mean.
  now.x.assign(kInner, 1.0F);
  now.dt.assign(kInner, 1.0F);
  now.C.assign(kState, 1.0F);
  for (std::uint64_t t = 41; t <= 60; ++t) {
    now.step = t;
    twin.step(now);
  }
  double h = 0.0;
  for (const float value : twin.h()) h += double{value};
  EXPECT_NEAR(double{twin.y()} / h, 1.0 - std::pow(0.95, 20.0), 1e-5);
}

TEST(FixedTwin, StartsAnewWithTheFocusOrTheSteps) {
  FixedTwin fresh(layer(), kChannel, 30.0);
  fresh.step(stepAt(0, true));
  for (const bool other_focus : {false, true}) {
    FixedTwin used(layer(), kChannel, 30.0);
    for (std::uint32_t t = 0; t < 10; ++t) {
      StateSnapshot now = stepAt(t, true);
      if (other_focus) now.focus.row = 0;
      used.step(now);
    }
    used.step(stepAt(0, true));
    EXPECT_EQ(used.y(), fresh.y());
    EXPECT_EQ(used.h()[2], fresh.h()[2]);
  }
}

TEST(FixedTwin, LetsLostStepsPassWithoutInput) {
  FixedTwin whole(layer(), kChannel, 1e9);
  FixedTwin with_gap(layer(), kChannel, 1e9);
  for (std::uint32_t t = 0; t < 30; ++t) {
    StateSnapshot now = stepAt(t, false);
    const bool lost = t >= 10 && t < 20;
    if (lost) now.x.assign(kInner, 0.0F);
    whole.step(now);
    if (!lost) with_gap.step(now);
    if (!lost) {
      ASSERT_NEAR(with_gap.y(), whole.y(), 1e-6F) << t;
    }
  }
}

TEST(FixedTwin, RefusesWhatIsNotThere) {
  EXPECT_THROW(FixedTwin(layer(), -1, 10.0), std::invalid_argument);
  EXPECT_THROW(FixedTwin(layer(), kInner, 10.0), std::invalid_argument);
  EXPECT_THROW(FixedTwin(layer(), 0, 0.5), std::invalid_argument);
  EXPECT_THROW(FixedTwin(layer(), 0, std::nan("")), std::invalid_argument);
  for (const BlockKind kind : kBlockKinds) {
    StateLayer other = layer();
    other.kind = kind;
    EXPECT_EQ(FixedTwin::fits(other), kind == BlockKind::kMamba);
    if (kind == BlockKind::kMamba) continue;
    EXPECT_THROW(FixedTwin(other, 0, 10.0), std::invalid_argument);
  }
}

TEST(MemoryHorizon, IsTheTimeUntilAnEthIsLeft) {
  const StateLayer block = layer();
  const std::vector<float> dt = {0.01F, 0.5F, 0.0F};
  std::vector<float> steps(block.A.size());
  memoryHorizonSteps(dt, block.A, steps);
  for (std::size_t i = 0; i < 2 * kState; ++i) {
    const double left = std::exp(double{steps[i]} * double{dt[i / kState]} * double{block.A[i]});
    EXPECT_NEAR(left, std::exp(-1.0), 1e-6) << i;
  }
  for (std::size_t i = 2 * kState; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i], std::numeric_limits<float>::infinity());
  }
}

}  // namespace
}  // namespace hiss
