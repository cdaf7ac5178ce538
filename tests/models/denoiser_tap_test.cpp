// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "models/denoiser.h"
#include "models/model_registry.h"
#include "models/state_tap.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

std::shared_ptr<const DenoiserModel> fullbandModel() {
  static const auto kModel =
      DenoiserModel::parse(randomModel(smallFullbandConfig()).bytes(), "small fullband");
  return kModel;
}

// `hops` hops of the model's own rate.
std::vector<float> noise(const Denoiser& denoiser, int hops, std::uint32_t seed = 1) {
  const DenoiserConfig& config = denoiser.model().config();
  return noisySignal(config.sample_rate, static_cast<std::size_t>(hops * config.hop), seed);
}

StreamSpec ownRate(const Denoiser& denoiser, int channels = 1) {
  return {denoiser.model().config().sample_rate, channels, 1 << 16};
}

std::vector<StateSnapshot> drain(StateTap& tap) {
  std::vector<StateSnapshot> all;
  for (StateSnapshot seen; tap.next(seen);) all.push_back(seen);
  return all;
}

TEST(DenoiserTap, DescribesTheBlocksInTheirOrder) {
  const Denoiser denoiser(fullbandModel());
  const DenoiserConfig& config = denoiser.model().config();
  const StateLayout& layout = denoiser.stateTap()->layout();
  ASSERT_EQ(layout.layers.size(), 3U);
  EXPECT_EQ(layout.layers[0].name, "block 1");
  EXPECT_EQ(layout.layers[1].name, "all bands");
  EXPECT_EQ(layout.layers[2].name, "block 2");
  EXPECT_EQ(layout.layers[0].rows, config.n_band);
  EXPECT_EQ(layout.layers[1].rows, 1);
  EXPECT_EQ(layout.layers[0].d_inner, config.bandBlock().dInner());
  EXPECT_EQ(layout.layers[1].d_inner, config.fullbandBlock().dInner());
  EXPECT_DOUBLE_EQ(layout.step_seconds, static_cast<double>(config.hop) / config.sample_rate);
  for (const StateLayer& layer : layout.layers) {
    EXPECT_EQ(layer.d_state, config.d_state);
    ASSERT_EQ(layer.A.size(), static_cast<std::size_t>(layer.d_inner * layer.d_state));
    for (const float a : layer.A) EXPECT_LT(a, 0.0F);
  }
  EXPECT_EQ(Denoiser(DenoiserModel::parse(randomModel(smallConfig()).bytes(), "small"))
                .stateTap()
                ->layout()
                .layers.back()
                .name,
            "block " + std::to_string(smallConfig().n_layer));
}

// Each step follows from the one before by the recurrence, in every block and the rows at its ends.
TEST(DenoiserTap, ShowsTheRecurrence) {
  Denoiser denoiser(fullbandModel());
  denoiser.prepare(ownRate(denoiser));
  StateTap& tap = *denoiser.stateTap();
  for (int l = 0; l < 3; ++l) {
    const StateLayer& layer = tap.layout().layers[static_cast<std::size_t>(l)];
    for (const int row : {0, layer.rows - 1}) {
      denoiser.reset();
      tap.look({l, row});
      runMono(denoiser, noise(denoiser, 12), 1000);
      const std::vector<StateSnapshot> seen = drain(tap);
      ASSERT_EQ(seen.size(), 12U);
      std::vector<float> h(layer.A.size());
      for (std::size_t t = 0; t < seen.size(); ++t) {
        const StateSnapshot& now = seen[t];
        ASSERT_EQ(now.step, t + 1);
        ASSERT_EQ(now.focus, (StateFocus{l, row}));
        const auto d_state = static_cast<std::size_t>(now.d_state);
        for (std::size_t i = 0; i < h.size(); ++i) {
          const std::size_t c = i / d_state;
          const float expected =
              std::exp(now.dt[c] * layer.A[i]) * h[i] + now.dt[c] * now.x[c] * now.B[i % d_state];
          ASSERT_NEAR(now.h[i], expected, 1e-5F * (1.0F + std::abs(expected)));
        }
        h = now.h;
      }
    }
  }
}

TEST(DenoiserTap, ChangesNoBit) {
  for (const int channels : {1, 2, 3}) {
    Denoiser unseen(fullbandModel());
    Denoiser seen(fullbandModel());
    unseen.prepare(ownRate(unseen, channels));
    seen.prepare(ownRate(seen, channels));
    StateTap& tap = *seen.stateTap();
    std::vector<std::vector<float>> x;
    x.reserve(static_cast<std::size_t>(channels));
    for (int c = 0; c < channels; ++c) {
      x.push_back(noise(seen, 60, static_cast<std::uint32_t>(c + 1)));
    }
    std::vector<std::vector<float>> y = x;
    constexpr std::size_t kBlock = 100;
    for (std::size_t i = 0, turn = 0; i + kBlock <= x[0].size(); i += kBlock, ++turn) {
      if (turn % 5 == 4) tap.lookAway();
      if (turn % 5 < 3) tap.look({static_cast<int>(turn % 3), 0});
      std::array<float*, 3> in{};
      std::array<float*, 3> out{};
      for (std::size_t c = 0; c < x.size(); ++c) {
        in[c] = x[c].data() + i;
        out[c] = y[c].data() + i;
      }
      unseen.process(in.data(), in.data(), kBlock);
      seen.process(out.data(), out.data(), kBlock);
    }
    for (std::size_t c = 0; c < x.size(); ++c) EXPECT_TRUE(sameBits(x[c], y[c])) << c;
    EXPECT_FALSE(drain(tap).empty());
  }
}

