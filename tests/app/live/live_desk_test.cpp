// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/live_desk.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "app/engine/live/silent_device.h"
#include "tests/app/live/breakable_device.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

constexpr const char* kModel = HISS_TEST_GOLDEN "/denoiser_symmetric.safetensors";
constexpr const char* kOtherModel = HISS_TEST_GOLDEN "/denoiser_asymmetric.safetensors";
constexpr int kRate = BreakableDevice::kRate;

using Clock = std::chrono::steady_clock;
using State = LiveDeskStatus::State;
using Kind = LiveEvent::Kind;

// However slow the machine is; what waits ends as soon as it can.
bool waitFor(const std::function<bool()>& done, double seconds = 60.0) {
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  while (!done()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class LiveDeskTest : public TemporaryFolderTest {
 protected:
  LiveDeskTest() { makeDesk(); }

  void makeDesk() {
    desk_ = std::make_unique<LiveDesk>(ModelRegistry(std::vector<std::filesystem::path>()), [this] {
      lists_.fetch_add(1);
      return std::vector<AudioDeviceInfo>(static_cast<std::size_t>(devices_.load()));
    });
  }
  void start(const std::string& model = kModel) {
    LiveOrder order;
    order.model = model;
    order.make_device = [fate = fate_] { return std::make_unique<BreakableDevice>(fate); };
    desk_->start(order);
  }
  const LiveDeskStatus& status() {
    desk_->latestStatus(status_);
    return status_;
  }
  bool waitForState(State state) {
    return waitFor([&] { return status().state == state; });
  }
  // Passes over other events.
  LiveEvent waitForEvent(Kind kind) {
    LiveEvent event;
    const bool came = waitFor([&] {
      while (desk_->nextEvent(event)) {
        if (event.kind == kind) return true;
      }
      return false;
    });
    EXPECT_TRUE(came) << static_cast<int>(kind);
    return event;
  }
  // At least so many samples from now on, a row each of noisy and clean.
  Sound takeSound(std::size_t samples) {
    Sound sound(2);
    std::vector<float> pairs(4096);
    EXPECT_TRUE(waitFor([&] {
      const auto feed = desk_->feed();
      while (const std::size_t n = feed ? feed->pop(pairs) : 0) {
        for (std::size_t i = 0; i < n; ++i) sound[i % 2].push_back(pairs[i]);
      }
      return sound[0].size() >= samples;
    }));
    EXPECT_EQ(desk_->feed()->lost(), 0U);
    return sound;
  }

  std::shared_ptr<DeviceFate> fate_ = std::make_shared<DeviceFate>();
  std::atomic<int> devices_{1};
  std::atomic<int> lists_{0};
  LiveDeskStatus status_;
  std::unique_ptr<LiveDesk> desk_;
};

TEST_F(LiveDeskTest, StartsAndStops) {
  EXPECT_FALSE(desk_->feed());
  start();
  ASSERT_TRUE(waitForState(State::kRunning));
  EXPECT_EQ(status().model, kModel);
  EXPECT_EQ(status().format.input, "test microphone");
  EXPECT_TRUE(desk_->denoiser());
  ASSERT_TRUE(waitFor([&] { return status().stats.in.rms_db > -40.0F; }));
  EXPECT_GT(takeSound(kRate / 4)[0].size(), 0U);
  desk_->stop();
  ASSERT_TRUE(waitForState(State::kStopped));
  EXPECT_FALSE(desk_->denoiser());
}

TEST_F(LiveDeskTest, HeardIsWhatTheDenoiserMakesOfWhatCameIn) {
  start();
  const Sound sound = takeSound(kRate);
  Denoiser denoiser(DenoiserModel::load(kModel));
  denoiser.prepare({kRate, 1, LiveWorker::kMostBlock});
  std::vector<float> heard = sound[0];
  for (std::size_t at = 0; at < heard.size(); at += LiveWorker::kMostBlock) {
    float* const row = heard.data() + at;
    denoiser.process(
        &row, &row,
        static_cast<int>(std::min<std::size_t>(LiveWorker::kMostBlock, heard.size() - at)));
  }
  for (std::size_t i = 0; i < heard.size(); ++i) ASSERT_EQ(sound[1][i], heard[i]) << i;
}

TEST_F(LiveDeskTest, BypassIsTheInputDelayedAndRemovedIsTheRest) {
  LiveDeskControls controls;
  controls.bypass = true;
  desk_->setControls(controls);
  start();
  Sound sound = takeSound(kRate / 2);
  const auto latency = static_cast<std::size_t>(desk_->feed()->latencySamples());
  ASSERT_GT(latency, 0U);
  for (std::size_t i = latency; i < sound[1].size(); ++i) {
    ASSERT_EQ(sound[1][i], sound[0][i - latency]) << i;
  }
  // With nothing taken out nothing is removed.
  controls = {.mix = 0.0F, .removed = true};
  desk_->setControls(controls);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  takeSound(kRate / 2);
  sound = takeSound(kRate / 4);
  for (const float sample : sound[1]) ASSERT_EQ(sample, 0.0F);
}

TEST_F(LiveDeskTest, ALostDeviceIsToldWaitedForAndTakenBack) {
  start();
  ASSERT_TRUE(waitForState(State::kRunning));
  takeSound(100);
  fate_->gone = true;
  EXPECT_NE(waitForEvent(Kind::kDeviceLost).text.find("test microphone"), std::string::npos);
  ASSERT_TRUE(waitForState(State::kWaiting));
  fate_->gone = false;
  waitForEvent(Kind::kDeviceBack);
  ASSERT_TRUE(waitForState(State::kRunning));
  EXPECT_TRUE(waitFor([&] { return status().reconnections == 1; }));
  EXPECT_GT(desk_->feed()->begin(), 0U);
  takeSound(100);
}

TEST_F(LiveDeskTest, ABrokenModelLeavesWhatRuns) {
  start(write("broken.safetensors", "no model"));
  EXPECT_EQ(waitForEvent(Kind::kModelRefused).failure, FailureKind::kModel);
  ASSERT_TRUE(waitForState(State::kStopped));
  start();
  ASSERT_TRUE(waitForState(State::kRunning));
  start("no-such-model");
  waitForEvent(Kind::kModelRefused);
  EXPECT_EQ(status().state, State::kRunning);
  EXPECT_EQ(status().model, kModel);
  start(kOtherModel);
  EXPECT_TRUE(waitFor([&] { return status().model == kOtherModel; }));
  EXPECT_EQ(fate_->opens, 2);
}

TEST_F(LiveDeskTest, ADeviceThatCannotBeOpenedIsTold) {
  fate_->gone = true;
  start();
  const LiveEvent event = waitForEvent(Kind::kDeviceRefused);
  EXPECT_EQ(event.failure, FailureKind::kInput);
  EXPECT_TRUE(waitForState(State::kStopped));
}

TEST_F(LiveDeskTest, RecordsBothSidesFromTheSameSampleOn) {
  LiveDeskControls controls;
  controls.bypass = true;
  desk_->setControls(controls);
  start();
  takeSound(kRate / 4);
  desk_->record(path("in.wav"), path("out.flac"));
  ASSERT_TRUE(waitFor([&] { return status().recording && status().recorded_s > 0.5; }));
  desk_->stopRecording();
  EXPECT_EQ(waitForEvent(Kind::kRecordingSaved).text, path("in.wav").string());
  EXPECT_EQ(waitForEvent(Kind::kRecordingSaved).text, path("out.flac").string());
  EXPECT_EQ(files(), (std::vector<std::string>{"in.wav", "out.flac"}));
  const Sound in = readSound(path("in.wav"));
  const Sound out = readSound(path("out.flac"));
  ASSERT_EQ(in[0].size(), out[0].size());
  ASSERT_GT(in[0].size(), 1000U);
  const auto latency = static_cast<std::size_t>(desk_->feed()->latencySamples());
  for (std::size_t i = latency; i < in[0].size(); ++i) {
    ASSERT_NEAR(out[0][i], in[0][i - latency], 1e-4F) << i;
  }
  EXPECT_TRUE(waitFor([&] { return !status().recording; }));
}

TEST_F(LiveDeskTest, ARecordingGoesOnWithAnotherModelAndIsCompleteAtTheEnd) {
  start();
  takeSound(100);
  desk_->record({}, path("out.wav"));
  ASSERT_TRUE(waitFor([&] { return status().recorded_s > 0.3; }));
  start(kOtherModel);
  ASSERT_TRUE(waitFor([&] { return status().model == kOtherModel; }));
  EXPECT_TRUE(status().recording);
  ASSERT_TRUE(waitFor([&] { return status().recorded_s > 0.8; }));
  desk_.reset();
  EXPECT_EQ(files(), std::vector<std::string>{"out.wav"});
  // All the time is there, the gap too, but for what was still under way.
  EXPECT_GT(static_cast<double>(readSound(path("out.wav"))[0].size()), 0.3 * kRate);
}

TEST_F(LiveDeskTest, ARecordingThatCannotBeMadeIsTold) {
  write("file", "in the way");
  start();
  takeSound(100);
  desk_->record({}, path("file") / "out.wav");
  EXPECT_EQ(waitForEvent(Kind::kRecordingRefused).failure, FailureKind::kOutput);
  desk_->record(path("same.wav"), path("same.wav"));
  waitForEvent(Kind::kRecordingRefused);
  EXPECT_FALSE(status().recording);
  takeSound(100);
}

TEST_F(LiveDeskTest, AFullDiskEndsTheRecordingAndKeepsWhatFits) {
  start();
  takeSound(100);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit little = before;
  little.rlim_cur = 60000;
  ::setrlimit(RLIMIT_FSIZE, &little);
  desk_->record({}, path("out.wav"));
  const LiveEvent event = waitForEvent(Kind::kRecordingFailed);
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(event.failure, FailureKind::kOutput);
  waitForEvent(Kind::kRecordingSaved);
  EXPECT_GT(readSound(path("out.wav"))[0].size(), 10000U);
  EXPECT_TRUE(waitFor([&] { return !status().recording; }));
  takeSound(100);
}

TEST_F(LiveDeskTest, ADeviceThatHangsHoldsNobodyUp) {
  fate_->hangs = true;
  start();
  ASSERT_TRUE(waitFor([&] { return fate_->opens == 1; }));
  desk_->stop();
  EXPECT_EQ(status().state, State::kStarting);
  // It would hang for good: that this comes to an end is the test.
  desk_.reset();
  fate_->hangs = false;
  EXPECT_TRUE(waitFor([&] { return fate_.use_count() == 1; }));
}

TEST_F(LiveDeskTest, ListsDevicesAgainWhileNoneRuns) {
  LiveOffer offer;
  ASSERT_TRUE(waitFor([&] { return desk_->latestOffer(offer) && offer.models_known; }));
  EXPECT_EQ(offer.devices.size(), 1U);
  devices_ = 3;
  ASSERT_TRUE(waitFor([&] {
    desk_->latestOffer(offer);
    return offer.devices.size() == 3;
  }));
  start();
  ASSERT_TRUE(waitForState(State::kRunning));
  const int lists = lists_;
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  EXPECT_EQ(lists_, lists);
}

}  // namespace
}  // namespace hiss
