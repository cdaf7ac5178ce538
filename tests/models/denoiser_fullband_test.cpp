// SPDX-License-Identifier: Apache-2.0
// Networks with the optional parts (magnitudes, biases of bands, a block over all bands), at hops
// that are no power of two: what a stream must keep to whatever its network.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/stream_grid.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

constexpr std::array kHops = {200, 240};

std::shared_ptr<const DenoiserModel> modelOfHop(int hop) {
  DenoiserConfig config = fullFullbandConfig();
  config.hop = hop;
  return DenoiserModel::parse(randomModel(config).bytes(), "hop " + std::to_string(hop));
}

std::shared_ptr<const DenoiserModel> smallModel() {
  static const auto kModel =
      DenoiserModel::parse(randomModel(smallFullbandConfig()).bytes(), "small");
  return kModel;
}

TEST(DenoiserFullband, IsBitIdenticalForEveryBlockSize) {
  for (const int hop : kHops) {
    const auto model = modelOfHop(hop);
    for (const int rate : {8000, 16000, 44100, 48000}) {
      const std::size_t length = static_cast<std::size_t>(rate) / 2 + 123;
      const std::vector<float> noisy = noisySignal(rate, length);
      Denoiser denoiser(model);
      denoiser.prepare({rate, 1, static_cast<int>(length)});
      const std::vector<float> whole = runMono(denoiser, noisy, length);
      EXPECT_GT(*std::max_element(whole.begin(), whole.end()), 1e-3F);
      for (const std::size_t block : {1U, 7U, 160U, 441U, 1024U}) {
        denoiser.reset();
        EXPECT_TRUE(sameBits(runMono(denoiser, noisy, block), whole)) << rate << ", " << block;
      }
    }
  }
}

TEST(DenoiserFullband, IsAlignedAtEveryRate) {
  for (const int hop : kHops) {
    DenoiserConfig config = fullFullbandConfig();
    config.hop = hop;
    const auto open = DenoiserModel::parse(passThroughModel(config).bytes(), "open");
    for (const int rate : {4000, 8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000, 384000}) {
      const StreamGrid grid = streamGrid(config, rate);
      EXPECT_EQ(grid.stft.hop, std::lround(hop / 16000.0 * rate)) << rate;
      Denoiser denoiser(open);
      denoiser.prepare({rate, 1, 4096});
      const auto latency = static_cast<std::size_t>(denoiser.latencySamples());
      EXPECT_NEAR(static_cast<double>(latency), 0.02 * rate, 1.0) << rate;
      const std::vector<float> x = sine(rate, 600.0, static_cast<std::size_t>(rate) / 3);
      const std::vector<float> y = runMono(denoiser, x, 4096);
      const std::size_t edge = static_cast<std::size_t>(rate) / 20;
      for (std::size_t i = edge; i + edge < x.size() - latency; ++i) {
        ASSERT_NEAR(y[i + latency], x[i], 1e-4) << rate << ", " << i;
      }
    }
  }
}

// Every kernel set computes what the scalar one does.
TEST(DenoiserFullband, SoundsAlikeForEveryInstructionSet) {
  for (const int hop : kHops) {
    const auto model = modelOfHop(hop);
    const std::vector<float> noisy = noisySignal(44100, 40000);
    Denoiser scalar(model, scalarKernels());
    scalar.prepare({44100, 1, 1000});
    const std::vector<float> expected = runMono(scalar, noisy, 1000);
    double signal = 0.0;
    for (const float value : expected) signal += double{value} * double{value};
    for (const Kernels* kernels : availableKernels()) {
      Denoiser denoiser(model, *kernels);
      denoiser.prepare({44100, 1, 1000});
      const std::vector<float> found = runMono(denoiser, noisy, 1000);
      double error = 1e-300;
      for (std::size_t i = 0; i < found.size(); ++i) {
        const double difference = double{found[i]} - double{expected[i]};
        error += difference * difference;
      }
      EXPECT_GE(10.0 * std::log10(signal / error), 90.0) << kernels->name;
    }
  }
}

