// SPDX-License-Identifier: Apache-2.0
//
// The parts of the live path: clock lines, the resampler between two clocks, splices.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "app/engine/live/clock_line.h"
#include "app/engine/live/drift_resampler.h"
#include "app/engine/live/live_worker.h"
#include "app/engine/live/stream_splice.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

TEST(ClockLineTest, LearnsADriftThroughJitter) {
  constexpr double kRate = 48000.0 * (1.0 + 300e-6);
  ClockLine line;
  line.start(48000.0);
  std::minstd_rand random(1);
  std::uniform_real_distribution<double> late(0.0, 0.004);
  double samples = 0.0;
  double time_s = 0.0;
  while (time_s < 120.0) {
    samples += 128.0;
    time_s = samples / kRate;
    line.mark(time_s + late(random), samples);
  }
  EXPECT_NEAR(line.ppm(), 300.0, 5.0);
  // The line lies in the middle of the jitter.
  EXPECT_NEAR(line.samplesAt(time_s + 0.002), samples, 0.0003 * 48000.0);
}

TEST(ClockLineTest, FollowsAStallAtOnceAndKeepsTheDrift) {
  ClockLine line;
  line.start(48000.0);
  double samples = 0.0;
  for (int k = 1; k <= 20000; ++k) {
    samples += 128.0;
    line.mark(samples / 48000.0, samples);
  }
  const double gap_s = 0.3;
  for (int k = 1; k <= 800; ++k) {
    samples += 128.0;
    const double time_s = samples / 48000.0 + gap_s;
    line.mark(time_s, samples);
    EXPECT_NEAR(line.samplesAt(time_s), samples, 1.0) << k;
  }
  EXPECT_NEAR(line.ppm(), 0.0, 1.0);
  EXPECT_LT(line.age(), 2.2);
}

TEST(ClockLineTest, BurstsEndOnTheOldLine) {
  ClockLine line;
  line.start(48000.0);
  double samples = 0.0;
  for (int k = 1; k <= 10000; ++k) {
    samples += 128.0;
    const double time_s = samples / 48000.0;
    // Between 10 s and 10.3 s nothing comes; what was due comes at 10.3 s.
    line.mark(time_s > 10.0 && time_s < 10.3 ? 10.3 : time_s, samples);
    if (time_s > 10.8) {
      ASSERT_NEAR(line.samplesAt(time_s), samples, 10.0) << time_s;
    }
  }
  EXPECT_NEAR(line.ppm(), 0.0, 20.0);
}

// What a server that has filled its buffer anew looks like: from one call to the next everything
// comes later or earlier for good.
TEST(ClockLineTest, AStepOfTheCallsIsNoDrift) {
  for (const double step_s : {0.015, -0.012, 0.005}) {
    ClockLine line;
    line.start(48000.0);
    std::minstd_rand random(1);
    std::uniform_real_distribution<double> late(0.0, 0.001);
    double samples = 0.0;
    double most_ppm = 0.0;
    for (int k = 0; k < 20000; ++k) {
      samples += 128.0;
      const double due_s = samples / 48000.0;
      const double time_s = due_s + late(random) + (due_s > 8.0 ? step_s : 0.0);
      line.mark(time_s, samples);
      if (due_s > 5.0) most_ppm = std::max(most_ppm, std::abs(line.ppm()));
      if (due_s > 1.0 && (due_s < 8.0 || due_s > 9.0)) {
        ASSERT_NEAR(line.samplesAt(time_s), samples, 0.001 * 48000.0) << step_s << " " << due_s;
      }
    }
    EXPECT_LT(most_ppm, 60.0) << step_s;
  }
}

