// SPDX-License-Identifier: Apache-2.0
// The strength controls through whole file jobs: what the limit, the mix and the removed sound are,
// to the sample, with models whose mask is known.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "app/engine/denoise_job.h"
#include "dsp/real_fft.h"
#include "models/denoiser.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

constexpr int kRates[] = {16000, 22050, 44100, 48000};

// A model with the same mask at every bin.
std::shared_ptr<const DenoiserModel> modelOfMask(std::complex<float> mask) {
  TestModel model = passThroughModel(tinyConfig());
  model.tensor("last.bias").data = floatBytes(std::vector<float>{mask.real(), mask.imag()});
  return DenoiserModel::parse(model.bytes(), "mask");
}
std::shared_ptr<const DenoiserModel> modelOfGain(float gain) { return modelOfMask({gain, 0.0F}); }

Sound whiteNoise(int channels, int samples) {
  std::mt19937 engine(7);
  Sound sound(static_cast<std::size_t>(channels));
  for (std::vector<float>& channel : sound) {
    for (int i = 0; i < samples; ++i) {
      channel.push_back(static_cast<float>(static_cast<double>(engine()) / 4294967296.0 - 0.5));
    }
  }
  return sound;
}

// |spectrum|^2 of Hann-windowed stretches of kFft samples, summed; the first stretch starts at
// sample kFft.
constexpr int kFft = 4096;
std::vector<double> powerSpectrum(const std::vector<float>& x) {
  RealFft fft(kFft);
  std::vector<double> power(static_cast<std::size_t>(fft.bins()));
  std::vector<std::complex<float>> spectrum(power.size());
  std::vector<float> windowed(kFft);
  for (std::size_t begin = kFft; begin + kFft <= x.size(); begin += kFft / 2) {
    for (std::size_t i = 0; i < kFft; ++i) {
      const double phase = 2.0 * std::numbers::pi * static_cast<double>(i) / kFft;
      windowed[i] = x[begin + i] * static_cast<float>(0.5 - 0.5 * std::cos(phase));
    }
    fft.forward(windowed.data(), spectrum.data());
    for (std::size_t k = 0; k < power.size(); ++k) power[k] += std::norm(spectrum[k]);
  }
  return power;
}

// Whether bin k lies away from 0 and from half the rate, where a frequency meets its own mirror.
bool isInner(std::size_t k, int rate) {
  const double hz = static_cast<double>(k) * rate / kFft;
  return hz >= 50.0 && hz <= 0.48 * rate;
}

class StrengthTest : public TemporaryFolderTest {
 protected:
  // What the job makes of `sound`, from and to WAV files of floats.
  Sound run(const Sound& sound, int rate, Denoiser& denoiser) const {
    writeSound(path("in.wav"), sound, rate);
    DenoiseJob job;
    job.input = path("in.wav");
    job.output = path("out.wav");
    job.replace_existing = true;
    denoiseFile(job, denoiser);
    return readSound(path("out.wav"));
  }
};

TEST_F(StrengthTest, LimitIsExactWhereTheModelMutesEverything) {
  Denoiser denoiser(modelOfGain(0.0F));
  for (const int rate : kRates) {
    const Sound sound = whiteNoise(1, rate / 2);
    for (const float limit_db : {0.0F, 3.0F, 12.0F, 40.0F}) {
      denoiser.setAttenuationLimitDb(limit_db);
      const Sound out = run(sound, rate, denoiser);
      const double gain = std::pow(10.0, -limit_db / 20.0);
      for (std::size_t i = 0; i < sound[0].size(); ++i) {
        // 1e-3 dB of each sample; the floor is for samples of next to nothing.
        ASSERT_NEAR(out[0][i], gain * sound[0][i], 1.2e-4 * gain * std::abs(sound[0][i]) + 1e-8)
            << rate << " Hz, " << limit_db << " dB, " << i;
      }
    }
    denoiser.setAttenuationLimitDb(std::numeric_limits<float>::infinity());
    const Sound muted = run(sound, rate, denoiser);
    for (const float x : muted[0]) ASSERT_EQ(x, 0.0F) << rate;
  }
}

