// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/playback.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <thread>

#include "tests/app/live/hand_cranked.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

constexpr int kRate = 16000;
constexpr int kSamples = 5 * kRate;
constexpr int kFade = kRate / 100;  // PlaybackMixer::kFadeSeconds

bool waitFor(const std::function<bool()>& condition) {
  constexpr std::chrono::seconds kPatience{60};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class PlaybackTest : public TemporaryFolderTest {
 protected:
  PlaybackTest() {
    // Each sample tells where it is from.
    before_.resize(1);
    after_.resize(1);
    for (int i = 0; i < kSamples; ++i) {
      before_[0].push_back(0.5F + static_cast<float>(i % 4096) / 16384.0F);
      after_[0].push_back(-before_[0].back() / 2.0F);
    }
    writeSound(path("before.wav"), before_, kRate);
    writeSound(path("after.wav"), after_, kRate);
  }

  void openAndPlay() {
    playback_.open({path("before.wav"), path("after.wav")});
    playback_.play();
    ASSERT_TRUE(waitFor([&] { return device_.isStarted(); }));
  }

  // Plays `n` samples, none of which may be missing.
  std::vector<float> hear(int n) {
    EXPECT_TRUE(waitFor([&] {
      return static_cast<int>(playback_.buffered()) >= n || !playback_.status().is_playing;
    }));
    return device_.turn(n);
  }

  // The sample of `sound` that comes first in `heard`; -1: it goes on otherwise than `sound`.
  static int placeOf(const std::vector<float>& heard, const std::vector<float>& sound, int guess) {
    for (std::size_t i = 0; i < heard.size(); ++i) {
      if (heard[i] != sound[static_cast<std::size_t>(guess) + i]) return -1;
    }
    return guess;
  }

  int position() const {
    return static_cast<int>(std::lround(playback_.status().position_s * kRate));
  }

  HandCranked device_;
  Sound before_;
  Sound after_;
  Playback playback_{device_.maker()};
};

TEST_F(PlaybackTest, PlaysTheRecordingAfterAFade) {
  openAndPlay();
  const std::vector<float> start = hear(kFade);
  EXPECT_LT(std::abs(start[0]), 0.01F);
  EXPECT_EQ(placeOf(hear(1000), before_[0], kFade), kFade);
  EXPECT_EQ(position(), kFade + 999);
  EXPECT_TRUE(playback_.status().is_playing);
  EXPECT_FALSE(playback_.status().is_silent);
  EXPECT_DOUBLE_EQ(playback_.status().seconds, 5.0);
}

TEST_F(PlaybackTest, SwitchesToTheSameMomentOfTheOtherWithoutAJump) {
  openAndPlay();
  hear(1000);
  playback_.setWeights({0.0F, 1.0F});
  const std::vector<float> fade = hear(kFade);
  float last = before_[0][999];
  for (const float x : fade) {
    EXPECT_LT(std::abs(x - last), 0.02F);  // from 0.75 to -0.375 in 160 steps
    last = x;
  }
  EXPECT_EQ(placeOf(hear(1000), after_[0], 1000 + kFade), 1000 + kFade);
  playback_.setWeights({1.0F, -1.0F});
  hear(2 * kFade);  // both weights turn, one of them by 2
  const std::vector<float> removed = hear(500);
  for (int i = 0; i < 500; ++i) {
    const auto at = static_cast<std::size_t>(2000 + 3 * kFade + i);
    EXPECT_EQ(removed[static_cast<std::size_t>(i)], before_[0][at] - after_[0][at]);
  }
}

TEST_F(PlaybackTest, PausesAndGoesOnWhereItWas) {
  openAndPlay();
  hear(1000);
  playback_.pause();
  const std::vector<float> fade = hear(kFade);
  EXPECT_LT(std::abs(fade.back()), 0.01F);
  for (const float x : device_.turn(300)) EXPECT_EQ(x, 0.0F);
  EXPECT_FALSE(playback_.status().is_playing);
  const int paused_at = position();
  EXPECT_LE(paused_at, 1000 + kFade);
  playback_.play();
  hear(kFade);
  const int next = position() + 1;
  EXPECT_EQ(placeOf(hear(500), before_[0], next), next);
  EXPECT_NEAR(next, paused_at + kFade, 2);
}

TEST_F(PlaybackTest, JumpsWhilePlaying) {
  openAndPlay();
  hear(1000);
  playback_.seek(3.0);
  EXPECT_EQ(position(), 3 * kRate);
  EXPECT_TRUE(waitFor([&] {
    device_.turn(kFade / 2);
    return position() > 3 * kRate + kFade;
  }));
  const int next = position() + 1;
  EXPECT_EQ(placeOf(hear(500), before_[0], next), next);
}

TEST_F(PlaybackTest, PlaysALoopAgainAndAgain) {
  openAndPlay();
  playback_.setLoop(PlaybackLoop{1.0, 1.5});
  bool was_late = false;
  int rounds = 0;
  EXPECT_TRUE(waitFor([&] {
    hear(100);
    const int at = position();
    EXPECT_LT(at, 3 * kRate / 2);
    if (was_late && at < 5 * kRate / 4) ++rounds;
    was_late = at >= 5 * kRate / 4;
    return rounds == 3;
  }));
  playback_.setLoop({});
  EXPECT_TRUE(waitFor([&] {
    hear(100);
    return position() > 2 * kRate;
  }));
}

TEST_F(PlaybackTest, StopsAtTheEndAndBeginsAnew) {
  openAndPlay();
  playback_.seek(4.9);
  EXPECT_TRUE(waitFor([&] {
    device_.turn(100);
    return !playback_.status().is_playing;
  }));
  EXPECT_EQ(position(), kSamples - 1);
  playback_.play();
  EXPECT_TRUE(playback_.status().is_playing);
  EXPECT_EQ(position(), 0);
  EXPECT_TRUE(waitFor([&] {
    device_.turn(10);
    return position() > kFade;
  }));
  EXPECT_LT(position(), kRate);
}

TEST_F(PlaybackTest, ADeviceOfAnotherRatePlaysAtTheSamePace) {
  device_.rate_hz = 2 * kRate;
  openAndPlay();
  for (int i = 0; i < 20; ++i) hear(1600);
  EXPECT_NEAR(position(), kRate, kRate / 100);
}

TEST_F(PlaybackTest, WithoutASoundDeviceItPlaysIntoNothing) {
  Playback playback([]() -> std::unique_ptr<AudioDevice> {
    throw Failure(FailureKind::kInput, "sound devices", "at least one", "none");
  });
  playback.open({path("before.wav"), path("after.wav")});
  playback.play();
  EXPECT_TRUE(waitFor([&] { return playback.status().position_s > 0.05; }));
  EXPECT_TRUE(playback.status().is_silent);
}

TEST_F(PlaybackTest, SaysWhyAFileDoesNotPlay) {
  write("broken.wav", "no sound");
  playback_.open({path("before.wav"), path("broken.wav")});
  EXPECT_TRUE(waitFor([&] { return playback_.status().failure.has_value(); }));
  playback_.play();
  EXPECT_FALSE(playback_.status().is_playing);
  playback_.open({path("before.wav"), path("after.wav")});
  EXPECT_TRUE(waitFor([&] { return playback_.status().is_open; }));
  EXPECT_FALSE(playback_.status().failure);
}

TEST_F(PlaybackTest, AMissingSampleIsSilenceAndCountedNotWaitedFor) {
  PlaybackMixer mixer;
  mixer.prepare(kRate, 2, 1000);
  mixer.setPlaying(true);
  std::vector<PlaybackFrame> frames(400);
  for (PlaybackFrame& frame : frames) frame.before = {1.0F, 1.0F};
  EXPECT_EQ(mixer.push(frames), 400U);
  std::vector<float> out(1000);
  AudioBlock block;
  block.out = out.data();
  block.samples = 500;
  mixer.onAudio(block);
  EXPECT_EQ(mixer.missing(), 100U);
  EXPECT_EQ(out[2 * 399], 1.0F);
  EXPECT_EQ(out[2 * 400], 0.0F);
}

}  // namespace
}  // namespace hiss