TEST(DenoiserTap, ShowsTheFirstChannel) {
  Denoiser one(fullbandModel());
  Denoiser two(fullbandModel());
  one.prepare(ownRate(one));
  two.prepare(ownRate(two, 2));
  one.stateTap()->look({0, 1});
  two.stateTap()->look({0, 1});
  std::vector<float> left = noise(one, 10, 1);
  std::vector<float> right = noise(one, 10, 2);
  const std::array<float*, 2> channels = {left.data(), right.data()};
  runMono(one, left, left.size());
  two.process(channels.data(), channels.data(), static_cast<int>(left.size()));
  const std::vector<StateSnapshot> a = drain(*one.stateTap());
  const std::vector<StateSnapshot> b = drain(*two.stateTap());
  ASSERT_EQ(a.size(), 10U);
  ASSERT_EQ(b.size(), 10U);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(sameBits(a[i].h, b[i].h));
}

TEST(DenoiserTap, CountsStepsFromResetAndPrepare) {
  Denoiser denoiser(fullbandModel());
  const std::shared_ptr<StateTap> tap = denoiser.stateTap();
  tap->look({1, 0});  // before there is a stream
  for (const int turn : {0, 1, 2}) {
    if (turn == 2) {
      denoiser.reset();
    } else {
      denoiser.prepare(ownRate(denoiser));
    }
    EXPECT_EQ(denoiser.stateTap(), tap);
    runMono(denoiser, noise(denoiser, 3), 64);
    const std::vector<StateSnapshot> seen = drain(*tap);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen.front().step, 1U);
    EXPECT_EQ(seen.back().step, 3U);
  }
}

TEST(DenoiserTap, HasTheSnapshotsStateNorms) {
  Denoiser denoiser(fullbandModel());
  denoiser.prepare(ownRate(denoiser));
  StateTap& tap = *denoiser.stateTap();
  tap.look({0, 0});
  DenoiserSnapshot snapshot;
  StateSnapshot seen;
  for (int hop = 0; hop < 20; ++hop) {
    runMono(denoiser, noise(denoiser, 1), 4096);
    ASSERT_TRUE(denoiser.latestSnapshot(snapshot));
    ASSERT_TRUE(tap.next(seen));
    EXPECT_EQ(seen.step, snapshot.hop_index);
    EXPECT_EQ(seen.ssm_state_rms, snapshot.ssm_state_rms);
    for (const float rms : seen.ssm_state_rms) EXPECT_GT(rms, 0.0F);
  }
}

TEST(DenoiserTap, AllocatesNothingOnTheAudioThread) {
  Denoiser denoiser(fullbandModel());
  denoiser.prepare(ownRate(denoiser));
  const std::vector<float> x = noise(denoiser, 300);
  std::vector<float> y(x.size());
  const float* in = x.data();
  float* out = y.data();
  denoiser.stateTap()->look({1, 0});
  AllocationGuard guard;
  denoiser.process(&in, &out, static_cast<int>(x.size()));
  denoiser.reset();
  EXPECT_EQ(guard.stop(), 0U);
  EXPECT_GT(denoiser.stateTap()->lost(), 0U);
}

TEST(DenoiserTap, OutlivesTheDenoiser) {
  auto denoiser = std::make_unique<Denoiser>(fullbandModel());
  const std::shared_ptr<StateTap> tap = denoiser->stateTap();
  denoiser->prepare(ownRate(*denoiser));
  tap->look({0, 0});
  runMono(*denoiser, noise(*denoiser, 2), 64);
  denoiser.reset();
  EXPECT_EQ(drain(*tap).size(), 2U);
  tap->look({1, 0});
  EXPECT_TRUE(drain(*tap).empty());
}

TEST(DenoiserTap, MayBeLookedAtWhileSoundRuns) {
  Denoiser denoiser(fullbandModel());
  denoiser.prepare(ownRate(denoiser));
  const std::shared_ptr<StateTap> tap = denoiser.stateTap();
  std::jthread audio([&](const std::stop_token& enough) {
    const std::vector<float> x = noise(denoiser, 5);
    while (!enough.stop_requested()) {
      runMono(denoiser, x, 64);
      std::this_thread::yield();
    }
  });
  StateSnapshot seen;
  for (int turn = 0, taken = 0; taken < 100; ++turn) {
    if (turn % 100 == 0) tap->look({turn / 100 % 3, 0});
    while (tap->next(seen)) ++taken;
    std::this_thread::yield();
  }
}

TEST(DenoiserTap, ShowsTheShippedModels) {
  for (const char* name : {"nano", "base", "large"}) {
    Denoiser denoiser(DenoiserModel::load(ModelRegistry().find(name)));
    denoiser.prepare({48000, 1, 4096});
    StateTap& tap = *denoiser.stateTap();
    const int last = static_cast<int>(tap.layout().layers.size()) - 1;
    tap.look({last, tap.layout().layers.back().rows - 1});
    runMono(denoiser, noisySignal(48000, 24000), 480);
    const std::vector<StateSnapshot> seen = drain(tap);
    ASSERT_GT(seen.size(), 20U) << name;
    EXPECT_EQ(seen.back().step, seen.size());
    EXPECT_GT(seen.back().ssm_state_rms.at(static_cast<std::size_t>(last)), 0.0F);
  }
}

}  // namespace
}  // namespace hiss
