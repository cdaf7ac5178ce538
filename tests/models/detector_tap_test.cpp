// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/detector_tap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "models/anomaly_detector.h"
#include "models/sensor_forecaster.h"
#include "tests/models/sensor_streams.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

// What each of thousands of detectors holds while nobody looks.
static_assert(sizeof(DetectorTap) <= 96);

std::shared_ptr<const SensorForecaster> smallForecaster() {
  static const auto kModel = SensorForecaster::load(goldenPath("forecaster_small.safetensors"));
  return kModel;
}

std::unique_ptr<AnomalyDetector> mamba(int channels) {
  auto detector = makeDetector("mamba", smallForecaster());
  detector->prepare({.channels = channels});
  return detector;
}

// A row of channels that each do something of their own.
std::vector<double> rowAt(std::size_t t, int channels) {
  static const std::vector<double> kStream = test::sensorStream("periodic", 4000, 1);
  std::vector<double> row;
  row.reserve(static_cast<std::size_t>(channels));
  for (int c = 0; c < channels; ++c) {
    row.push_back(kStream.at(t + static_cast<std::size_t>(c) * 7));
  }
  return row;
}

std::uint64_t run(AnomalyDetector& detector, std::size_t first, std::size_t count, int channels) {
  std::uint64_t row = 0;
  for (std::size_t t = first; t < first + count; ++t) {
    row = detector.step(rowAt(t, channels), 1.0, false).row;
  }
  return row;
}

std::vector<StateSnapshot> drain(StateTap& tap) {
  std::vector<StateSnapshot> all;
  for (StateSnapshot seen; tap.next(seen);) all.push_back(seen);
  return all;
}

TEST(DetectorTap, IsThereForTheDetectorWithAModel) {
  for (const std::string& name : detectorNames()) {
    const auto detector = makeDetector(name, smallForecaster());
    EXPECT_EQ(detector->stateTap(), nullptr) << "there are no channels yet";
    detector->prepare({.channels = 3});
    EXPECT_EQ(detector->stateTap() != nullptr, name == "mamba") << name;
  }
}

TEST(DetectorTap, DescribesTheForecaster) {
  const auto detector = mamba(70);
  const StateLayout& layout = detector->stateTap()->layout();
  const MambaConfig config = smallForecaster()->config().mamba();
  EXPECT_EQ(layout.step_seconds, 0.0);
  ASSERT_EQ(layout.layers.size(), static_cast<std::size_t>(smallForecaster()->config().n_layer));
  EXPECT_EQ(layout.layers.front().name, "block 1");
  for (const StateLayer& layer : layout.layers) {
    EXPECT_EQ(layer.rows, 70);
    EXPECT_EQ(layer.d_inner, config.dInner());
    EXPECT_EQ(layer.d_state, config.d_state);
    for (const float a : layer.A) EXPECT_LT(a, 0.0F);
  }
}

// Channels are advanced in batches of 64; each must show its own state all the same.
TEST(DetectorTap, ShowsTheChannelThatIsAskedFor) {
  constexpr int kChannels = 130;
  const auto all = mamba(kChannels);
  const std::shared_ptr<StateTap> tap = all->stateTap();
  const int last = static_cast<int>(tap->layout().layers.size()) - 1;
  for (const int channel : {0, 63, 64, 129}) {
    all->reset();
    tap->look({last, channel});
    run(*all, 0, 20, kChannels);
    const auto one = mamba(1);
    one->stateTap()->look({last, 0});
    for (std::size_t t = 0; t < 20; ++t) {
      one->step(std::vector<double>{rowAt(t, kChannels)[static_cast<std::size_t>(channel)]}, 1.0,
                false);
    }
    const std::vector<StateSnapshot> together = drain(*tap);
    const std::vector<StateSnapshot> alone = drain(*one->stateTap());
    ASSERT_EQ(together.size(), 20U);
    ASSERT_EQ(alone.size(), 20U);
    for (std::size_t i = 0; i < together.size(); ++i) {
      EXPECT_EQ(together[i].focus, (StateFocus{last, channel}));
      EXPECT_EQ(together[i].step, i + 1);
      EXPECT_EQ(together[i].h, alone[i].h);
      EXPECT_EQ(together[i].x, alone[i].x);
      EXPECT_EQ(together[i].dt, alone[i].dt);
      for (const float rms : together[i].ssm_state_rms) EXPECT_GT(rms, 0.0F);
    }
  }
}

