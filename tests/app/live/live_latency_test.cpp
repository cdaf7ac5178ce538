// SPDX-License-Identifier: Apache-2.0
//
// How late the sound is, as it is heard and as it is told.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include "tests/app/fake_processor.h"
#include "tests/app/live/live_simulation.h"
#include "tests/app/live/ramp_sound.h"

namespace hiss {
namespace {

constexpr int kModelSamples = 960;  // 20 ms at 48 kHz, the delay of `base`

struct Told {
  double time_s = 0.0;
  double total_s = 0.0;
  double target_s = 0.0;
};

// A session that hears a RampSound.
struct RampRun {
  explicit RampRun(FakeDeviceConfig config, LiveLatency latency, int model_samples = kModelSamples)
      : processor(model_samples) {
    sound.attachTo(config);
    LiveConfig live;
    live.worker.latency = latency;
    simulation.emplace(std::move(config), processor, live);
    simulation->on_stats = [this](const LiveStats& stats) {
      const LiveLatencyParts& parts = stats.latency;
      told.push_back(
          {stats.time_s, parts.total(), parts.total() - parts.rings() + stats.target_rings_s});
    };
  }

  [[nodiscard]] const Told& toldAt(double time_s) const {
    const auto after = std::lower_bound(told.begin(), told.end(), time_s,
                                        [](const Told& t, double at) { return t.time_s < at; });
    return after == told.end() ? told.back() : *after;
  }