// Masks that work against the input: the first of them cancels a limit of 12 dB, the second one of
// 6 dB, where nothing but the blend keeps it.
TEST_F(StrengthTest, NoFrequencyFallsBelowTheLimitWhereTheMaskTurns) {
  struct Turn {
    std::complex<float> mask;
    float limit_db;
  };
  double worst_db = 0.0;
  for (const Turn turn : {Turn{{-0.335F, 0.0F}, 12.0F},
                          {{-1.0F, 0.0F}, 6.0F},
                          {{-0.4F, 0.2F}, 12.0F},
                          {{-0.8F, -0.3F}, 6.0F}}) {
    Denoiser denoiser(modelOfMask(turn.mask));
    denoiser.setAttenuationLimitDb(turn.limit_db);
    for (const int rate : kRates) {
      const Sound sound = whiteNoise(1, 2 * rate);
      const std::vector<double> before = powerSpectrum(sound[0]);
      const std::vector<double> after = powerSpectrum(run(sound, rate, denoiser)[0]);
      for (std::size_t k = 0; k < before.size(); ++k) {
        if (!isInner(k, rate)) continue;
        worst_db = std::max(worst_db, 10.0 * std::log10(before[k] / after[k]) - turn.limit_db);
        ASSERT_LT(worst_db, 0.1) << turn.mask << ", " << rate << " Hz, bin " << k;
      }
    }
  }
  RecordProperty("worst_db", std::to_string(worst_db));
}

TEST_F(StrengthTest, MixOfASoundThatPassesIsFlat) {
  Denoiser denoiser(modelOfGain(1.0F));
  denoiser.setMix(0.5F);
  for (const int rate : kRates) {
    const Sound sound = whiteNoise(1, 3 * rate);
    const std::vector<double> before = powerSpectrum(sound[0]);
    const std::vector<double> after = powerSpectrum(run(sound, rate, denoiser)[0]);
    double worst_db = 0.0;
    for (std::size_t k = 0; k < before.size(); ++k) {
      if (!isInner(k, rate)) continue;
      worst_db = std::max(worst_db, std::abs(10.0 * std::log10(after[k] / before[k])));
    }
    EXPECT_LT(worst_db, 0.1) << rate;
    RecordProperty("worst_db_" + std::to_string(rate), std::to_string(worst_db));
  }
}

TEST_F(StrengthTest, RemovedAndDenoisedAddUpToTheInput) {
  writeBytes(path("m.safetensors"), randomModel(tinyConfig()).bytes());
  Denoiser denoiser(DenoiserModel::load(path("m.safetensors")));
  struct Strength {
    float limit_db;
    float mix;
  };
  constexpr float kNoLimit = std::numeric_limits<float>::infinity();
  for (const int rate : kRates) {
    const Sound sound = whiteNoise(2, rate);
    for (const Strength strength : {Strength{kNoLimit, 1.0F}, {12.0F, 1.0F}, {kNoLimit, 0.3F}}) {
      denoiser.setAttenuationLimitDb(strength.limit_db);
      denoiser.setMix(strength.mix);
      denoiser.setListenRemoved(false);
      const Sound kept = run(sound, rate, denoiser);
      denoiser.setListenRemoved(true);
      const Sound removed = run(sound, rate, denoiser);
      for (std::size_t c = 0; c < sound.size(); ++c) {
        for (std::size_t i = 0; i < sound[c].size(); ++i) {
          const float x = sound[c][i];
          const float y = kept[c][i];
          const float z = removed[c][i];
          // One unit in the last place of the largest of the three.
          const float largest = std::max({std::abs(x), std::abs(y), std::abs(z)});
          const double ulp = double{std::nextafter(largest, 2.0F * largest)} - double{largest};
          ASSERT_LE(std::abs(double{x} - double{y} - double{z}), ulp)
              << rate << " Hz, " << strength.limit_db << " dB, " << strength.mix << ", " << i;
          if (strength.mix == 1.0F && strength.limit_db == kNoLimit) {
            ASSERT_EQ(z, x - y) << rate << " Hz, " << i;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace hiss
