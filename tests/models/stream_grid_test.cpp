// SPDX-License-Identifier: Apache-2.0
#include "models/stream_grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <tuple>
#include <vector>

#include "dsp/real_fft.h"
#include "dsp/window.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"

namespace hiss {
namespace {

DenoiserConfig windows(int n_fft, int hop, int synthesis_length) {
  DenoiserConfig config;
  config.n_fft = n_fft;
  config.hop = hop;
  config.synthesis_length = synthesis_length;
  return config;
}

TEST(StreamGrid, IsTheConfigsOwnAtItsRate) {
  for (const DenoiserConfig& config :
       {windows(512, 256, 512), windows(512, 192, 320), windows(512, 128, 512), smallConfig()}) {
    const StreamGrid grid = streamGrid(config, config.sample_rate);
    EXPECT_EQ(grid.sample_rate_hz, config.sample_rate);
    EXPECT_EQ(grid.stft.n_fft, config.n_fft);
    EXPECT_EQ(grid.stft.hop, config.hop);
    EXPECT_EQ(grid.stft.synthesis_length, config.synthesis_length);
    EXPECT_EQ(grid.latencySamples(), config.latencySamples());
    EXPECT_EQ(grid.core_bins, config.usedBins());
    EXPECT_EQ(grid.highBins(), 0);
    EXPECT_EQ(grid.scale, 1.0F);
  }
}

TEST(StreamGrid, LastsAsLongAtTheCommonRates) {
  struct Row {
    int rate = 0;
    StftConfig symmetric;   // of 512, 256, 512: 16 ms + 16 ms
    StftConfig overlapped;  // of 512, 192, 320: 12 ms + 8 ms
    int high_bins = 0;
  };
  const Row rows[] = {
      {8000, {256, 128, 256}, {256, 96, 160}, 0},
      {11025, {350, 176, 350}, {350, 132, 220}, 0},
      {16000, {512, 256, 512}, {512, 192, 320}, 0},
      {22050, {700, 353, 700}, {700, 265, 441}, 351 - 256},
      {24000, {768, 384, 768}, {768, 288, 480}, 385 - 256},
      {32000, {1024, 512, 1024}, {1024, 384, 640}, 513 - 256},
      {44100, {1400, 706, 1400}, {1400, 529, 882}, 701 - 256},
      {48000, {1536, 768, 1536}, {1536, 576, 960}, 769 - 256},
      {88200, {2800, 1411, 2800}, {2800, 1058, 1764}, 1401 - 256},
      {96000, {3072, 1536, 3072}, {3072, 1152, 1920}, 1537 - 256},
  };
  for (const Row& row : rows) {
    for (const auto& [config, expected] : {std::pair{windows(512, 256, 512), row.symmetric},
                                           std::pair{windows(512, 192, 320), row.overlapped}}) {
      const StreamGrid grid = streamGrid(config, row.rate);
      EXPECT_EQ(grid.stft.n_fft, expected.n_fft) << row.rate;
      EXPECT_EQ(grid.stft.hop, expected.hop) << row.rate;
      EXPECT_EQ(grid.stft.synthesis_length, expected.synthesis_length) << row.rate;
      EXPECT_EQ(grid.highBins(), row.high_bins) << row.rate;
      EXPECT_EQ(grid.core_bins, 256);
    }
  }
}

// Hops that divide no power of two: 12.5 ms and 15 ms, output after 20 ms.
TEST(StreamGrid, RoundsAHopToWholeSamples) {
  struct Row {
    int rate = 0;
    StftConfig hop_200;
    StftConfig hop_240;
  };
  const Row rows[] = {
      {8000, {256, 100, 160}, {256, 120, 160}},    {11025, {350, 138, 221}, {350, 165, 220}},
      {16000, {512, 200, 320}, {512, 240, 320}},   {44100, {1400, 551, 882}, {1400, 662, 883}},
      {48000, {1536, 600, 960}, {1536, 720, 960}}, {96000, {3072, 1200, 1920}, {3072, 1440, 1920}},
  };
  for (const Row& row : rows) {
    for (const auto& [config, expected] :
         {std::pair{windows(512, 200, 320), row.hop_200}, {windows(512, 240, 320), row.hop_240}}) {
      const StreamGrid grid = streamGrid(config, row.rate);
      EXPECT_EQ(grid.stft.n_fft, expected.n_fft) << row.rate;
      EXPECT_EQ(grid.stft.hop, expected.hop) << row.rate;
      EXPECT_EQ(grid.stft.synthesis_length, expected.synthesis_length) << row.rate;
    }
  }
}

// A sine in the middle of bin 32 is as high there as at the network's own rate.
TEST(StreamGrid, KeepsTheMagnitudeOfASine) {
  const DenoiserConfig config = windows(512, 192, 320);
  for (const int rate : {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000}) {
    const StreamGrid grid = streamGrid(config, rate);
    StftAnalyzer analyzer;
    analyzer.prepare(grid.stft, grid.scale);
    const auto hop = static_cast<std::size_t>(grid.stft.hop);
    const std::vector<float> x = sine(rate, 32.0 * rate / grid.stft.n_fft, 12 * hop, 1.0F);
    std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(grid.bins()));
    for (std::size_t i = 0; i < x.size(); i += hop) analyzer.analyze(x.data() + i, spectrum.data());
    const std::vector<float> window = makeWindowPair(512, 192, 320).analysis;
    float sum = 0.0F;
    for (const float w : window) sum += w;
    EXPECT_NEAR(std::abs(spectrum[32]), 0.5F * sum, 2e-3F * sum) << rate;
  }
}

// Whatever the rate and the windows, there is a transform and a pair of windows that reconstructs.
TEST(StreamGrid, FitsEveryRate) {
  std::vector<DenoiserConfig> configs = {windows(512, 256, 512), windows(512, 192, 320),
                                         windows(512, 160, 320), windows(512, 200, 320),
                                         windows(512, 240, 320), windows(512, 128, 512),
                                         windows(480, 160, 480), smallConfig()};
  DenoiserConfig slow = windows(8192, 4, 8192);  // 2048 hops overlap
  slow.sample_rate = 384000;
  configs.push_back(slow);
  DenoiserConfig fast = windows(16, 8, 16);
  fast.sample_rate = 384000;
  configs.push_back(fast);
  for (const DenoiserConfig& config : configs) {
    for (int rate = 4000; rate <= 384000; rate += rate < 50000 ? 211 : 9973) {
      const StreamGrid grid = streamGrid(config, rate);
      const StftConfig& stft = grid.stft;
      ASSERT_TRUE(hasWindowPair(stft.n_fft, stft.hop, stft.synthesis_length))
          << rate << ": " << stft.n_fft << ", " << stft.hop << ", " << stft.synthesis_length;
      ASSERT_NO_THROW(RealFft{stft.n_fft}) << stft.n_fft;
      const double ratio = static_cast<double>(rate) / config.sample_rate;
      if (config.hop < 8) continue;  // whole samples are too coarse for more
      if (ratio * config.hop >= 1.0) {
        EXPECT_LE(stft.synthesis_length, ratio * config.synthesis_length + 2.0 + 0.02 * stft.hop)
            << rate;
      }
      if (ratio * config.n_fft > 100.0) {
        EXPECT_NEAR(stft.n_fft, ratio * config.n_fft, 0.04 * ratio * config.n_fft) << rate;
      }
    }
  }
}

}  // namespace
}  // namespace hiss