  RampSound sound;
  FakeProcessor processor;
  std::optional<LiveSimulation> simulation;
  std::vector<Told> told;
};

TEST(LiveLatencyTest, LowAddsTwoBlocksAndLessThanFiveMilliseconds) {
  for (const bool one_clock : {true, false}) {
    FakeDeviceConfig config;
    config.one_clock = one_clock;
    config.in.ppm = one_clock ? 0.0 : 60.0;
    RampRun run(config, LiveLatency::kLow);
    run.simulation->start();
    run.simulation->run(30.0);
    double least_s = 1.0;
    double most_s = 0.0;
    for (const RampSound::Heard& heard : run.sound.heard()) {
      if (heard.time_s < 3.0) continue;
      ASSERT_EQ(heard.gap_share, 0.0) << heard.time_s;
      if (heard.latency_s == 0.0) continue;
      least_s = std::min(least_s, heard.latency_s);
      most_s = std::max(most_s, heard.latency_s);
    }
    const double model_s = kModelSamples / 48000.0;
    const double blocks_s = 2.0 * 128.0 / 48000.0;
    std::printf("%s: %.2f to %.2f ms heard = 20 ms + 2 blocks of 2.67 ms + %.2f ms, %.2f ms told\n",
                one_clock ? "one clock" : "two clocks", 1e3 * least_s, 1e3 * most_s,
                1e3 * (most_s - model_s - blocks_s), 1e3 * run.told.back().total_s);
    EXPECT_GT(least_s, model_s + blocks_s);
    EXPECT_LT(most_s, model_s + blocks_s + 0.005);
    EXPECT_NEAR(run.told.back().total_s, 0.5 * (least_s + most_s), 0.0005);
  }
}

TEST(LiveLatencyTest, WhatIsToldIsWhatIsHeardAtAllRates) {
  for (const auto& [in_hz, out_hz] :
       {std::pair{48000, 48000}, {44100, 48000}, {48000, 16000}, {16000, 44100}}) {
    FakeDeviceConfig config;
    config.in.rate_hz = in_hz;
    config.out.rate_hz = out_hz;
    config.in.ppm = 100.0;
    config.in.jitter_s = config.out.jitter_s = 0.001;
    config.in.block = [](std::uint64_t) { return 441; };
    RampRun run(config, LiveLatency::kBalanced, in_hz / 50);
    run.simulation->start();
    run.simulation->run(20.0);
    int compared = 0;
    for (const RampSound::Heard& heard : run.sound.heard()) {
      if (heard.time_s < 3.0 || heard.latency_s == 0.0) continue;
      // The fake device does not tell by how much its calls are late: half a millisecond on
      // average.
      EXPECT_NEAR(heard.latency_s, run.toldAt(heard.time_s).total_s, 0.002)
          << in_hz << " " << out_hz << " " << heard.time_s;
      ++compared;
    }
    EXPECT_GT(compared, 100);
  }
}

// A server under load: hitches of all kinds and sizes, each of which used to bend the lines that
// the drift is told from, so that the latency crept away for tens of seconds.
TEST(LiveLatencyTest, HitchesOfAServerAreOverInTwoSeconds) {
  FakeDeviceConfig config;
  config.in.jitter_s = config.out.jitter_s = 0.003;
  config.in.ppm = 30.0;
  config.out.ppm = -20.0;
  config.out.stalls = {{12.0, 0.015, false},
                       {16.0, 0.035, false},
                       {20.0, 0.03, true},
                       {36.0, 0.3, false},
                       {44.0, 0.2, true}};
  config.in.stalls = {{24.0, 0.012, false}, {28.0, 0.04, true}, {40.0, 0.25, false}};
  RampRun run(config, LiveLatency::kBalanced);
  run.simulation->worker_stalls = {{32.0, 32.025}};
  run.simulation->start();
  run.simulation->run(100.0);
  const auto inHitch = [](double time_s, double seconds) {
    const double since_s = std::fmod(time_s, 4.0);
    return time_s < 3.0 || (time_s > 11.8 && time_s < 48.0 && since_s < seconds);
  };
  double before_s = 0.0;
  double worst_s = 0.0;
  for (const RampSound::Heard& heard : run.sound.heard()) {
    if (heard.latency_s == 0.0 || heard.gap_share > 0.0) continue;
    const Told& told = run.toldAt(heard.time_s);
    if (heard.time_s < 11.0) before_s = heard.latency_s;
    if (inHitch(heard.time_s, 1.0 + 0.3)) continue;
    EXPECT_NEAR(heard.latency_s, told.total_s, 0.005) << heard.time_s;
    if (inHitch(heard.time_s, 2.0 + 0.3)) continue;
    // A millisecond and a half of it is by how much the fake device's calls are late on average.
    EXPECT_NEAR(heard.latency_s, told.target_s, 0.004) << heard.time_s;
    worst_s = std::max(worst_s, std::abs(heard.latency_s - told.target_s));
  }
  const LiveStats& last = run.simulation->last;
  std::printf("%.1f ms from the target at most; %.1f ms before, %.1f ms in the end, %.0f ppm\n",
              1e3 * worst_s, 1e3 * before_s, 1e3 * run.sound.heard().back().latency_s,
              last.drift_ppm);
  EXPECT_NEAR(last.drift_ppm, 50.0, 30.0);
  // What was kept ready against hitches is given back once they have stopped.
  EXPECT_NEAR(run.sound.heard().back().latency_s, before_s, 0.004);
}

// A server that fetches 50 ms at once from time to time finds them once that is known.
TEST(LiveLatencyTest, BurstsThatMoveTheClockLineAreProvidedForToo) {
  FakeDeviceConfig config;
  config.in.jitter_s = 0.001;
  for (int k = 0; k < 200; ++k) config.out.stalls.push_back({10.0 + 0.5 * k, 0.055, true});
  RampRun run(config, LiveLatency::kLow);
  run.simulation->start();
  run.simulation->run(20.0);
  const std::uint64_t while_learning = run.simulation->last.faults.output_underflows;
  EXPECT_LE(while_learning, 6U);
  run.simulation->run(40.0);
  EXPECT_LE(run.simulation->last.faults.output_underflows, while_learning + 1);
}

TEST(LiveLatencyTest, OneHitchIsNoHabit) {
  FakeDeviceConfig config;
  config.in.jitter_s = config.out.jitter_s = 0.001;
  config.in.stalls = {{20.0, 0.04, true}};
  RampRun run(config, LiveLatency::kBalanced);
  run.simulation->start();
  run.simulation->run(19.0);
  const double before_s = run.told.back().target_s;
  run.simulation->run(20.0);
  for (const Told& told : run.told) {
    if (told.time_s < 19.0) continue;
    EXPECT_LT(told.target_s, before_s + 0.001) << told.time_s;
  }
  EXPECT_LE(run.simulation->last.faults.output_underflows, 1U);
}

// The steady clock of a machine that was asleep, or of a virtual one that was moved.
TEST(LiveLatencyTest, AClockThatJumpsIsLivedThrough) {
  class JumpingDevice final : public AudioDevice {
   public:
    AudioStreamFormat open(const AudioStreamRequest&, AudioCallback& callback) override {
      callback_ = &callback;
      AudioStreamFormat format;
      format.in_rate_hz = format.out_rate_hz = 48000;
      format.in_channels = format.out_channels = 1;
      return format;
    }
    void start() override {}
    void close() noexcept override {}
    [[nodiscard]] bool isAlive() noexcept override { return true; }
    [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return now_s_; }
    void call(double time_s) {
      now_s_ = time_s;
      AudioBlock block;
      block.samples = 128;
      block.time_s = time_s;
      block.in = in_.data();
      callback_->onAudio(block);
      block.in = nullptr;
      block.out = out_.data();
      callback_->onAudio(block);
    }

   private:
    AudioCallback* callback_ = nullptr;
    double now_s_ = 0.0;
    std::vector<float> in_ = std::vector<float>(128, 0.1F);
    std::vector<float> out_ = std::vector<float>(128);
  };
  for (const double jump_s : {3600.0, -100.0}) {
    JumpingDevice device;
    FakeProcessor through(0);
    LiveConfig config;
    config.own_thread = false;
    LiveSession session(device, through, config);
    session.open();
    session.start();
    LiveStats stats;
    for (int k = 1; k <= 12000; ++k) {
      device.call(1000.0 + k * 128.0 / 48000.0 + (k > 4000 ? jump_s : 0.0));
      session.work();
      if (k % 20 == 0) {
        EXPECT_FALSE(session.supervise().has_value() && jump_s < 0.0) << k;
        session.latestStats(stats);
      }
    }
    EXPECT_TRUE(stats.playing) << jump_s;
    EXPECT_NEAR(stats.latency.rings(), stats.target_rings_s, 0.002) << jump_s;
    EXPECT_LT(std::abs(stats.drift_ppm), 5.0) << jump_s;
    EXPECT_LE(stats.faults.output_underflows, 1U) << jump_s;
    EXPECT_GT(stats.time_s, 1000.0 + jump_s + 31.0) << jump_s;
  }
}

}  // namespace
}  // namespace hiss
