// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/support/allocation_guard.h"
#include "tests/ui/state/synthetic_state.h"
#include "ui/state/horizon_histogram.h"
#include "ui/state/state_text.h"

namespace hiss {
namespace {

class StateModelTest : public ::testing::Test {
 protected:
  StateModelTest() { model_.setLayout(layout_); }

  void take(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t k = first; k <= last; ++k) model_.take(syntheticStep(layout_, k));
  }
  // Every cell holds `h`.
  void takeFlat(std::uint64_t step, float h) {
    StateSnapshot snapshot = syntheticStep(layout_, step);
    std::fill(snapshot.h.begin(), snapshot.h.end(), h);
    model_.take(snapshot);
  }

  StateLayout layout_ = syntheticLayout();
  StateModel model_;
};

TEST_F(StateModelTest, KeepsTenSecondsOfSoundOrSixHundredRows) {
  EXPECT_EQ(model_.kept(), 800);
  model_.setLayout(syntheticLayout(0.0));
  EXPECT_EQ(model_.kept(), StateModel::kSpanRows);
  EXPECT_EQ(model_.newest(), 0);
  EXPECT_EQ(model_.shown(), nullptr);
  model_.setLayout({});
  EXPECT_FALSE(model_.hasLayers());
  take(1, 3);
  EXPECT_EQ(model_.newest(), 0);
}

TEST_F(StateModelTest, GivesEveryStepThatIsKeptAndNoOther) {
  take(1, 1000);
  EXPECT_EQ(model_.newest(), 1000);
  EXPECT_EQ(model_.at(200), nullptr);
  for (std::int64_t k = 201; k <= 1000; ++k) {
    ASSERT_NE(model_.at(k), nullptr);
    ASSERT_EQ(model_.at(k)->h, syntheticStep(layout_, static_cast<std::uint64_t>(k)).h);
  }
  EXPECT_EQ(model_.at(1001), nullptr);
  EXPECT_EQ(model_.at(0), nullptr);
}

TEST_F(StateModelTest, RangeRisesAtOnceAndFallsSlowly) {
  takeFlat(1, -0.5F);
  EXPECT_FLOAT_EQ(model_.range(), 0.5F);
  takeFlat(2, 4.0F);
  EXPECT_FLOAT_EQ(model_.range(), 4.0F);
  std::uint64_t step = 3;
  for (; step < 3 + 16; ++step) takeFlat(step, 0.0F);  // 0.2 s
  EXPECT_GT(model_.range(), 3.5F);
  for (; step < 1603; ++step) takeFlat(step, 0.0F);  // 20 s
  EXPECT_LT(model_.range(), 0.001F);
  EXPECT_GT(model_.range(), 0.0F);
}

TEST_F(StateModelTest, LostStepsLeaveAGapAtTheirPlace) {
  take(1, 10);
  take(15, 20);
  EXPECT_EQ(model_.at(12), nullptr);
  EXPECT_NE(model_.at(10), nullptr);
  EXPECT_TRUE(std::isnan(model_.curve(StateModel::kEnergyB).at(12)));
  EXPECT_TRUE(std::isfinite(model_.curve(StateModel::kEnergyB).at(15)));
  // A column of the pictures for each step, lost or not.
  EXPECT_EQ(model_.dtPicture().columns(), 20);
  EXPECT_EQ(model_.gatePicture().columns(), 20);
  // After more than is seen there is nothing to tie on to.
  take(2000, 2003);
  EXPECT_EQ(model_.at(20), nullptr);
  EXPECT_EQ(model_.firstColumn(), 2000);
  EXPECT_EQ(model_.dtPicture().columns(), 4);
}

TEST_F(StateModelTest, BeginsAnewWhenTheModelWasReset) {
  take(1, 300);
  take(1, 2);
  EXPECT_EQ(model_.newest(), 2);
  EXPECT_EQ(model_.at(300), nullptr);
  EXPECT_EQ(model_.at(3), nullptr);
  EXPECT_TRUE(std::isnan(model_.curve(StateModel::kH).at(3)));
}

TEST_F(StateModelTest, PassesOverStepsOfAnotherFocus) {
  model_.setFocus({2, 0});
  model_.take(syntheticStep(layout_, 5, {0, 0}));
  EXPECT_EQ(model_.newest(), 0);
  model_.take(syntheticStep(layout_, 6, {2, 0}));
  EXPECT_EQ(model_.newest(), 6);
}

TEST_F(StateModelTest, FollowsACellThroughWhatIsKept) {
  take(1, 50);
  model_.follow({3, 5});
  take(51, 60);
  for (std::int64_t k = 1; k <= 60; ++k) {
    const StateSnapshot step = syntheticStep(layout_, static_cast<std::uint64_t>(k));
    ASSERT_EQ(model_.curve(StateModel::kH).at(k), step.h[3 * 8 + 5]);
    ASSERT_EQ(model_.curve(StateModel::kDt).at(k), step.dt[3]);
    ASSERT_EQ(model_.curve(StateModel::kGate).at(k), step.gate[3]);
    ASSERT_EQ(model_.curve(StateModel::kRms + 1).at(k), step.ssm_state_rms[1]);
  }
  model_.follow({99, -4});
  EXPECT_EQ(model_.followed(), (StateCell{23, 0}));
}

TEST_F(StateModelTest, KnowsTheHorizonOfACellAndItsFixedTwin) {
  EXPECT_EQ(model_.horizonSteps({0, 0}), 0.0);
  take(1, 40);
  const StateSnapshot step = syntheticStep(layout_, 40);
  EXPECT_NEAR(model_.horizonSteps({3, 4}), 1.0 / (5.0 * step.dt[3]), 1e-3);
  model_.follow({3, 4});
  FixedTwin twin(layout_.layers[0], 3, 400.0);
  for (std::uint64_t k = 1; k <= 40; ++k) twin.step(syntheticStep(layout_, k));
  EXPECT_EQ(model_.curve(StateModel::kFixedH).at(40), twin.h()[4]);
  EXPECT_NE(model_.curve(StateModel::kFixedH).at(40), model_.curve(StateModel::kH).at(40));
}

TEST_F(StateModelTest, StandsStillWhileFrozenAndGoesOnWithAGap) {
  take(1, 10);
  model_.inspect(5);
  EXPECT_FALSE(model_.inspected());
  model_.setFrozen(true);
  take(11, 30);
  EXPECT_EQ(model_.newest(), 10);
  model_.inspect(4);
  ASSERT_NE(model_.shown(), nullptr);
  EXPECT_EQ(model_.shown()->step, 4U);
  model_.inspect(-20);
  EXPECT_EQ(model_.inspected(), 1);
  model_.inspectNext(-1);
  EXPECT_EQ(model_.inspected(), 1);
  model_.inspectNext(1);
  EXPECT_EQ(model_.inspected(), 2);
  model_.setFrozen(false);
  EXPECT_FALSE(model_.inspected());
  take(31, 32);
  EXPECT_EQ(model_.newest(), 32);
  EXPECT_NE(model_.at(10), nullptr);
  EXPECT_EQ(model_.at(20), nullptr);
  model_.setFrozen(true);
  model_.inspect(31);
  model_.inspectNext(-1);  // over the gap
  EXPECT_EQ(model_.inspected(), 10);
  model_.inspect(25);
  EXPECT_EQ(model_.inspected(), 31);
}

// Eight hours of sound are 2.3 million steps.
TEST_F(StateModelTest, TakesAMillionStepsInTheSameMemory) {
  StateLayout small;
  small.layers = {{"one", 1, 3, 2, std::vector<float>(6, -1.0F)}};
  small.step_seconds = 0.0125;
  model_.setLayout(small);
  StateSnapshot step = syntheticStep(small, 1);
  for (std::uint64_t k = 1; k <= 1000; ++k) {
    step.step = k;
    model_.take(step);
  }
  AllocationGuard guard;
  for (std::uint64_t k = 1001; k <= 1'000'000; ++k) {
    step.step = k;
    model_.take(step);
  }
  EXPECT_EQ(guard.stop(), 0U);
  EXPECT_EQ(model_.newest(), 1'000'000);
}

// Kinds of blocks whose memory has no A, and no fixed filter to stand beside it.
TEST_F(StateModelTest, ShowsAKindWithoutHorizonsAndTwin) {
  EXPECT_TRUE(model_.hasTwin() && model_.hasHorizons());
  for (StateLayer& layer : layout_.layers) {
    layer.kind = BlockKind::kSelectiveGate;
    layer.A.clear();
  }
  model_.setLayout(layout_);
  EXPECT_FALSE(model_.hasTwin() || model_.hasHorizons());
  take(1, 40);
  model_.follow({3, 4});
  take(41, 50);
  EXPECT_EQ(model_.curve(StateModel::kH).at(50), syntheticStep(layout_, 50).h[3 * 8 + 4]);
  EXPECT_TRUE(std::isnan(model_.curve(StateModel::kFixedH).at(50)));
  EXPECT_EQ(model_.horizonSteps({3, 4}), 0.0);
  EXPECT_FALSE(StateText::cell(model_, {3, 4}).contains(QStringLiteral("remembers")));
  take(1, 2);  // anew

  HorizonHistogram histogram;
  histogram.setLayer(model_.layer());
  histogram.count(model_.shown()->dt);
  EXPECT_EQ(histogram.highestShare(), 0.0);
}

TEST(HorizonHistogram, CountsEachCellAtItsHorizon) {
  StateLayer layer{"one", 1, 2, 2, {-1.0F, -10.0F, -0.5F, -1.0F}};
  HorizonHistogram histogram;
  histogram.setLayer(layer);
  const std::vector<float> dt = {0.01F, 1e-9F};
  histogram.count(dt);
  // Horizons of 100 and 10 steps, and two beyond the end.
  const auto bin_of = [](double steps) {
    return static_cast<std::size_t>(HorizonHistogram::position(steps) * HorizonHistogram::kBins);
  };
  EXPECT_EQ(histogram.counts()[bin_of(101.0)], 1);
  EXPECT_EQ(histogram.counts()[bin_of(10.1)], 1);
  EXPECT_EQ(histogram.counts().back(), 2);
  EXPECT_DOUBLE_EQ(histogram.highestShare(), 0.5);
  EXPECT_NEAR(std::log10(histogram.medianSteps()), 2.0, 0.11);
}

TEST(StateText, SaysTimesInTheirUnit) {
  EXPECT_EQ(StateText::steps(8.0, 0.0125), "100 ms");
  EXPECT_EQ(StateText::steps(200.0, 0.0125), "2.5 s");
  EXPECT_EQ(StateText::steps(160000.0, 0.0125), "2,000 s");
  EXPECT_EQ(StateText::steps(12.0, 0.0), "12 rows");
  EXPECT_EQ(StateText::steps(999.7, 0.0), "1,000 rows");
}

}  // namespace
}  // namespace hiss
