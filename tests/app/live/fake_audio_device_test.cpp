// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/fake_audio_device.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "app/engine/failure.h"

namespace hiss {
namespace {

// Notes every call; plays the input of the same call, or zeros.
class NotingCallback final : public AudioCallback {
 public:
  struct Call {
    AudioBlock block;
    float first = 0.0F;
  };
  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override {
    if (block.out != nullptr) std::fill_n(block.out, block.samples, 0.25F);
    (block.in != nullptr ? inputs : outputs)
        .push_back({block, block.in != nullptr && block.samples > 0 ? block.in[0] : 0.0F});
  }
  std::vector<Call> inputs;
  std::vector<Call> outputs;
};

int samplesOf(const std::vector<NotingCallback::Call>& calls) {
  int sum = 0;
  for (const auto& call : calls) sum += call.block.samples;
  return sum;
}

void runFor(FakeAudioDevice& device, double seconds) {
  const double until_s = device.now() + seconds;
  while (device.isAlive() && device.now() < until_s) device.step(until_s);
}

FakeDeviceConfig countingConfig() {
  FakeDeviceConfig config;
  config.source = [](std::uint64_t index, int) { return static_cast<float>(index); };
  return config;
}

TEST(FakeAudioDeviceTest, ClocksRunAtTheirOwnRates) {
  FakeDeviceConfig config = countingConfig();
  config.in.ppm = 500.0;
  config.out.ppm = -500.0;
  FakeAudioDevice device(config);
  NotingCallback calls;
  device.open({}, calls);
  device.start();
  runFor(device, 100.0);
  EXPECT_NEAR(samplesOf(calls.inputs), 100 * 48000 * 1.0005, 256);
  EXPECT_NEAR(samplesOf(calls.outputs), 100 * 48000 * 0.9995, 256);
  EXPECT_DOUBLE_EQ(device.now(), 100.0);
}

TEST(FakeAudioDeviceTest, OneClockBringsBothSidesInOneCall) {
  FakeDeviceConfig config = countingConfig();
  config.one_clock = true;
  config.in.block = [](std::uint64_t k) { return static_cast<int>(k % 7); };
  int heard = 0;
  config.sink = [&](const float* samples, int n, double) {
    for (int i = 0; i < n; ++i) ASSERT_EQ(samples[i], 0.25F);
    heard += n;
  };
  FakeAudioDevice device(config);
  NotingCallback calls;
  EXPECT_TRUE(device.open({}, calls).one_clock);
  device.start();
  runFor(device, 1.0);
  EXPECT_TRUE(calls.outputs.empty());
  EXPECT_EQ(samplesOf(calls.inputs), heard);
  int at = 0;
  for (std::size_t k = 0; k < calls.inputs.size(); ++k) {
    ASSERT_EQ(calls.inputs[k].block.samples, static_cast<int>(k % 7));
    if (k % 7 > 0) {
      ASSERT_EQ(calls.inputs[k].first, static_cast<float>(at));
    }
    at += calls.inputs[k].block.samples;
  }
}

TEST(FakeAudioDeviceTest, StallLosesSamplesOrBringsThemAtOnce) {
  for (const bool burst : {false, true}) {
    FakeDeviceConfig config = countingConfig();
    config.in.stalls = {{1.0, 0.3, burst}};
    FakeAudioDevice device(config);
    NotingCallback calls;
    device.open({}, calls);
    device.start();
    runFor(device, 2.0);
    EXPECT_NEAR(samplesOf(calls.inputs), (burst ? 2.0 : 1.7) * 48000, 256) << burst;
    int at_end_of_stall = 0;
    int flagged = 0;
    for (const auto& call : calls.inputs) {
      EXPECT_FALSE(call.block.time_s > 1.001 && call.block.time_s < 1.299) << call.block.time_s;
      at_end_of_stall += static_cast<int>(call.block.time_s == 1.3);
      flagged += static_cast<int>(call.block.in_overflow);
    }
    EXPECT_EQ(flagged, burst ? 0 : 1);
    if (burst) {
      EXPECT_GE(at_end_of_stall, 110);
    }
    // Sound goes on while nobody calls.
    EXPECT_NEAR(calls.inputs.back().first, 2.0 * 48000, 300) << burst;
  }
}

TEST(FakeAudioDeviceTest, JitterNeverTurnsCallsRound) {
  FakeDeviceConfig config = countingConfig();
  config.in.jitter_s = 0.01;
  FakeAudioDevice device(config);
  NotingCallback calls;
  device.open({}, calls);
  device.start();
  runFor(device, 5.0);
  EXPECT_NEAR(samplesOf(calls.inputs), 5 * 48000, 1000);
  for (std::size_t k = 1; k < calls.inputs.size(); ++k) {
    EXPECT_GE(calls.inputs[k].block.time_s, calls.inputs[k - 1].block.time_s);
    EXPECT_EQ(calls.inputs[k].first, static_cast<float>(128 * k));
  }
}

TEST(FakeAudioDeviceTest, LostDeviceComesBackAfterSomeAttempts) {
  FakeDeviceConfig config = countingConfig();
  config.losses_s = {1.0};
  config.failing_opens = 2;
  FakeAudioDevice device(config);
  NotingCallback calls;
  device.open({}, calls);
  device.start();
  runFor(device, 2.0);
  EXPECT_FALSE(device.isAlive());
  EXPECT_DOUBLE_EQ(device.now(), 1.0);
  device.close();
  EXPECT_FALSE(device.step(1.5));
  EXPECT_THROW(device.open({}, calls), Failure);
  EXPECT_THROW(device.open({}, calls), Failure);
  device.open({}, calls);
  device.start();
  const std::size_t before = calls.inputs.size();
  runFor(device, 1.0);
  EXPECT_TRUE(device.isAlive());
  EXPECT_GT(calls.inputs.size(), before + 300);
  EXPECT_EQ(device.opens(), 4U);
}

TEST(FakeAudioDeviceTest, RefusesARateThatItHasNot) {
  FakeAudioDevice device(countingConfig());
  NotingCallback calls;
  AudioStreamRequest request;
  request.in_rate_hz = 44100;
  EXPECT_THROW(device.open(request, calls), Failure);
}

}  // namespace
}  // namespace hiss
