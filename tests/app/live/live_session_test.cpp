// SPDX-License-Identifier: Apache-2.0
//
// The live path on simulated time: what is heard, what is counted, how long it takes.
#include "app/engine/live/live_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "models/denoiser.h"
#include "tests/app/fake_processor.h"
#include "tests/app/live/live_simulation.h"
#include "tests/models/model_maker.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

// A noise that depends on nothing but its index.
float noiseAt(std::uint64_t index, int channel) {
  std::uint64_t x = index * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(channel) * 77773;
  x ^= x >> 31;
  x *= 0xBF58476D1CE4E5B9ULL;
  x ^= x >> 27;
  return static_cast<float>(x >> 40) / static_cast<float>(1 << 24) - 0.5F;
}

// What is heard, [samples] of one channel.
struct Heard {
  std::vector<float> samples;
  void listenTo(FakeDeviceConfig& config, int channel = 0) {
    const int channels = config.out.channels;
    config.sink = [this, channels, channel](const float* sound, int n, double) {
      for (int i = 0; i < n; ++i) samples.push_back(sound[i * channels + channel]);
    };
  }
};

int oddBlock(std::uint64_t k) {
  constexpr int kSizes[] = {128, 1, 479, 64, 0, 333, 256, 7};
  return kSizes[k % std::size(kSizes)];
}

// Samples between the first input and where it is heard; -1: nothing is.
int lagOf(const std::vector<float>& heard, const std::vector<float>& expected) {
  const auto first = std::find_if(heard.begin(), heard.end(), [](float x) { return x != 0.0F; });
  const auto same =
      std::find(expected.begin(), expected.end(), first == heard.end() ? 2.0F : *first);
  if (same == expected.end()) return -1;
  return static_cast<int>((first - heard.begin()) - (same - expected.begin()));
}

TEST(LiveSessionTest, OneClockGivesTheBatchResultToTheBit) {
  const auto model = DenoiserModel::parse(randomModel(tinyConfig()).bytes(), "random");
  for (const bool odd : {false, true}) {
    FakeDeviceConfig config;
    config.one_clock = true;
    config.source = noiseAt;
    if (odd) config.in.block = oddBlock;
    Heard heard;
    heard.listenTo(config);
    Denoiser live(model);
    LiveSimulation simulation(config, live);
    simulation.start();
    simulation.run(5.0);

    Denoiser batch(model);
    const int n = static_cast<int>(heard.samples.size());
    batch.prepare({48000, 1, n});
    std::vector<float> expected;
    for (int i = 0; i < n; ++i) expected.push_back(noiseAt(i, 0));
    float* row = expected.data();
    batch.process(&row, &row, n);

    const int lag = lagOf(heard.samples, expected);
    ASSERT_GE(lag, 0);
    ASSERT_LT(lag, 1000);
    int compared = 0;
    for (int i = 72000; i < n; ++i, ++compared) {
      ASSERT_EQ(heard.samples[i], expected[i - lag]) << odd << " " << i;
    }
    EXPECT_GT(compared, 2 * 48000);
    EXPECT_EQ(simulation.last.faults.output_underflows, 0U);
    EXPECT_EQ(simulation.last.corrections, 0U);
    // A sample waits for its block to end, for those before it, and the block in which it is heard.
    if (!odd) {
      EXPECT_NEAR(simulation.last.latency.rings() * 48000.0, lag + 128, 1.0);
    }
    EXPECT_EQ(simulation.last.latency.model, batch.latencySamples() / 48000.0);
  }
}

// Delay of a sine, modulo its period, second by second.
class PhaseMeter {
 public:
  static constexpr double kHz = 50.0;

  void add(const float* sound, int n, double time_s, double rate_hz) {
    for (int i = 0; i < n; ++i) {
      const double t = time_s + i / rate_hz;
      const double angle = 2.0 * std::numbers::pi * kHz * t;
      re_ += sound[i] * std::sin(angle);
      im_ -= sound[i] * std::cos(angle);
      if (++count_ < static_cast<int>(rate_hz)) continue;
      delays_s.push_back(std::atan2(im_, re_) / (2.0 * std::numbers::pi * kHz));
      re_ = im_ = 0.0;
      count_ = 0;
    }
  }
  std::vector<double> delays_s;