// A device that plays gaps of its own all the time, and tells so.
TEST(ClockLineTest, ToldGapsAreNoDrift) {
  ClockLine line;
  line.start(48000.0);
  std::minstd_rand random(1);
  std::uniform_real_distribution<double> late(0.0, 0.006);
  double samples = 0.0;
  double gaps_s = 0.0;
  double next_s = 3.0;
  double most_ppm = 0.0;
  double worst_s = 0.0;
  for (int k = 0; k < 20000; ++k) {
    samples += 128.0;
    const double due_s = samples / 48000.0;
    if (due_s > next_s) {
      gaps_s += 0.004;
      next_s += 1.5;
      line.loosen();
    }
    const double time_s = due_s + gaps_s + late(random);
    line.mark(time_s, samples);
    if (due_s < 5.0) continue;
    most_ppm = std::max(most_ppm, std::abs(line.ppm()));
    const double since_s = due_s - (next_s - 1.5);
    const double off_s = line.samplesAt(due_s + gaps_s + 0.003) / 48000.0 - due_s;
    if (since_s > 0.5) worst_s = std::max(worst_s, std::abs(off_s));
  }
  EXPECT_LT(most_ppm, 300.0);  // 2,700 if they were taken for drift
  EXPECT_LT(worst_s, 0.002);
}

TEST(ClockLineTest, AClockThatJumpsMovesTheLine) {
  for (const double jump_s : {3600.0, -0.5}) {
    ClockLine line;
    line.start(48000.0);
    double samples = 0.0;
    for (int k = 0; k < 8000; ++k) {
      samples += 128.0;
      const double time_s = 100.0 + samples / 48000.0 + (k > 4000 ? jump_s : 0.0);
      line.mark(time_s, samples);
      ASSERT_NEAR(line.samplesAt(time_s), samples, 5.0) << jump_s << " " << k;
    }
    EXPECT_NEAR(line.ppm(), 0.0, 1.0) << jump_s;
  }
}

// Amplitude of the error of a sine that was resampled with `ratio_of(block)`, after the start.
TEST(DriftResamplerTest, ChangingRatioLeavesASineClean) {
  DriftResampler resampler;
  resampler.prepare(1, 1.0);
  constexpr int kBlock = 128;
  constexpr double kOmega = 2.0 * std::numbers::pi * 1000.0 / 48000.0;
  std::vector<float> in(kBlock);
  std::vector<float> out(kBlock + 32);
  std::vector<double> made;
  double phase = 0.0;
  for (int k = 0; k < 2000; ++k) {
    for (float& x : in) {
      x = static_cast<float>(std::sin(phase));
      phase += kOmega;
    }
    const double ratio = 1.0 + 0.001 * std::sin(0.01 * k);
    const int n = resampler.process(in.data(), kBlock, ratio, out.data(), kBlock + 32);
    made.insert(made.end(), out.begin(), out.begin() + n);
  }
  EXPECT_NEAR(static_cast<double>(made.size()), 2000.0 * kBlock, 300.0);
  // A sine satisfies y[n-1] + y[n+1] = 2 cos(w) y[n]; w moves by at most 0.1 %.
  double worst = 0.0;
  for (std::size_t i = 1000; i + 1 < made.size(); ++i) {
    worst = std::max(worst, std::abs(made[i - 1] + made[i + 1] - 2.0 * std::cos(kOmega) * made[i]));
  }
  EXPECT_LT(worst, 2.0 * kOmega * kOmega * 0.0015);
}

TEST(DriftResamplerTest, SaysItsDelay) {
  for (const double ratio : {1.0, 48000.0 / 44100.0, 16000.0 / 48000.0}) {
    DriftResampler resampler;
    resampler.prepare(2, ratio);
    std::vector<float> in(2 * 256);
    std::vector<float> out(2 * 1024);
    double taken = 0.0;
    double made = 0.0;
    for (int k = 0; k < 100; ++k) {
      made += resampler.process(in.data(), 256, ratio, out.data(), 1024);
      taken += 256.0;
    }
    EXPECT_NEAR(taken - made / ratio, resampler.delaySamples(), 1.0 + 1.0 / ratio) << ratio;
    EXPECT_GT(resampler.delaySamples(), 10.0);
    EXPECT_LT(resampler.delaySamples(), 100.0 / std::min(ratio, 1.0));
  }
}