TEST(DetectorTap, HasTheNormOfAllChannels) {
  const auto detector = mamba(2);
  const std::shared_ptr<StateTap> tap = detector->stateTap();
  double sum = 0.0;
  float rms = 0.0F;
  std::size_t values = 0;
  for (const int channel : {0, 1}) {
    detector->reset();
    tap->look({0, channel});
    run(*detector, 0, 30, 2);
    const StateSnapshot last = drain(*tap).back();
    for (const float h : last.h) sum += double{h} * double{h};
    values += last.h.size();
    rms = last.ssm_state_rms.at(0);
  }
  EXPECT_NEAR(double{rms}, std::sqrt(sum / static_cast<double>(values)), 1e-6);
}

TEST(DetectorTap, ChangesNoBitAndNoSavedState) {
  const auto seen = mamba(3);
  const auto unseen = mamba(3);
  const std::shared_ptr<StateTap> tap = seen->stateTap();
  for (std::size_t t = 0; t < 600; ++t) {
    if (t % 100 == 0) tap->look({0, static_cast<int>(t / 100 % 3)});
    if (t % 100 == 80) tap->lookAway();
    std::vector<double> row = rowAt(t, 3);
    if (t % 17 == 0) row[1] = std::numeric_limits<double>::quiet_NaN();
    const RowVerdict a = seen->step(row, 1.0, false);
    const RowVerdict b = unseen->step(row, 1.0, false);
    ASSERT_EQ(a.evidence, b.evidence);
    ASSERT_EQ(a.p, b.p);
  }
  EXPECT_EQ(seen->saveState(), unseen->saveState());
}

TEST(DetectorTap, GoesOnAfterALoadedStateAtItsRow) {
  const auto before = mamba(2);
  run(*before, 0, 50, 2);
  const auto after = mamba(2);
  const std::shared_ptr<StateTap> tap = after->stateTap();
  tap->look({0, 1});
  after->loadState(before->saveState());
  EXPECT_EQ(after->stateTap(), tap);
  EXPECT_EQ(run(*after, 50, 5, 2), 54U);
  const std::vector<StateSnapshot> seen = drain(*tap);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen.front().step, 51U);
  EXPECT_EQ(seen.back().step, 55U);
}

TEST(DetectorTap, IsAnotherOneForOtherChannels) {
  const auto detector = mamba(2);
  const std::shared_ptr<StateTap> two = detector->stateTap();
  detector->prepare({.channels = 2});
  EXPECT_EQ(detector->stateTap(), two);
  two->look({0, 1});
  detector->prepare({.channels = 1});
  EXPECT_NE(detector->stateTap(), two);
  EXPECT_EQ(detector->stateTap()->layout().layers.front().rows, 1);
  run(*detector, 0, 5, 1);
  EXPECT_TRUE(drain(*two).empty());
}

TEST(DetectorTap, AllocatesNothingInAStep) {
  const auto detector = mamba(1);
  const std::vector<double> row = rowAt(0, 1);
  AllocationGuard unseen;
  for (int i = 0; i < 50; ++i) detector->step(row, 1.0, false);
  EXPECT_EQ(unseen.stop(), 0U);
  detector->stateTap()->look({0, 0});
  AllocationGuard seen;
  for (int i = 0; i < 300; ++i) detector->step(row, 1.0, false);
  EXPECT_EQ(seen.stop(), 0U);
  EXPECT_EQ(detector->stateTap()->lost(), 300 - StateTap::kSteps);
}

TEST(DetectorTap, MayBeAskedForWhileRowsCome) {
  const auto detector = mamba(2);
  std::jthread rows([&](const std::stop_token& enough) {
    while (!enough.stop_requested()) {
      run(*detector, 0, 20, 2);
      std::this_thread::yield();
    }
  });
  const std::shared_ptr<StateTap> tap = detector->stateTap();
  tap->look({0, 1});
  StateSnapshot seen;
  for (int taken = 0; taken < 500;) {
    if (tap->next(seen)) {
      ++taken;
    } else {
      std::this_thread::yield();
    }
  }
}

}  // namespace
}  // namespace hiss