 private:
  double re_ = 0.0;
  double im_ = 0.0;
  int count_ = 0;
};

struct Range {
  double least = 1e9;
  double most = -1e9;
  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  [[nodiscard]] double width() const { return most - least; }
};

class DriftTest : public testing::TestWithParam<double> {};

// Both clocks are off, one fast and one slow: 1,000 ppm between them.
TEST_P(DriftTest, AnHourIsHeardWithoutAGapAndWithFlatLatency) {
  const double ppm = GetParam();
  constexpr double kRate = 8000.0;
  FakeDeviceConfig config;
  config.in.rate_hz = config.out.rate_hz = 8000;
  config.in.ppm = ppm;
  config.out.ppm = -ppm;
  config.in.jitter_s = config.out.jitter_s = 0.002;
  config.out.block = [](std::uint64_t k) { return k % 3 == 0 ? 100 : 37; };
  const double true_in = kRate * (1.0 + 1e-6 * ppm);
  const double true_out = kRate * (1.0 - 1e-6 * ppm);
  config.source = [=](std::uint64_t index, int) {
    const double t = static_cast<double>(index) / true_in;
    return static_cast<float>(std::sin(2.0 * std::numbers::pi * PhaseMeter::kHz * t));
  };
  PhaseMeter phase;
  double out_samples = 0.0;
  config.sink = [&](const float* sound, int n, double) {
    // By the device's own clock; the call's time has jitter.
    phase.add(sound, n, out_samples / true_out, true_out);
    out_samples += n;
  };
  FakeProcessor through(0);
  LiveSimulation simulation(config, through);
  simulation.start();
  Range told;
  std::uint64_t underflows_at_start = 0;
  simulation.on_stats = [&](const LiveStats& stats) {
    if (stats.time_s < 60.0) {
      underflows_at_start = stats.faults.output_underflows;
    } else {
      told.add(stats.latency.rings());
    }
  };
  simulation.run(3600.0);
  EXPECT_EQ(underflows_at_start, 0U);
  EXPECT_EQ(simulation.last.faults.output_underflows, 0U);
  EXPECT_EQ(simulation.last.faults.input_overflows, 0U);
  EXPECT_EQ(simulation.last.corrections, 0U);
  EXPECT_NEAR(simulation.last.drift_ppm, 2.0 * ppm, 10.0);
  EXPECT_LT(told.width(), 0.001);
  Range heard;
  for (std::size_t second = 60; second < phase.delays_s.size(); ++second) {
    heard.add(phase.delays_s[second]);
  }
  ASSERT_GT(phase.delays_s.size(), 3500U);
  EXPECT_LT(heard.width(), 0.001);
  RecordProperty("told_width_us", static_cast<int>(1e6 * told.width()));
  RecordProperty("heard_width_us", static_cast<int>(1e6 * heard.width()));
  std::printf("latency %.3f ms told, spread %.0f us told, %.0f us heard, %.2f ppm\n",
              1e3 * simulation.last.latency.rings(), 1e6 * told.width(), 1e6 * heard.width(),
              simulation.last.drift_ppm);
}

INSTANTIATE_TEST_SUITE_P(Ppm, DriftTest, testing::Values(500.0, -500.0));

struct StallCase {
  const char* name;
  bool one_clock;
  // Of the input, the output, the worker: 0 none, 1 lost, 2 burst.
  int in;
  int out;
  int worker;
};

class StallTest : public testing::TestWithParam<StallCase> {};

