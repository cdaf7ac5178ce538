// SPDX-License-Identifier: Apache-2.0
// Channels with one mask for all, and channels on their own.
#include "models/channel_link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"

namespace hiss {
namespace {

using Complex = std::complex<float>;

std::shared_ptr<const DenoiserModel> smallModel() {
  static const auto kModel = DenoiserModel::parse(randomModel(smallConfig()).bytes(), "small");
  return kModel;
}
std::shared_ptr<const DenoiserModel> fullModel() {
  static const auto kModel = DenoiserModel::parse(randomModel().bytes(), "full");
  return kModel;
}

// Feeds channels of one length through a denoiser, 333 samples at a time.
std::vector<std::vector<float>> run(Denoiser& denoiser, std::vector<std::vector<float>> channels) {
  const std::size_t length = channels.front().size();
  for (std::size_t i = 0; i < length; i += 333) {
    std::vector<float*> block;
    block.reserve(channels.size());
    for (auto& channel : channels) block.push_back(channel.data() + i);
    denoiser.process(block.data(), block.data(),
                     static_cast<int>(std::min<std::size_t>(333, length - i)));
  }
  return channels;
}

std::vector<std::vector<float>> denoised(const std::shared_ptr<const DenoiserModel>& model,
                                         int rate, ChannelLink link,
                                         const std::vector<std::vector<float>>& channels) {
  Denoiser denoiser(model);
  denoiser.setLinkChannels(link);
  denoiser.prepare({rate, static_cast<int>(channels.size()), 333});
  return run(denoiser, channels);
}

TEST(ChannelLink, TakesTheMeanWeightedWithPower) {
  const std::array<Complex, 4> left = {{{1.0F, 0.0F}, {0.0F, 2.0F}, {0.0F, 0.0F}, {3.0F, 4.0F}}};
  const std::array<Complex, 4> right = {{{0.0F, 1.0F}, {1.0F, 0.0F}, {0.0F, 0.0F}, {0.0F, 0.0F}}};
  std::array<Complex, 4> a = {{{1.0F, 0.0F}, {1.0F, 1.0F}, {0.2F, 0.0F}, {0.7F, -0.3F}}};
  std::array<Complex, 4> b = {{{0.0F, 0.0F}, {0.0F, 0.0F}, {0.4F, 0.0F}, {9.0F, 9.0F}}};
  const std::array<const Complex*, 2> spectra = {left.data(), right.data()};
  const std::array<Complex*, 2> masks = {a.data(), b.data()};
  linkByPower(spectra.data(), masks.data(), 2, 4);
  EXPECT_EQ(a, b);
  EXPECT_EQ(a[0], Complex(0.5F, 0.0F));
  EXPECT_NEAR(std::abs(a[1] - Complex(0.8F, 0.8F)), 0.0F, 1e-6F);
  EXPECT_NEAR(std::abs(a[2] - Complex(0.3F, 0.0F)), 0.0F, 1e-6F) << "the plain mean of silence";
  EXPECT_EQ(a[3], Complex(0.7F, -0.3F));

  std::array<float, 1> low = {0.25F};
  std::array<float, 1> high = {0.75F};
  const std::array<float*, 2> gains = {low.data(), high.data()};
  linkByPower(spectra.data() + 0, gains.data(), 2, 1);
  EXPECT_EQ(low[0], 0.5F);
  EXPECT_EQ(high[0], 0.5F);
}

TEST(ChannelLink, MonoInBothChannelsGivesTheMonoOutputInBoth) {
  for (const int rate : {16000, 44100, 48000}) {
    const std::vector<float> mono = noisySignal(rate, 20000);
    const auto alone = denoised(fullModel(), rate, ChannelLink::kAuto, {mono});
    const auto both = denoised(fullModel(), rate, ChannelLink::kLinked, {mono, mono});
    EXPECT_TRUE(sameBits(both[0], alone[0])) << rate;
    EXPECT_TRUE(sameBits(both[1], alone[0])) << rate;
  }
}

TEST(ChannelLink, IndependentChannelsGetWhatEachGetsAlone) {
  for (const int rate : {16000, 48000}) {
    const std::vector<std::vector<float>> stereo = {noisySignal(rate, 20000, 1),
                                                    noisySignal(rate, 20000, 2)};
    const auto together = denoised(smallModel(), rate, ChannelLink::kIndependent, stereo);
    for (std::size_t c = 0; c < 2; ++c) {
      const auto alone = denoised(smallModel(), rate, ChannelLink::kAuto, {stereo[c]});
      EXPECT_TRUE(sameBits(together[c], alone[0])) << rate << ", " << c;
    }
  }
}

TEST(ChannelLink, AutoLinksTwoChannelsAndNoOthers) {
  std::vector<std::vector<float>> channels;
  for (std::uint32_t c = 0; c < 3; ++c) channels.push_back(noisySignal(48000, 20000, c + 1));
  const auto differ = [&](ChannelLink a, ChannelLink b, std::size_t count) {
    const std::vector<std::vector<float>> some(
        channels.begin(), channels.begin() + static_cast<std::ptrdiff_t>(count));
    return !sameBits(denoised(smallModel(), 48000, a, some)[0],
                     denoised(smallModel(), 48000, b, some)[0]);
  };
  EXPECT_TRUE(differ(ChannelLink::kLinked, ChannelLink::kIndependent, 2));
  EXPECT_FALSE(differ(ChannelLink::kAuto, ChannelLink::kLinked, 2));
  EXPECT_TRUE(differ(ChannelLink::kLinked, ChannelLink::kIndependent, 3));
  EXPECT_FALSE(differ(ChannelLink::kAuto, ChannelLink::kIndependent, 3));
  EXPECT_FALSE(differ(ChannelLink::kLinked, ChannelLink::kIndependent, 1));
}

TEST(ChannelLink, CanBeSwitchedWhileTheStreamRuns) {
  const std::vector<std::vector<float>> stereo = {noisySignal(16000, 20000, 1),
                                                  noisySignal(16000, 20000, 2)};
  Denoiser denoiser(smallModel());
  denoiser.setLinkChannels(ChannelLink::kIndependent);
  denoiser.prepare({16000, 2, 333});
  (void)run(denoiser, stereo);
  denoiser.setLinkChannels(ChannelLink::kLinked);
  const auto after = run(denoiser, stereo);
  denoiser.reset();
  (void)run(denoiser, stereo);
  const auto expected = run(denoiser, stereo);
  // What was under way at the switch was made with the masks of before.
  for (std::size_t i = 200; i < stereo[1].size(); ++i) ASSERT_EQ(after[1][i], expected[1][i]) << i;
  EXPECT_FALSE(sameBits(after[1], expected[1]));
}

// Spectra of all hops of a signal, 512 samples every 256.
std::vector<std::vector<Complex>> spectraOf(const std::vector<float>& x) {
  StftAnalyzer analyzer;
  analyzer.prepare({512, 256, 512});
  std::vector<std::vector<Complex>> spectra;
  for (std::size_t i = 0; i + 256 <= x.size(); i += 256) {
    spectra.emplace_back(257);
    analyzer.analyze(x.data() + i, spectra.back().data());
  }
  return spectra;
}

struct ImageError {
  double level_db = 0.0;   // root mean square over bins and hops
  double phase_rad = 0.0;  // the same
};

// How far right over left of `found` is from that of `image`, where its left channel is loud.
ImageError imageError(const std::vector<std::vector<float>>& image,
                      const std::vector<std::vector<float>>& found, int latency) {
  std::vector<std::vector<std::vector<Complex>>> x;
  x.reserve(image.size() + found.size());
  for (const auto& channel : image) x.push_back(spectraOf(channel));
  for (const auto& channel : found) {
    x.push_back(spectraOf({channel.begin() + latency, channel.end()}));
  }
  ImageError error;
  int count = 0;
  for (std::size_t t = 4; t < x[2].size(); ++t) {
    for (std::size_t k = 2; k < 250; ++k) {
      if (std::abs(x[0][t][k]) < 5.0F) continue;
      const Complex expected = x[1][t][k] / x[0][t][k];
      const Complex ratio = x[3][t][k] / x[2][t][k] / expected;
      error.level_db += std::pow(20.0 * std::log10(std::abs(ratio) + 1e-9F), 2.0);
      error.phase_rad += std::pow(std::arg(ratio), 2.0);
      ++count;
    }
  }
  EXPECT_GT(count, 300);
  error.level_db = std::sqrt(error.level_db / count);
  error.phase_rad = std::sqrt(error.phase_rad / count);
  return error;
}

// A talker to the left, in noise of its own in each channel: the place stays, per bin.
TEST(ChannelLink, KeepsThePlaceOfATalkerInNoise) {
  constexpr std::size_t kLength = 32000;
  const std::vector<float> talker = noisySignal(16000, kLength + 8);
  std::vector<std::vector<float>> stereo(2, std::vector<float>(kLength));
  for (std::size_t i = 0; i < kLength; ++i) {
    stereo[0][i] = talker[i + 6];
    stereo[1][i] = 0.5F * talker[i];  // 6 dB lower, and 0.4 ms later
  }
  std::vector<std::vector<float>> noisy = stereo;
  for (std::uint32_t c = 0; c < 2; ++c) {
    std::mt19937 engine(c + 7);
    for (float& sample : noisy[c]) {
      sample += 0.02F * (static_cast<float>(engine()) / 2147483648.0F - 1.0F);
    }
  }
  // A random network: masks without sense, of all levels and phases.
  const int latency = fullModel()->config().latencySamples();
  const ImageError linked =
      imageError(noisy, denoised(fullModel(), 16000, ChannelLink::kLinked, noisy), latency);
  const ImageError apart =
      imageError(noisy, denoised(fullModel(), 16000, ChannelLink::kIndependent, noisy), latency);
  RecordProperty("linked_level_db", std::to_string(linked.level_db));
  RecordProperty("linked_phase_rad", std::to_string(linked.phase_rad));
  RecordProperty("independent_level_db", std::to_string(apart.level_db));
  RecordProperty("independent_phase_rad", std::to_string(apart.phase_rad));
  std::printf("  linked: %.2f dB, %.3f rad; independent: %.2f dB, %.3f rad\n", linked.level_db,
              linked.phase_rad, apart.level_db, apart.phase_rad);
  EXPECT_LT(linked.level_db, 0.5 * apart.level_db);
  EXPECT_LT(linked.phase_rad, 0.5 * apart.phase_rad);
}

// Without noise of its own the right channel is the left one, half as loud, to the bit.
TEST(ChannelLink, KeepsLevelDifferencesExactly) {
  for (const int rate : {16000, 44100, 48000}) {
    std::vector<std::vector<float>> stereo = {noisySignal(rate, 20000), {}};
    stereo[1] = stereo[0];
    for (float& sample : stereo[1]) sample *= 0.5F;
    std::vector<std::vector<float>> out = denoised(fullModel(), rate, ChannelLink::kLinked, stereo);
    for (float& sample : out[0]) sample *= 0.5F;
    EXPECT_TRUE(sameBits(out[0], out[1])) << rate;
  }
}

}  // namespace
}  // namespace hiss