TEST(DenoiserFullband, TreatsEachChannelOnItsOwn) {
  constexpr std::size_t kLength = 20000;
  std::array<std::vector<float>, 3> channels;
  for (std::size_t c = 0; c < 3; ++c) {
    channels[c] = noisySignal(48000, kLength, static_cast<std::uint32_t>(c + 1));
  }
  Denoiser all(smallModel());
  all.prepare({48000, 3, 500});
  std::array<std::vector<float>, 3> together = channels;
  for (std::size_t i = 0; i < kLength; i += 500) {
    const std::array<float*, 3> block = {together[0].data() + i, together[1].data() + i,
                                         together[2].data() + i};
    all.process(block.data(), block.data(), 500);
  }
  Denoiser single(smallModel());
  single.prepare({48000, 1, 500});
  for (std::size_t c = 0; c < 3; ++c) {
    single.reset();
    EXPECT_TRUE(sameBits(runMono(single, channels[c], 500), together[c])) << c;
  }
}

// Two equal channels, linked or not, are what one of them is.
TEST(DenoiserFullband, LinksChannels) {
  const std::vector<float> noisy = noisySignal(44100, 20000);
  Denoiser mono(smallModel());
  mono.prepare({44100, 1, 500});
  const std::vector<float> expected = runMono(mono, noisy, 500);
  for (const ChannelLink link : {ChannelLink::kLinked, ChannelLink::kIndependent}) {
    Denoiser stereo(smallModel());
    stereo.setLinkChannels(link);
    stereo.prepare({44100, 2, 500});
    std::vector<float> left = noisy;
    std::vector<float> right = noisy;
    for (std::size_t i = 0; i < noisy.size(); i += 500) {
      const std::array<float*, 2> block = {left.data() + i, right.data() + i};
      stereo.process(block.data(), block.data(), 500);
    }
    EXPECT_TRUE(sameBits(left, right));
    for (std::size_t i = 0; i < noisy.size(); ++i) ASSERT_NEAR(left[i], expected[i], 1e-5) << i;
  }
}

TEST(DenoiserFullband, ResetGivesAFreshStream) {
  for (const int rate : {16000, 44100}) {
    const std::vector<float> noisy = noisySignal(rate, 20000);
    Denoiser denoiser(smallModel());
    denoiser.prepare({rate, 1, 333});
    const std::vector<float> first = runMono(denoiser, noisy, 333);
    EXPECT_FALSE(sameBits(runMono(denoiser, noisy, 333), first));  // it remembers
    denoiser.reset();
    EXPECT_TRUE(sameBits(runMono(denoiser, noisy, 333), first)) << rate;
  }
}

TEST(DenoiserFullband, StaysFiniteOnExtremeInputAndRecovers) {
  Denoiser denoiser(modelOfHop(200));
  denoiser.prepare({16000, 1, 512});
  std::vector<float> loud(16000, std::numeric_limits<float>::max());
  for (std::size_t i = 0; i < loud.size(); i += 3) loud[i] = -loud[i];
  for (const float value : runMono(denoiser, loud, 512)) ASSERT_TRUE(std::isfinite(value));
  const std::vector<float> tiny(16000, 1e-42F);
  for (const float value : runMono(denoiser, tiny, 512)) ASSERT_TRUE(std::isfinite(value));
  const std::vector<float> after = runMono(denoiser, noisySignal(16000, 32000), 512);
  EXPECT_LT(*std::max_element(after.end() - 1000, after.end()), 100.0F);
}

TEST(DenoiserFullband, NeitherAllocatesNorFrees) {
  for (const int hop : kHops) {
    for (const int rate : {16000, 44100, 48000}) {
      Denoiser denoiser(modelOfHop(hop));
      denoiser.prepare({rate, 2, 2000});
      std::vector<float> left = noisySignal(rate, 2000);
      std::vector<float> right = left;
      const std::array<float*, 2> block = {left.data(), right.data()};
      AllocationGuard guard;
      for (int i = 0; i < 12; ++i) {
        denoiser.setLinkChannels(i % 3 == 0 ? ChannelLink::kIndependent : ChannelLink::kAuto);
        denoiser.process(block.data(), block.data(), 2000 - i);
        if (i == 6) denoiser.reset();
      }
      EXPECT_EQ(guard.stop(), 0U) << rate;
    }
  }
}

TEST(DenoiserFullband, ShowsItsStateToAWindow) {
  Denoiser denoiser(smallModel());
  denoiser.prepare({16000, 1, 512});
  (void)runMono(denoiser, noisySignal(16000, 4096), 512);
  DenoiserSnapshot snapshot;
  ASSERT_TRUE(denoiser.latestSnapshot(snapshot));
  EXPECT_EQ(snapshot.ssm_state_rms.size(), 3U);
  EXPECT_EQ(snapshot.fullband_layer, 1);
  for (const float rms : snapshot.ssm_state_rms) EXPECT_GT(rms, 0.0F);
}

}  // namespace
}  // namespace hiss
