// SPDX-License-Identifier: Apache-2.0
// Saving a stream's past and going on elsewhere.
#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/state_io.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"

namespace hiss {
namespace {

std::shared_ptr<const DenoiserModel> smallModel() {
  static const auto kModel = DenoiserModel::parse(randomModel(smallConfig()).bytes(), "small");
  return kModel;
}

std::shared_ptr<const DenoiserModel> fullbandModel() {
  static const auto kModel =
      DenoiserModel::parse(randomModel(smallFullbandConfig()).bytes(), "fullband");
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

void expectContinues(const std::shared_ptr<const DenoiserModel>& model, int rate) {
  const std::size_t length = static_cast<std::size_t>(rate) * 5;
  const std::vector<float> noisy = noisySignal(rate, length);
  Denoiser whole(model);
  whole.prepare({rate, 1, 1000});
  const std::vector<float> expected = runMono(whole, noisy, 1000);
  for (const double cut_seconds : {0.0013, 0.5, 2.011, 4.2}) {
    const auto cut = static_cast<std::ptrdiff_t>(cut_seconds * rate);
    Denoiser first(model);
    first.prepare({rate, 1, 1000});
    std::vector<float> joined = runMono(first, {noisy.begin(), noisy.begin() + cut}, 777);
    Denoiser second(model);
    second.prepare({rate, 1, 1000});
    second.loadState(first.saveState());
    const std::vector<float> rest = runMono(second, {noisy.begin() + cut, noisy.end()}, 1000);
    joined.insert(joined.end(), rest.begin(), rest.end());
    EXPECT_TRUE(sameBits(joined, expected)) << rate << " Hz, " << cut_seconds << " s";
  }
}

TEST(DenoiserState, ContinuesToTheBit) {
  for (const int rate :
       {8000, 11025, 16000, 22050, 24000, 32000, 44100, 44099, 48000, 88200, 96000}) {
    expectContinues(smallModel(), rate);
  }
}

TEST(DenoiserState, ContinuesWithABlockOverAllBands) {
  for (const int rate : {16000, 44100, 48000}) expectContinues(fullbandModel(), rate);
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
  Denoiser denoiser(fullbandModel());
  denoiser.prepare({44100, 1, 512});
  Denoiser twin(fullbandModel());
  twin.prepare({44100, 1, 512});
  (void)runMono(denoiser, noisy, 512);
  (void)runMono(twin, noisy, 512);
  std::vector<std::byte> state = denoiser.saveState();
  state[state.size() / 2] ^= std::byte{0x40};
  EXPECT_NE(refusal(denoiser, state), "");
  EXPECT_TRUE(sameBits(runMono(denoiser, noisy, 512), runMono(twin, noisy, 512)));
}

}  // namespace
}  // namespace hiss