TEST_P(StallTest, LatencyIsBackWithinTwoSeconds) {
  const StallCase& given = GetParam();
  constexpr double kAt = 20.0;
  constexpr double kLong = 0.3;
  FakeDeviceConfig config;
  config.one_clock = given.one_clock;
  config.in.ppm = given.one_clock ? 0.0 : 40.0;
  config.source = noiseAt;
  if (given.in != 0) config.in.stalls = {{kAt, kLong, given.in == 2}};
  if (given.out != 0) config.out.stalls = {{kAt, kLong, given.out == 2}};
  FakeProcessor through(0);
  LiveSimulation simulation(config, through);
  if (given.worker != 0) simulation.worker_stalls = {{kAt, kAt + kLong}};
  simulation.start();
  Range before;
  Range after;
  std::uint64_t underflows = 0;
  simulation.on_stats = [&](const LiveStats& stats) {
    if (stats.time_s > 10.0 && stats.time_s < kAt) before.add(stats.latency.rings());
    if (stats.time_s < kAt + kLong + 2.0) {
      underflows = stats.faults.output_underflows;
    } else {
      after.add(stats.latency.rings());
      EXPECT_TRUE(stats.playing) << stats.time_s;
    }
  };
  simulation.run(40.0);
  EXPECT_LT(before.width(), 0.001);
  EXPECT_NEAR(after.most, before.most, 0.003);
  EXPECT_NEAR(after.least, before.least, 0.003);
  // A gap is heard once, if at all, and never again.
  EXPECT_EQ(simulation.last.faults.output_underflows, underflows);
  EXPECT_LE(underflows, 1U);
  const LiveFaults& faults = simulation.last.faults;
  if (underflows + faults.device_out > 0) {
    EXPECT_GE(faults.last_gap_s, kAt);
    EXPECT_LE(faults.last_gap_s, kAt + kLong + 0.1);
  } else {
    EXPECT_LT(faults.last_gap_s, 0.0);
  }
  EXPECT_EQ(simulation.last.worker_late, given.worker != 0 ? 1U : 0U);
  EXPECT_EQ(simulation.last.faults.device_in, given.in == 1 ? 1U : 0U);
  EXPECT_EQ(simulation.last.faults.device_out, given.out == 1 ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, StallTest,
                         testing::Values(StallCase{"worker", false, 0, 0, 1},
                                         StallCase{"worker_one_clock", true, 0, 0, 1},
                                         StallCase{"input_lost", false, 1, 0, 0},
                                         StallCase{"input_burst", false, 2, 0, 0},
                                         StallCase{"output_lost", false, 0, 1, 0},
                                         StallCase{"output_burst", false, 0, 2, 0},
                                         StallCase{"one_clock_lost", true, 1, 0, 0},
                                         StallCase{"one_clock_burst", true, 2, 0, 0}),
                         [](const auto& stall) { return stall.param.name; });

TEST(LiveSessionTest, BurstsAndOddBlocksAreBridgedOnceTheyAreKnown) {
  FakeDeviceConfig config;
  config.in.block = oddBlock;
  config.out.block = [](std::uint64_t k) { return k % 2 == 0 ? 700 : 13; };
  config.in.jitter_s = 0.010;
  config.out.jitter_s = 0.005;
  config.in.ppm = -120.0;
  config.source = noiseAt;
  FakeProcessor through(0);
  LiveSimulation simulation(config, through);
  simulation.start();
  simulation.run(60.0);
  const std::uint64_t while_learning = simulation.last.faults.output_underflows;
  EXPECT_LE(while_learning, 1U);
  simulation.run(240.0);
  EXPECT_EQ(simulation.last.faults.output_underflows, while_learning);
  EXPECT_NEAR(simulation.last.drift_ppm, -120.0, 15.0);
}

TEST(LiveSessionTest, RatesAndChannelsOfTheTwoDevicesMayDiffer) {
  struct Case {
    int in_rate, out_rate, in_channels, out_channels, heard_channel;
    float expected;  // of inputs that are 1, 2, 3, … tenths
  };
  for (const Case& given : {Case{44100, 48000, 1, 1, 0, 0.1F}, Case{48000, 16000, 1, 3, 2, 0.1F},
                            Case{16000, 44100, 2, 1, 0, 0.15F}, Case{48000, 48000, 3, 2, 1, 0.2F},
                            Case{48000, 48000, 2, 4, 1, 0.2F}, Case{48000, 48000, 2, 4, 3, 0.0F}}) {
    for (const bool one_clock : {false, true}) {
      if (one_clock && given.in_rate != given.out_rate) continue;
      FakeDeviceConfig config;
      config.one_clock = one_clock;
      config.in.rate_hz = given.in_rate;
      config.out.rate_hz = given.out_rate;
      config.in.channels = given.in_channels;
      config.out.channels = given.out_channels;
      config.source = [](std::uint64_t, int c) { return 0.1F * static_cast<float>(c + 1); };
      Heard heard;
      heard.listenTo(config, given.heard_channel);
      FakeProcessor through(0);
      LiveSimulation simulation(config, through);
      simulation.start();
      simulation.run(4.0);
      EXPECT_EQ(through.spec().channels, std::min(given.in_channels, given.out_channels));
      EXPECT_EQ(simulation.last.faults.output_underflows, 0U) << given.in_rate;
      ASSERT_NEAR(static_cast<double>(heard.samples.size()), 4.0 * given.out_rate, 1000.0);
      for (std::size_t i = heard.samples.size() / 2; i < heard.samples.size(); ++i) {
        ASSERT_NEAR(heard.samples[i], given.expected, 1e-4F) << given.in_rate << " " << i;
      }
    }
  }
}

// The device's calls and the worker's work, without the simulation around them.
TEST(LiveSessionTest, CallsAndWorkAllocateAndLockNothing) {
  class GuardedDevice final : public AudioDevice {
   public:
    AudioStreamFormat open(const AudioStreamRequest&, AudioCallback& callback) override {
      callback_ = &callback;
      AudioStreamFormat format;
      format.in_rate_hz = 44100;
      format.out_rate_hz = 48000;
      format.in_channels = 2;
      format.out_channels = 1;
      return format;
    }
    void start() override {}
    void close() noexcept override {}
    [[nodiscard]] bool isAlive() noexcept override { return true; }
    [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return now_s_; }

    void call(int k) {
      AudioBlock block;
      block.samples = 147;
      block.time_s = now_s_ = 147.0 / 44100.0 * k;
      block.in = in_.data();
      callback_->onAudio(block);
      block.in = nullptr;
      block.out = out_.data();
      block.samples = 160;
      callback_->onAudio(block);
    }

   private:
    AudioCallback* callback_ = nullptr;
    double now_s_ = 0.0;
    std::vector<float> in_ = std::vector<float>(2 * 147, 0.1F);
    std::vector<float> out_ = std::vector<float>(160);
  };
  const auto model = DenoiserModel::parse(randomModel(tinyConfig()).bytes(), "random");
  Denoiser denoiser(model);
  GuardedDevice device;
  LiveConfig config;
  config.own_thread = false;
  LiveSession session(device, denoiser, config);
  session.open();
  session.start();
  AllocationGuard guard;
  for (int k = 1; k <= 2000; ++k) {
    device.call(k);
    if (k < 1000 || k > 1100) session.work();  // a stall, too, with its correction
  }
  EXPECT_EQ(guard.stop(), 0U);
  LiveStats stats;
  ASSERT_TRUE(session.latestStats(stats));
  EXPECT_TRUE(stats.playing);
  EXPECT_EQ(stats.faults.output_underflows, 1U);
}

TEST(LiveSessionTest, AnInputThatNobodyTakesIsCountedAndForgotten) {
  FakeDeviceConfig config;
  config.source = noiseAt;
  FakeProcessor through(0);
  LiveSimulation simulation(config, through);
  simulation.worker_stalls = {{5.0, 9.0}};
  simulation.start();
  simulation.run(20.0);
  EXPECT_GT(simulation.last.faults.input_overflows, 100U);
  EXPECT_TRUE(simulation.last.playing);
  EXPECT_NEAR(simulation.last.latency.rings(), simulation.last.target_rings_s, 0.002);
}

TEST(LiveSessionTest, BypassIsHeardInStepWithTheInput) {
  const auto model = DenoiserModel::parse(randomModel(tinyConfig()).bytes(), "random");
  FakeDeviceConfig config;
  config.one_clock = true;
  config.source = noiseAt;
  Heard heard;
  heard.listenTo(config);
  Denoiser denoiser(model);
  LiveSimulation simulation(config, denoiser);
  simulation.start();
  simulation.run(2.0);
  denoiser.setBypass(true);
  simulation.run(2.0);
  const int lag = static_cast<int>(std::lround(simulation.last.latency.rings() * 48000.0)) - 128 +
                  denoiser.latencySamples();
  for (std::size_t i = 3 * 48000; i < heard.samples.size(); ++i) {
    ASSERT_EQ(heard.samples[i], noiseAt(i - lag, 0)) << i;
  }
}

}  // namespace
}  // namespace hiss