TEST(DriftResamplerTest, AllocatesNothingOnceSetUp) {
  DriftResampler resampler;
  resampler.prepare(2, 1.0);
  std::vector<float> in(2 * 256, 0.1F);
  std::vector<float> out(2 * 300);
  AllocationGuard guard;
  for (int k = 0; k < 200; ++k) {
    resampler.process(in.data(), 256, 1.0 + 1e-5 * k, out.data(), 300);
  }
  resampler.reset();
  EXPECT_EQ(guard.stop(), 0U);
}

std::vector<float> spliced(StreamSplice& splice, const std::vector<float>& in, int block) {
  std::vector<float> out;
  std::vector<float> piece(static_cast<std::size_t>(block) + 2000);
  for (std::size_t at = 0; at < in.size(); at += block) {
    const int n = std::min<int>(block, static_cast<int>(in.size() - at));
    const int made = splice.process(in.data() + at, n, piece.data());
    out.insert(out.end(), piece.begin(), piece.begin() + made);
  }
  return out;
}

TEST(StreamSpliceTest, LeavesOutExactlyWhatItIsToldWithoutAStep) {
  std::vector<float> in;
  for (int i = 0; i < 20000; ++i) in.push_back(std::sin(0.01F * static_cast<float>(i)));
  for (const int block : {1, 64, 256}) {
    StreamSplice splice;
    splice.prepare(1, 240);
    splice.drop(5000);
    const std::vector<float> out = spliced(splice, in, block);
    ASSERT_EQ(out.size(), in.size() - 5000);
    EXPECT_FALSE(splice.isBusy());
    for (std::size_t i = 240; i < out.size(); ++i) ASSERT_EQ(out[i], in[i + 5000]);
    for (std::size_t i = 1; i < out.size(); ++i) ASSERT_LT(std::abs(out[i] - out[i - 1]), 0.03F);
  }
}

TEST(TimeHistogramTest, QuantilesAreWithinAClass) {
  TimeHistogram times;
  EXPECT_EQ(times.quantile(0.5), 0.0);
  for (int i = 1; i <= 1000; ++i) times.add(1e-6 * i);
  EXPECT_NEAR(times.quantile(0.5), 500e-6, 25e-6);
  EXPECT_NEAR(times.quantile(0.99), 990e-6, 45e-6);
  EXPECT_EQ(times.max(), 1e-3);
}

TEST(SlidingPeakTest, ForgetsAfterTwoWindows) {
  SlidingPeak peak;
  peak.start(60.0, false);
  peak.add(0.0, 3.0);
  peak.add(59.0, 1.0);
  EXPECT_EQ(peak.value(), 3.0);
  peak.add(61.0, 1.0);
  EXPECT_EQ(peak.value(), 3.0);
  peak.add(122.0, 1.0);
  EXPECT_EQ(peak.value(), 1.0);
}

TEST(SlidingPeakTest, PassesOverWhatHappensOnceOnly) {
  SlidingPeak peak;
  peak.start(20.0, true);
  peak.add(0.5, 2.0);
  EXPECT_EQ(peak.value(), 2.0);  // too early to judge
  double time_s = 1.0;
  const auto quiet = [&](double until_s) {
    for (; time_s < until_s; time_s += 0.1) peak.add(time_s, 1.0);
  };
  quiet(50.0);
  EXPECT_EQ(peak.value(), 1.0);
  for (int k = 0; k < 20; ++k) peak.add(time_s + 0.001 * k, 9.0);
  quiet(55.0);
  EXPECT_EQ(peak.value(), 1.0);
  peak.add(time_s, 8.0);
  EXPECT_EQ(peak.value(), 8.0);
  quiet(100.0);
  EXPECT_EQ(peak.value(), 1.0);
}

}  // namespace
}  // namespace hiss
