// SPDX-License-Identifier: Apache-2.0
// One model at every rate: where its output lies in time, what it makes of the same sound, and what
// becomes of the sound above the band that its network sees.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/denoiser.h"
#include "models/denoiser_channel.h"
#include "models/high_band.h"
#include "models/safetensors.h"
#include "tests/models/model_maker.h"
#include "tests/models/resample.h"
#include "tests/models/stream_tools.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr int kRates[] = {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000};

// A network that multiplies every bin by `gain`.
std::shared_ptr<const DenoiserModel> constantModel(DenoiserConfig config, float gain) {
  TestModel model = passThroughModel(config);
  model.tensor("last.bias").data = floatBytes(std::vector<float>{gain, 0.0F});
  return DenoiserModel::parse(model.bytes(), "constant");
}

std::vector<float> denoised(Denoiser& denoiser, int rate, const std::vector<float>& x) {
  denoiser.prepare({rate, 1, 1000});
  const auto latency = static_cast<std::size_t>(denoiser.latencySamples());
  std::vector<float> padded = x;
  padded.resize(x.size() + latency);
  const std::vector<float> y = runMono(denoiser, padded, 1000);
  return {y.begin() + static_cast<std::ptrdiff_t>(latency), y.end()};
}

double energyOf(const std::vector<float>& x) {
  double sum = 0.0;
  for (const float value : x) sum += double{value} * double{value};
  return sum;
}

// Scale-invariant ratio of `expected` to what else is in `found`, in dB.
double siSdr(const std::vector<float>& expected, const std::vector<float>& found) {
  double product = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    product += double{expected[i]} * double{found[i]};
  }
  const double scale = product / energyOf(expected);
  double error = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = double{found[i]} - scale * double{expected[i]};
    error += difference * difference;
  }
  return 10.0 * std::log10(scale * scale * energyOf(expected) / error);
}

// An impulse comes out as an impulse, exactly latencySamples() later, however it lies in a hop.
TEST(DenoiserRates, DelayAnImpulseByTheStatedLatency) {
  DenoiserConfig overlapped = smallConfig();
  overlapped.hop = 48;
  overlapped.synthesis_length = 80;  // 3 ms and 2 ms at 16 kHz
  for (const DenoiserConfig& config : {smallConfig(), overlapped}) {
    Denoiser denoiser(constantModel(config, 1.0F));
    for (const int rate : kRates) {
      denoiser.prepare({rate, 1, 4096});
      const auto latency = static_cast<std::size_t>(denoiser.latencySamples());
      const double expected_seconds = static_cast<double>(config.synthesis_length) / 16000;
      EXPECT_NEAR(static_cast<double>(latency), expected_seconds * rate,
                  1.0 + 0.01 * static_cast<double>(latency));
      for (const std::size_t at : {1000U, 1017U, 1403U}) {
        std::vector<float> x(3000);
        x[at] = 1.0F;
        denoiser.reset();
        const std::vector<float> y = runMono(denoiser, x, 4096);
        // At its own rate the network does not pass on the top bin, one of 64.
        const float tolerance = rate == 16000 ? 1.0F / 64.0F : 2e-6F;
        for (std::size_t i = 0; i < y.size(); ++i) {
          ASSERT_NEAR(y[i], i == at + latency ? 1.0F : 0.0F, tolerance)
              << rate << " Hz, impulse at " << at << ", sample " << i;
        }
      }
    }
  }
}

// The noisy recording behind the golden vectors, 2 s at 16 kHz.
std::vector<float> recording() {
  const auto file = SafetensorsFile::read(goldenPath("denoiser_base_vectors.safetensors"));
  const auto input = file.find("input")->data;
  return {input.begin(), input.end()};
}

std::shared_ptr<const DenoiserModel> shippedModel() {
  static const auto kModel =
      DenoiserModel::load(goldenPath("../../models/weights/base.safetensors"));
  return kModel;
}

// How alike the outputs of two ways of cutting the same sound into hops are: what no rate can be
// blamed for.
double siSdrOfAShift(Denoiser& denoiser, const std::vector<float>& x, std::size_t shift) {
  std::vector<float> later(shift);
  later.insert(later.end(), x.begin(), x.end());
  std::vector<float> y = denoised(denoiser, 16000, later);
  y.erase(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(shift));
  return siSdr(denoised(denoiser, 16000, x), y);
}

TEST(DenoiserRates, MakeTheSameOfTheSameSound) {
  const std::vector<float> noisy = recording();
  Denoiser denoiser(shippedModel());
  const std::vector<float> expected = denoised(denoiser, 16000, noisy);
  const double shift_db = siSdrOfAShift(denoiser, noisy, 64);
  std::printf("  16000 Hz, 64 samples later: %.1f dB\n", shift_db);
  for (const int rate : kRates) {
    const std::size_t length = noisy.size() / 160 * static_cast<std::size_t>(rate) / 100;
    std::vector<float> y = denoised(denoiser, rate, resampled(noisy, length));
    ASSERT_EQ(y.size(), length);
    std::vector<float> reference = expected;
    if (rate < 16000) reference = resampled(resampled(expected, length), expected.size());
    const double db = siSdr(reference, resampled(y, expected.size()));
    std::printf("  %d Hz: %.1f dB\n", rate, db);
    RecordProperty("si_sdr_db_" + std::to_string(rate), std::to_string(db));
    const bool whole = streamGrid(shippedModel()->config(), rate).stft.n_fft * 125 == 4 * rate;
    if (rate >= 16000 && whole) {
      EXPECT_GE(db, 25.0) << rate;  // the same grid, to the sample
    } else if (rate >= 16000) {
      EXPECT_GE(db, shift_db - 3.0) << rate;  // bins 0.8 % wider, hops that drift apart
    } else {
      EXPECT_GE(db, 10.0) << rate;  // half of what the network sees is missing
    }
  }
}

