// SPDX-License-Identifier: Apache-2.0
//
// Devices that are no hardware: recordings, silence, inputs that are heard nowhere.
#include "app/engine/live/demo_device.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

#include "app/engine/failure.h"
#include "app/engine/live/no_output_device.h"
#include "app/engine/live/silent_device.h"
#include "tests/app/live/hand_device.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

constexpr int kRate = 16000;
constexpr int kFade = kRate / 200;

class DemoDeviceTest : public TemporaryFolderTest {
 protected:
  // Opens a device on a recording of `samples`, with an output of `out_rate_hz`.
  AudioStreamFormat open(const Sound& sound, int out_rate_hz) {
    writeSound(path("sound.wav"), sound, kRate);
    AudioStreamFormat output;
    output.output = "by hand";
    output.out_rate_hz = out_rate_hz;
    output.out_channels = 2;
    auto hand = std::make_unique<HandDevice>(output);
    hand_ = hand.get();
    callback_ = std::make_unique<KeepingCallback>(static_cast<int>(sound.size()), 2);
    device_ = std::make_unique<DemoDevice>(path("sound.wav"), std::move(hand));
    AudioStreamRequest request;
    request.output = "wanted";
    return device_->open(request, *callback_);
  }

  HandDevice* hand_ = nullptr;
  std::unique_ptr<KeepingCallback> callback_;
  std::unique_ptr<DemoDevice> device_;
};

TEST_F(DemoDeviceTest, BringsTheRecordingOverAndOverWithFadedSeams) {
  const Sound sound = makeTone(2, 5000);
  const AudioStreamFormat format = open(sound, kRate);
  EXPECT_EQ(format.input, "sound.wav");
  EXPECT_EQ(format.output, "by hand");
  EXPECT_EQ(format.in_rate_hz, kRate);
  EXPECT_EQ(format.in_channels, 2);
  EXPECT_TRUE(format.one_clock);
  EXPECT_TRUE(hand_->request().output_only);
  EXPECT_EQ(hand_->request().output, "wanted");
  EXPECT_EQ(hand_->request().in_rate_hz, kRate);
  for (int k = 0; k < 15; ++k) hand_->callOutput(k == 3 ? 3000 : 700);
  ASSERT_EQ(callback_->in.size(), 2U * (14 * 700 + 3000));
  EXPECT_EQ(callback_->out_values, 2 * (14 * 700 + 3000));
  EXPECT_EQ(callback_->overflows, 0);
  for (std::size_t i = 0; i < callback_->in.size() / 2; ++i) {
    const std::size_t at = i % 5000;
    const bool faded = at >= 5000 - kFade || (i >= 5000 && at < kFade);
    for (std::size_t c = 0; c < 2; ++c) {
      const float found = callback_->in[2 * i + c];
      if (faded) {
        ASSERT_LE(std::abs(found), std::abs(sound[c][at]) + 1e-6F) << i;
      } else {
        ASSERT_EQ(found, sound[c][at]) << i;
      }
    }
  }
  EXPECT_EQ(callback_->in[2 * 4999], 0.0F);
  EXPECT_EQ(callback_->in[2 * 5000], 0.0F);
}

TEST_F(DemoDeviceTest, KeepsStepWithAnOutputOfAnotherRate) {
  const AudioStreamFormat format = open(makeTone(1, 20000), 44100);
  EXPECT_FALSE(format.one_clock);
  for (int k = 0; k < 100; ++k) hand_->callOutput(441);
  EXPECT_EQ(callback_->in.size(), static_cast<std::size_t>(kRate));
}

TEST_F(DemoDeviceTest, RefusesWhatIsNoRecording) {
  KeepingCallback callback(1, 1);
  DemoDevice absent(path("absent.wav"), std::make_unique<SilentDevice>());
  EXPECT_THROW(absent.open({}, callback), Failure);
  DemoDevice text(write("text.wav", "no sound"), std::make_unique<SilentDevice>());
  try {
    text.open({}, callback);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kInput);
  }
}

TEST_F(DemoDeviceTest, IsLostWhenTheRecordingIsGoneAndBackWithIt) {
  open(makeTone(1, 3000), kRate);
  std::filesystem::rename(path("sound.wav"), path("moved.wav"));
  SilentDevice* const silent = new SilentDevice;
  DemoDevice device(path("moved.wav"), std::unique_ptr<AudioDevice>(silent));
  device.open({}, *callback_);
  device.start();
  EXPECT_TRUE(device.isAlive());
  std::filesystem::rename(path("moved.wav"), path("sound.wav"));
  // It reads ahead only as sound is used up.
  for (int k = 0; k < 3000 && device.isAlive(); ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(device.isAlive());
  device.close();
  EXPECT_THROW(device.open({}, *callback_), Failure);
  std::filesystem::rename(path("sound.wav"), path("moved.wav"));
  device.open({}, *callback_);
  device.start();
  EXPECT_TRUE(device.isAlive());
  device.close();
}

TEST(SilentDevice, CallsInRealTimeWithSilence) {
  class Counter final : public AudioCallback {
   public:
    void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override {
      samples += block.samples;
      if (block.in == nullptr || block.out == nullptr || block.in[0] != 0.0F) ++wrong;
    }
    std::atomic<int> samples{0};
    std::atomic<int> wrong{0};
  } counter;
  SilentDevice device;
  AudioStreamRequest request;
  request.in_rate_hz = 8000;
  const AudioStreamFormat format = device.open(request, counter);
  EXPECT_EQ(format.in_rate_hz, 8000);
  EXPECT_EQ(format.out_rate_hz, 8000);
  const double begin_s = device.now();
  device.start();
  while (counter.samples < 4000) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_GE(device.now() - begin_s, 0.49);
  EXPECT_TRUE(device.isAlive());
  device.close();
  EXPECT_FALSE(device.isAlive());
  EXPECT_EQ(counter.wrong, 0);
}

TEST(NoOutputDevice, GivesAnOutputToEachInput) {
  AudioStreamFormat input;
  input.input = "by hand";
  input.in_rate_hz = 44100;
  input.in_channels = 2;
  auto hand = std::make_unique<HandDevice>(input);
  HandDevice* const by_hand = hand.get();
  KeepingCallback callback(2, 2);
  NoOutputDevice device(std::move(hand));
  const AudioStreamFormat format = device.open({}, callback);
  EXPECT_TRUE(by_hand->request().input_only);
  EXPECT_TRUE(format.one_clock);
  EXPECT_EQ(format.out_rate_hz, 44100);
  EXPECT_EQ(format.out_channels, 2);
  std::vector<float> in(2 * 2500);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(i);
  by_hand->callInput(in);
  EXPECT_EQ(callback.in, in);
  EXPECT_EQ(callback.out_values, 2 * 2500);
}

}  // namespace
}  // namespace hiss
