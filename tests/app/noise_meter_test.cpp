// SPDX-License-Identifier: Apache-2.0
#include "app/engine/noise_meter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hiss {
namespace {

// Feeds `samples` of one channel, the output scaled and some blocks behind.
NoiseFigures measure(const std::vector<float>& samples, float gain, int block, int lag_blocks) {
  NoiseMeter meter(1000, 1);
  std::vector<float> output;
  for (const float x : samples) output.push_back(gain * x);
  const int n = static_cast<int>(samples.size());
  for (int begin = 0; begin < n + lag_blocks * block; begin += block) {
    const float* const in = samples.data() + begin;
    if (begin < n) meter.addInput(&in, std::min(block, n - begin));
    const int late = begin - lag_blocks * block;
    const float* const out = output.data() + late;
    if (late >= 0) meter.addOutput(&out, std::min(block, n - late));
  }
  return meter.figures();
}

std::vector<float> loudWithPause() {
  std::vector<float> samples(800, 0.5F);
  samples.insert(samples.end(), 400, 0.01F);
  samples.insert(samples.end(), 800, 0.5F);
  return samples;
}

TEST(NoiseMeterTest, FindsThePause) {
  const NoiseFigures figures = measure(loudWithPause(), 0.5F, 100, 0);
  EXPECT_NEAR(figures.pause_input_dbfs, -40.0, 1e-5);
  EXPECT_NEAR(figures.pause_output_dbfs, -46.0206, 1e-4);
  EXPECT_NEAR(figures.removed_in_pauses_db, 6.0206, 1e-4);
  EXPECT_NEAR(figures.removed_overall_db, 6.0206, 1e-4);
}

TEST(NoiseMeterTest, SnrAndWhatSpeechLost) {
  const NoiseFigures figures = measure(loudWithPause(), 0.5F, 100, 0);
  EXPECT_NEAR(figures.removed_in_speech_db, 6.0206, 1e-4);
  // (0.25 - 0.0001) / 0.0001
  EXPECT_NEAR(figures.input_snr_db, 33.9777, 1e-3);
  EXPECT_NEAR(figures.output_snr_db, figures.input_snr_db, 1e-4);
  const NoiseFigures flat = measure(std::vector<float>(2000, 0.5F), 0.5F, 100, 0);
  EXPECT_TRUE(std::isnan(flat.input_snr_db));  // nothing is louder than the rest
  EXPECT_NEAR(flat.removed_in_speech_db, 6.0206, 1e-4);
}

TEST(NoiseMeterTest, BlocksAndLagDoNotMatter) {
  const NoiseFigures expected = measure(loudWithPause(), 0.3F, 100, 0);
  for (const int block : {1, 7, 20, 333}) {
    for (const int lag : {0, 2}) {
      const NoiseFigures figures = measure(loudWithPause(), 0.3F, block, lag);
      EXPECT_DOUBLE_EQ(figures.pause_output_dbfs, expected.pause_output_dbfs);
      EXPECT_DOUBLE_EQ(figures.removed_in_pauses_db, expected.removed_in_pauses_db);
    }
  }
}

TEST(NoiseMeterTest, DigitalSilenceIsNoPause) {
  std::vector<float> samples(1000, 0.0F);
  EXPECT_TRUE(std::isnan(measure(samples, 1.0F, 100, 0).removed_in_pauses_db));
  samples.insert(samples.end(), 200, 0.1F);
  EXPECT_NEAR(measure(samples, 1.0F, 100, 0).pause_input_dbfs, -20.0, 1e-4);
}

}  // namespace
}  // namespace hiss
