// SPDX-License-Identifier: Apache-2.0
// Saving a stream's past and going on elsewhere.
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/restartable_resampler.h"
#include "models/state_io.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"

namespace hiss {
namespace {

std::shared_ptr<const DenoiserModel> smallModel() {
  static const auto kModel = DenoiserModel::parse(randomModel(smallConfig()).bytes(), "small");
  return kModel;
}

std::string refusal(Denoiser& denoiser, const std::vector<std::byte>& state) {
  try {
    denoiser.loadState(state);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(DenoiserState, ContinuesToTheBit) {
  for (const int rate : {8000, 16000, 44100, 44099, 48000}) {
    // Long enough that the resamplers restart, and cut at odd places.
    const std::size_t length = static_cast<std::size_t>(rate) * 9;
    const std::vector<float> noisy = noisySignal(rate, length);
    Denoiser whole(smallModel());
    whole.prepare({rate, 1, 1000});
    const std::vector<float> expected = runMono(whole, noisy, 1000);
    for (const double cut_seconds : {0.0013, 2.5, 4.011, 4.2, 8.7}) {
      const auto cut = static_cast<std::ptrdiff_t>(cut_seconds * rate);
      Denoiser first(smallModel());
      first.prepare({rate, 1, 1000});
      std::vector<float> joined = runMono(first, {noisy.begin(), noisy.begin() + cut}, 777);
      Denoiser second(smallModel());
      second.prepare({rate, 1, 1000});
      second.loadState(first.saveState());
      const std::vector<float> rest = runMono(second, {noisy.begin() + cut, noisy.end()}, 1000);
      joined.insert(joined.end(), rest.begin(), rest.end());
      EXPECT_TRUE(sameBits(joined, expected)) << rate << " Hz, " << cut_seconds << " s";
    }
  }
}

TEST(DenoiserState, KeepsARampInProgress) {
  const std::vector<float> noisy = noisySignal(16000, 4000);
  Denoiser first(smallModel());
  first.prepare({16000, 1, 1000});
  (void)runMono(first, noisy, 1000);
  first.setMix(0.25F);
  (void)runMono(first, {noisy.begin(), noisy.begin() + 100}, 100);
  Denoiser second(smallModel());
  second.setMix(0.25F);
  second.prepare({16000, 1, 1000});
  second.loadState(first.saveState());
  EXPECT_TRUE(sameBits(runMono(second, noisy, 64), runMono(first, noisy, 64)));
}

TEST(DenoiserState, RefusesWhatIsNotItsOwn) {
  Denoiser denoiser(smallModel());
  EXPECT_EQ(refusal(denoiser, {}), "saved state: expected a prepared denoiser");
  denoiser.prepare({16000, 2, 512});
  const std::vector<std::byte> good = denoiser.saveState();
  EXPECT_EQ(refusal(denoiser, good), "");

  EXPECT_EQ(refusal(denoiser, {}), "saved state: size: expected 8 more bytes, found 0");
  std::vector<std::byte> bad = good;
  bad[0] = std::byte{0};
  EXPECT_EQ(refusal(denoiser, bad).find("saved state: magic: expected "), 0U);
  bad = good;
  bad.back() ^= std::byte{1};
  EXPECT_EQ(refusal(denoiser, bad).find("saved state: checksum: expected "), 0U);
  bad = good;
  bad.pop_back();
  EXPECT_EQ(refusal(denoiser, bad).find("saved state: size: expected "), 0U);

  Denoiser mono(smallModel());
  mono.prepare({16000, 1, 512});
  EXPECT_EQ(refusal(mono, good), "saved state: channels: expected 1, found 2");
  Denoiser faster(smallModel());
  faster.prepare({48000, 2, 512});
  EXPECT_EQ(refusal(faster, good), "saved state: sample rate: expected 48000, found 16000");
  Denoiser other(DenoiserModel::parse(randomModel(smallConfig(), 9).bytes(), "other"));
  other.prepare({16000, 2, 512});
  EXPECT_EQ(refusal(other, good).find("saved state: model: expected "), 0U);
}

TEST(DenoiserState, RefusedLoadLeavesTheStreamAsItWas) {
  const std::vector<float> noisy = noisySignal(44100, 20000);
  Denoiser denoiser(smallModel());
  denoiser.prepare({44100, 1, 512});
  Denoiser twin(smallModel());
  twin.prepare({44100, 1, 512});
  (void)runMono(denoiser, noisy, 512);
  (void)runMono(twin, noisy, 512);
  std::vector<std::byte> state = denoiser.saveState();
  state[state.size() / 2] ^= std::byte{0x40};
  EXPECT_NE(refusal(denoiser, state), "");
  EXPECT_TRUE(sameBits(runMono(denoiser, noisy, 512), runMono(twin, noisy, 512)));
}

TEST(RestartableResampler, LosesNoSampleOverManyRestarts) {
  struct Rates {
    int in;
    int out;
  };
  for (const Rates rates : {Rates{44100, 16000}, Rates{16000, 44100}, Rates{44099, 16000},
                            Rates{48000, 16000}, Rates{16000, 4000}, Rates{11025, 16000}}) {
    RestartableResampler resampler;
    const int block = rates.in / 100;
    resampler.prepare(rates.in, rates.out, block);
    const std::size_t length = static_cast<std::size_t>(rates.in) * 22;
    const std::vector<float> input = sine(rates.in, 440.0, length);
    std::vector<float> output;
    std::vector<float> made(static_cast<std::size_t>(resampler.maxOutput()));
    for (std::size_t i = 0; i + static_cast<std::size_t>(block) <= length;
         i += static_cast<std::size_t>(block)) {
      const int count = resampler.process(input.data() + i, block, made.data());
      output.insert(output.end(), made.begin(), made.begin() + count);
    }
    const std::vector<float> expected = sine(rates.out, 440.0, output.size());
    EXPECT_GT(output.size(), static_cast<std::size_t>(rates.out) * 21U);
    float error = 0.0F;
    for (std::size_t i = 500; i < output.size(); ++i) {
      error = std::max(error, std::fabs(output[i] - expected[i]));
    }
    EXPECT_LT(error, 2e-5F) << rates.in << " to " << rates.out;
  }
}

}  // namespace
}  // namespace hiss