TEST(DenoiserRates, WithoutAHighBandTurnTheTopDownWithTheUpperQuarterBelow) {
  for (const float gain : {1.0F, 0.5F, 0.0F}) {
    Denoiser denoiser(constantModel(smallConfig(), gain));
    for (const int rate : {22050, 44100, 48000, 96000}) {
      const std::vector<float> x = noisySignal(rate, 8000);
      const std::vector<float> y = denoised(denoiser, rate, x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_NEAR(y[i], gain * x[i], 2e-6F) << rate << ", " << gain << ", " << i;
      }
    }
  }
  // A sound that lies above the network's band alone gives no reason to touch it.
  Denoiser denoiser(constantModel(smallConfig(), 0.0F));
  const std::vector<float> silent = denoised(denoiser, 48000, std::vector<float>(8000));
  EXPECT_EQ(energyOf(silent), 0.0);
}

// The spectrum of x above 8 kHz, as energy.
double energyAbove8k(const std::vector<float>& x, int rate) {
  RealFft fft(static_cast<int>(x.size()));
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(fft.bins()));
  fft.forward(x.data(), spectrum.data());
  double sum = 0.0;
  for (std::size_t k = x.size() * 8000 / static_cast<std::size_t>(rate); k < spectrum.size(); ++k) {
    sum += std::norm(spectrum[k]);
  }
  return sum;
}

// Real speech, bent so that its harmonics reach up to the stream's top: clean, as far as the
// network can tell, for it comes out of the network.
TEST(DenoiserRates, KeepTheTopOfCleanSpeech) {
  Denoiser denoiser(shippedModel());
  const std::vector<float> clean = denoised(denoiser, 16000, recording());
  for (const int rate : {24000, 44100, 48000}) {
    const std::size_t length = clean.size() / 160 * static_cast<std::size_t>(rate) / 100;
    std::vector<float> bright = resampled(clean, length);
    for (float& sample : bright) sample += 0.5F * std::fabs(sample);
    const std::vector<float> y = denoised(denoiser, rate, bright);
    const double change_db =
        10.0 * std::log10(energyAbove8k(y, rate) / energyAbove8k(bright, rate));
    std::printf("  %d Hz: %.2f dB\n", rate, change_db);
    EXPECT_GT(change_db, -3.0) << rate;
    EXPECT_LT(change_db, 0.1) << rate;
  }
}

// With a head of its own above 8 kHz, bin for bin what that head says, remembered over a save.
TEST(DenoiserRates, TakeTheGainsOfTheModelsHighBand) {
  DenoiserConfig config = smallConfig();
  HighBandConfig head;
  head.bands = 4;
  head.low_bands = 4;
  head.d_model = 6;
  head.d_state = 4;
  config.high_band = head;
  const auto model = DenoiserModel::parse(passThroughModel(config).bytes(), "head");
  for (const int rate : {16000, 24000, 44100, 48000, 96000}) {
    const StreamGrid grid = streamGrid(config, rate);
    const auto hop = static_cast<std::size_t>(grid.stft.hop);
    const std::vector<float> x = noisySignal(rate, 40 * hop);
    Denoiser denoiser(model);
    denoiser.prepare({rate, 1, 1000});
    const std::vector<float> found = runMono(denoiser, x, 1000);

    const auto high_band = model->packHighBand(denoiser.kernels());
    StftAnalyzer analyzer;
    OverlapAdd overlap_add;
    analyzer.prepare(grid.stft, grid.scale);
    overlap_add.prepare(grid.stft, grid.scale);
    HighBand::State state = high_band->makeState();
    HighBand::Scratch scratch(*high_band);
    std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(grid.bins()));
    std::vector<float> gains(static_cast<std::size_t>(grid.highBins()));
    std::vector<float> expected(x.size() + hop);
    for (std::size_t i = 0; i < x.size(); i += hop) {
      analyzer.analyze(x.data() + i, spectrum.data());
      if (grid.highBins() > 0) {
        high_band->step(spectrum.data(), spectrum.data(), grid.bins(), state, scratch,
                        gains.data());
      } else {
        spectrum.back() = {};
      }
      for (std::size_t k = 0; k < gains.size(); ++k) {
        spectrum[k + static_cast<std::size_t>(grid.core_bins)] *= gains[k];
      }
      overlap_add.synthesize(spectrum.data(), expected.data() + i + hop);
    }
    expected.resize(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-6F) << rate;

    Denoiser first(model);
    first.prepare({rate, 1, 1000});
    std::vector<float> joined = runMono(first, {x.begin(), x.begin() + 777}, 1000);
    Denoiser second(model);
    second.prepare({rate, 1, 1000});
    second.loadState(first.saveState());
    const std::vector<float> rest = runMono(second, {x.begin() + 777, x.end()}, 1000);
    joined.insert(joined.end(), rest.begin(), rest.end());
    EXPECT_TRUE(sameBits(joined, found)) << rate;
    second.reset();
    EXPECT_TRUE(sameBits(runMono(second, x, 1000), found)) << rate;
  }
}

}  // namespace
}  // namespace hiss
