// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/state_follower.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "app/engine/failure.h"

namespace hiss {
namespace {

std::shared_ptr<StateTap> tapOf(const std::vector<int>& rows) {
  StateLayout layout;
  int number = 0;
  for (const int count : rows) {
    layout.layers.push_back({"block " + std::to_string(++number), count, 2, 3, {}});
  }
  return std::make_shared<StateTap>(layout);
}

// One step whose six states are all `h` and whose two step sizes are given.
void step(StateTap& tap, float h, std::array<float, 2> dt) {
  const StateProbe* const probe = tap.begin();
  ASSERT_NE(probe, nullptr);
  std::fill_n(probe->h, 6, h);
  std::copy(dt.begin(), dt.end(), probe->dt);
  tap.end(1, {});
}

TEST(StateFollower, SumsUpWhatItSaw) {
  const auto tap = tapOf({1, 1, 1});
  StateFollower follower(tap, 0, "m");
  step(*tap, 1.0F, {1.0F, 4.0F});
  follower.take();
  step(*tap, -2.0F, {3.0F, 4.0F});
  CompareModel model;
  follower.finish(model);
  EXPECT_EQ(model.block, "block 2");
  EXPECT_EQ(model.trace.state_rms, (std::vector<float>{1.0F, 2.0F}));
  EXPECT_EQ(model.trace.dt_mean, (std::vector<float>{2.5F, 3.5F}));
  EXPECT_EQ(model.trace.dt_deviation, (std::vector<float>{1.5F, 0.5F}));
  EXPECT_EQ(model.state_rms_p50, 1.0);
  EXPECT_EQ(model.state_rms_p99, 2.0);
  EXPECT_DOUBLE_EQ(model.dt_mean, 3.0);
  // 1 and 3 deviate by 1 from 2; 4 and 4 do not.
  EXPECT_DOUBLE_EQ(model.dt_variation, 0.25);
  EXPECT_EQ(tap->begin(), nullptr);
}

TEST(StateFollower, SaysNothingOfAStepSizeThatIsNotThere) {
  const auto tap = tapOf({1});
  StateFollower follower(tap, 1, "m");
  step(*tap, 1.0F, {0.0F, 0.0F});
  CompareModel model;
  follower.finish(model);
  EXPECT_TRUE(std::isnan(model.dt_mean));
  EXPECT_TRUE(std::isnan(model.dt_variation));
  EXPECT_EQ(model.state_rms_p50, 1.0);
}

TEST(StateFollower, ChoosesTheBlockOverAllBandsOrTheOneAskedFor) {
  const auto followed = [](const std::vector<int>& rows, int block) {
    CompareModel model;
    StateFollower(tapOf(rows), block, "m").finish(model);
    return model.block;
  };
  EXPECT_EQ(followed({8, 8, 1, 8, 8}, 0), "block 3");
  EXPECT_EQ(followed({8, 8, 8, 8}, 0), "block 3");
  EXPECT_EQ(followed({1, 1}, 0), "block 2");
  EXPECT_EQ(followed({8, 8, 1, 8, 8}, 5), "block 5");
  try {
    followed({1, 1}, 3);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kUsage);
    EXPECT_STREQ(failure.what(), "--block: expected at most 2 as m has, found 3");
  }
}

}  // namespace
}  // namespace hiss
