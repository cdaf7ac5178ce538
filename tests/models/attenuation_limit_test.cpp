// SPDX-License-Identifier: Apache-2.0
// The attenuation limit, bin by bin: with masks that turn the phase by more than a right angle, for
// which the blend alone would not keep it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include "models/denoiser.h"
#include "models/denoiser_channel.h"
#include "models/stream_grid.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"

namespace hiss {
namespace {

using Complex = std::complex<float>;

constexpr float kNoLimit = std::numeric_limits<float>::infinity();

// A model with one mask at every bin.
std::shared_ptr<const DenoiserModel> modelOfMask(Complex mask, const DenoiserConfig& config) {
  TestModel model = passThroughModel(config);
  model.tensor("last.bias").data = floatBytes(std::vector<float>{mask.real(), mask.imag()});
  return DenoiserModel::parse(model.bytes(), "mask");
}

std::shared_ptr<const DenoiserModel> randomlyMasking(const DenoiserConfig& config) {
  return DenoiserModel::parse(randomModel(config).bytes(), "random");
}

struct NamedModel {
  const char* name;
  std::shared_ptr<const DenoiserModel> model;
};
// The first leaves nothing at all of a blend with a quarter of the input.
std::vector<NamedModel> hostileModels() {
  return {{"against the input", modelOfMask({-1.0F / 3.0F, 0.0F}, smallConfig())},
          {"turned", modelOfMask({-0.4F, 0.2F}, smallConfig())},
          {"random", randomlyMasking(smallConfig())},
          {"random with high band", randomlyMasking(smallHighBandConfig())}};
}

// Bins x[k] whose blend g x + (1 - g) y is lower than g |x|, by more than rounding.
int binsBelow(float g, const Complex* x, const Complex* y, int bins) {
  int below = 0;
  for (int k = 0; k < bins; ++k) {
    const std::complex<double> blend =
        double{g} * std::complex<double>(x[k]) + (1.0 - double{g}) * std::complex<double>(y[k]);
    below += std::abs(blend) < double{g} * (1.0 - 1e-5) * std::abs(x[k]) ? 1 : 0;
  }
  return below;
}

std::vector<std::vector<float>> runStereo(Denoiser& denoiser,
                                          std::vector<std::vector<float>> sound) {
  std::array<float*, 2> block = {sound[0].data(), sound[1].data()};
  denoiser.process(block.data(), block.data(), static_cast<int>(sound[0].size()));
  return sound;
}

TEST(AttenuationLimit, LowersNoBinOfAHopByMore) {
  for (const NamedModel& named : hostileModels()) {
    const SubbandNet net(named.model->pack(defaultKernels()));
    const auto head = named.model->packHighBand(defaultKernels());
    for (const int rate : {8000, 16000, 44100, 48000}) {
      const StreamGrid grid = streamGrid(net.config(), rate);
      DenoiserScratch scratch(net, head.get());
      DenoiserChannel channel(net, head.get(), grid);
      const std::vector<float> noisy = noisySignal(rate, static_cast<std::size_t>(rate) / 2);
      const auto hop = static_cast<std::size_t>(grid.stft.hop);
      int below_without = 0;
      for (std::size_t at = 0; at + hop <= noisy.size(); at += hop) {
        channel.analyze(noisy.data() + at);
        channel.estimateMask(scratch);
        channel.applyMask();
        channel.estimateGains(scratch);
        below_without += binsBelow(0.25F, channel.spectrum(), channel.masked(), grid.core_bins);
        channel.limitMask();
        channel.applyGains();
        for (const float g : {0.001F, 0.25F, 0.5F, 0.9F}) {
          ASSERT_EQ(binsBelow(g, channel.spectrum(), channel.masked(), grid.bins()), 0)
              << named.name << ", " << rate << " Hz, gain " << g << ", sample " << at;
        }
      }
      EXPECT_GT(below_without, 0) << named.name << ", " << rate << " Hz";
    }
  }
}

TEST(AttenuationLimit, TakesTheMaskForOneThatDoesNotTurn) {
  Denoiser turning(modelOfMask({-0.7F, 0.3F}, smallConfig()));
  Denoiser upright(modelOfMask({0.0F, 0.3F}, smallConfig()));
  const std::vector<std::vector<float>> noisy = {noisySignal(16000, 8000, 1),
                                                 noisySignal(16000, 8000, 2)};
  const auto same = [&](ChannelLink link, float limit_db, float mix, bool removed) {
    std::vector<std::vector<std::vector<float>>> outs;
    for (Denoiser* const denoiser : {&turning, &upright}) {
      denoiser->setLinkChannels(link);
      denoiser->setAttenuationLimitDb(limit_db);
      denoiser->setMix(mix);
      denoiser->setListenRemoved(removed);
      denoiser->prepare({16000, 2, 8000});
      outs.push_back(runStereo(*denoiser, noisy));
    }
    return sameBits(outs[0][0], outs[1][0]) && sameBits(outs[0][1], outs[1][1]);
  };
  for (const ChannelLink link : {ChannelLink::kIndependent, ChannelLink::kLinked}) {
    EXPECT_TRUE(same(link, 12.0F, 1.0F, false));
    EXPECT_TRUE(same(link, 12.0F, 0.5F, false));
    EXPECT_TRUE(same(link, 60.0F, 1.0F, true));
    EXPECT_FALSE(same(link, kNoLimit, 1.0F, false));
    EXPECT_FALSE(same(link, kNoLimit, 0.5F, false));
    EXPECT_FALSE(same(link, kNoLimit, 1.0F, true));
  }
}

TEST(AttenuationLimit, ChangesNothingWhereTheMaskDoesNotTurn) {
  const std::vector<float> noisy = noisySignal(48000, 24000);
  Denoiser denoiser(modelOfMask({0.4F, -0.8F}, smallHighBandConfig()));
  denoiser.prepare({48000, 1, 24000});
  const std::vector<float> wet = runMono(denoiser, noisy, 24000);
  // A gain of 1e-30 is a limit whose share of the input is lost in the rounding.
  denoiser.setAttenuationLimitDb(600.0F);
  denoiser.reset();
  const std::vector<float> limited = runMono(denoiser, noisy, 24000);
  EXPECT_TRUE(std::equal(wet.begin(), wet.end(), limited.begin()));
}

// The network's state and that of the high band: once the last hop with a limit has faded out, the
// stream goes on as if there had never been one.
TEST(AttenuationLimit, LeavesNoTraceInWhatIsRemembered) {
  constexpr int kRate = 48000;
  constexpr std::size_t kLength = 24000;
  for (const bool with_head : {false, true}) {
    Denoiser denoiser(randomlyMasking(with_head ? smallHighBandConfig() : smallConfig()));
    const auto run = [&](float limit_db) {
      denoiser.setAttenuationLimitDb(limit_db);
      denoiser.prepare({kRate, 2, kLength});
      const std::vector<std::vector<float>> noisy = {noisySignal(kRate, kLength, 1),
                                                     noisySignal(kRate, kLength, 2)};
      (void)runStereo(denoiser, noisy);
      denoiser.setAttenuationLimitDb(kNoLimit);
      return runStereo(denoiser, noisy);
    };
    const auto never = run(kNoLimit);
    const auto before = run(12.0F);
    constexpr std::ptrdiff_t kRamp = kRate * 15 / 1000;
    const std::ptrdiff_t settled = std::max<std::ptrdiff_t>(kRamp, denoiser.latencySamples());
    for (std::size_t c = 0; c < 2; ++c) {
      EXPECT_FALSE(sameBits(never[c], before[c]));
      EXPECT_TRUE(
          std::equal(never[c].begin() + settled, never[c].end(), before[c].begin() + settled))
          << with_head << ", channel " << c;
    }
  }
}

TEST(AttenuationLimit, IsBitIdenticalForEveryBlockSizeWhileItChanges) {
  constexpr std::size_t kChange = 4480;  // samples from one change to the next
  const std::array<float, 5> limits = {kNoLimit, 12.0F, 3.0F, kNoLimit, 40.0F};
  for (const int rate : {16000, 44100}) {
    const std::vector<float> noisy = noisySignal(rate, limits.size() * kChange);
    Denoiser denoiser(randomlyMasking(smallHighBandConfig()));
    const auto run = [&](std::size_t block) {
      denoiser.setAttenuationLimitDb(kNoLimit);
      denoiser.prepare({rate, 1, static_cast<int>(kChange)});
      std::vector<float> out;
      for (std::size_t i = 0; i < limits.size(); ++i) {
        denoiser.setAttenuationLimitDb(limits[i]);
        const auto begin = noisy.begin() + static_cast<std::ptrdiff_t>(i * kChange);
        const std::vector<float> part =
            runMono(denoiser, std::vector<float>(begin, begin + kChange), block);
        out.insert(out.end(), part.begin(), part.end());
      }
      return out;
    };
    const std::vector<float> whole = run(kChange);
    for (const std::size_t block : {1U, 7U, 64U, 333U}) {
      EXPECT_TRUE(sameBits(run(block), whole)) << rate << " Hz, " << block;
    }
  }
}

TEST(AttenuationLimit, IsSetAndLiftedWithoutAClick) {
  constexpr int kRate = 48000;
  constexpr std::size_t kBlock = 480;
  const std::vector<float> input = sine(kRate, 200.0, 96000);
  // The worst case: the mask falls from -1 to 0 as the limit comes, with the shipped windows.
  Denoiser denoiser(modelOfMask({-1.0F, 0.0F}, tinyConfig()));
  denoiser.prepare({kRate, 1, kBlock});
  std::vector<float> output(input.size());
  for (std::size_t i = 0; i < input.size(); i += kBlock) {
    denoiser.setAttenuationLimitDb(i / kBlock % 20 >= 10 ? 6.0F : kNoLimit);
    const float* in = input.data() + i;
    float* out = output.data() + i;
    denoiser.process(&in, &out, kBlock);
  }
  float step = 0.0F;
  for (std::size_t i = 10000; i < output.size(); ++i) {
    step = std::max(step, std::fabs(output[i] - output[i - 1]));
  }
  // The sine's own slope, 0.5 * 2 pi 200/48000, half a ramp from -0.5 to 0.5 in 15 ms, and a fade
  // of 0.5 along a quarter of a sine over the overlap of two hops, 16 ms.
  EXPECT_LT(step, 0.0131F + 0.0007F + 0.0010F + 0.0005F);
  EXPECT_GT(step, 0.01F);
}

}  // namespace
}  // namespace hiss
