// SPDX-License-Identifier: Apache-2.0
// The measures themselves, on sounds whose figures are known, and on processing that is known to be
// bad: a bound that nothing breaks is worth nothing.
#include "tests/quality/measures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

#include "dsp/stft.h"
#include "tests/quality/behaviours.h"
#include "tests/quality/known_misses.h"
#include "tests/quality/sound_set.h"

namespace hiss {
namespace {

constexpr int kRate = SoundSet::kRateHz;

Samples tone(double hz, double seconds, float amplitude = 0.5F) {
  Samples x(static_cast<std::size_t>(seconds * kRate));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double phase = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / kRate;
    x[i] = amplitude * static_cast<float>(std::sin(phase));
  }
  return x;
}

// `x` with silence before it.
Samples after(double seconds, const Samples& x) {
  Samples y(static_cast<std::size_t>(seconds * kRate));
  y.insert(y.end(), x.begin(), x.end());
  return y;
}

TEST(Measures, ActiveLevelLeavesPausesOut) {
  const Samples speech = after(3.0, tone(500.0, 1.0));
  EXPECT_NEAR(powerDb(meanPower(speech)), -9.03 - 6.02, 0.01);
  EXPECT_NEAR(activeLevelDb(speech, kRate), -9.03, 0.01);
  EXPECT_EQ(activeLevelDb(Samples(kRate), kRate), kSilenceDb);
}

TEST(Measures, WordsBeginAfterPausesAndClicksAreNone) {
  Samples x = after(0.5, tone(500.0, 0.3));
  const Samples second = after(0.2, tone(500.0, 0.4));
  x.insert(x.end(), second.begin(), second.end());
  EXPECT_EQ(wordStarts(x, kRate), (std::vector<std::size_t>{8000, 16000}));
  Samples with_click = after(0.5, tone(500.0, 0.02));
  const Samples word = after(0.48, tone(500.0, 0.5));
  with_click.insert(with_click.end(), word.begin(), word.end());
  EXPECT_EQ(wordStarts(with_click, kRate), (std::vector<std::size_t>{16000}));
  EXPECT_TRUE(wordStarts(Samples(100), kRate).empty());
}

TEST(Measures, SiSdrIsTheRatioWhateverTheGain) {
  const Samples x = tone(500.0, 1.0);
  Samples y = x;
  const Samples other = tone(1000.0, 1.0, 0.05F);  // orthogonal, 20 dB under it
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = 0.3F * (y[i] + other[i]);
  EXPECT_NEAR(siSdrDb(x, y), 20.0, 0.01);
}

TEST(Measures, LogSpectralDistanceOfAGainIsTheGain) {
  const Samples x = whiteNoise(1.0);
  Samples y = x;
  for (float& v : y) v *= 0.5F;
  EXPECT_NEAR(logSpectralDistanceDb(x, y, kRate), 6.02, 0.01);
  EXPECT_EQ(logSpectralDistanceDb(x, x, kRate), 0.0);
}

TEST(Measures, BandsHoldWhatLiesInThem) {
  const std::vector<double> edges = thirdOctaveEdges(8000.0);
  ASSERT_EQ(edges.size(), 22U);
  EXPECT_NEAR(edges.front(), 56.2, 0.1);
  EXPECT_NEAR(edges.back(), 7079.5, 0.1);
  for (const auto& frame : bandPowers(tone(1000.0, 1.0), kRate, 4096, edges)) {
    const auto loudest = std::max_element(frame.begin(), frame.end()) - frame.begin();
    EXPECT_EQ(loudest, 12);  // 1 kHz is band 30, the first is 18
    for (std::size_t b = 0; b < frame.size(); ++b) {
      if (b == 12U) continue;
      EXPECT_LT(powerDb(frame[b]), powerDb(frame[12]) - 60.0);
    }
  }
}

TEST(Measures, KurtosisIsThatOfTheDistribution) {
  std::vector<double> uniform;
  std::vector<double> logs;  // of the power of a normal distribution's spectrum
  for (int i = 0; i < 100000; ++i) {
    const double u = (i + 0.5) / 100000.0;
    uniform.push_back(u);
    logs.push_back(std::log(-std::log(u)));
  }
  EXPECT_NEAR(kurtosis(uniform), 1.8, 1e-6);
  EXPECT_NEAR(kurtosis(logs), 5.4, 0.05);
  EXPECT_NEAR(standardDeviation(uniform), std::sqrt(1.0 / 12.0), 1e-6);
}

TEST(Sounds, AreAtTheLevelsTheySay) {
  const SoundSet sounds;
  EXPECT_EQ(sounds.voices().size(), 9U);
  const Samples& voice = sounds.voices()[0].samples;
  Samples noise = mixedAt(10.0, voice, sounds.noises()[0].samples);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] -= voice[i];
  EXPECT_NEAR(activeLevelDb(voice, kRate) - powerDb(meanPower(noise)), 10.0, 0.5);
  EXPECT_NEAR(powerDb(meanPower(pinkNoise(3.0))), -30.0, 0.01);
  for (const int rate : {16000, 48000}) {
    const Samples music = sungAndPlucked(rate);
    EXPECT_EQ(music.size(), static_cast<std::size_t>(rate) * 48 / 5);
    EXPECT_NEAR(powerDb(meanPower(music)), -20.0, 0.01);
  }
  float peak = 0.0F;
  for (const float v : atPeak(-50.0, voice)) peak = std::max(peak, std::abs(v));
  EXPECT_NEAR(peak, std::pow(10.0, -2.5), 1e-8);
}

TEST(Sounds, PinkNoiseFallsByThreeDecibelsAnOctave) {
  const std::vector<double> edges = {125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0};
  std::vector<double> sum(edges.size() - 1);
  for (const auto& frame : bandPowers(pinkNoise(10.0), kRate, 4096, edges)) {
    for (std::size_t b = 0; b < sum.size(); ++b) sum[b] += frame[b];
  }
  for (std::size_t b = 1; b < sum.size(); ++b) {
    EXPECT_NEAR(powerDb(sum[b]), powerDb(sum[0]), 1.0) << edges[b];  // equal power an octave
  }
}

// Spectral subtraction as of 1979: each bin loses `over` times the noise's mean power, no
// smoothing.
Samples subtractSpectra(const Samples& x, double over, double floor) {
  const StftConfig config{512, 256, 512};
  std::vector<double> noise(static_cast<std::size_t>(config.bins()));
  Samples out(x.size());
  for (const bool is_second_pass : {false, true}) {
    StftAnalyzer analyzer;
    analyzer.prepare(config);
    OverlapAdd synthesizer;
    synthesizer.prepare(config);
    std::vector<std::complex<float>> spectrum(noise.size());
    const auto hops = x.size() / 256;
    for (std::size_t t = 0; t < hops; ++t) {
      analyzer.analyze(x.data() + 256 * t, spectrum.data());
      for (std::size_t k = 0; k < noise.size(); ++k) {
        const double power = double{std::norm(spectrum[k])};
        if (!is_second_pass) noise[k] += power / static_cast<double>(hops);
        const double left = std::max(1.0 - over * noise[k] / (power + 1e-30), floor * floor);
        spectrum[k] *= static_cast<float>(std::sqrt(left));
      }
      if (is_second_pass) synthesizer.synthesize(spectrum.data(), out.data() + 256 * t);
    }
  }
  return out;
}

bool breaksABound(const ResidualFigures& figures) {
  return figures.modulation_db > ResidualFigures::kMostModulationDb ||
         figures.kurtosis_ratio < ResidualFigures::kLeastKurtosisRatio ||
         figures.kurtosis_ratio > ResidualFigures::kMostKurtosisRatio ||
         figures.peaks_percent > ResidualFigures::kMostPeaksPercent;
}

TEST(Residual, BoundsAreBrokenByMusicalNoise) {
  const SoundSet sounds;
  for (const Samples& noise : {whiteNoise(10.0), pinkNoise(10.0), sounds.noises()[1].samples}) {
    for (const double over : {1.0, 2.0, 4.0}) {
      EXPECT_TRUE(breaksABound(measureResidual(noise, subtractSpectra(noise, over, 0.0), kRate)))
          << over;
      EXPECT_TRUE(breaksABound(measureResidual(noise, subtractSpectra(noise, over, 0.1), kRate)))
          << over;
    }
  }
}

TEST(Residual, BoundsAreKeptByNoiseThatIsJustQuieter) {
  const Samples noise = pinkNoise(10.0);
  Samples quieter = noise;
  for (float& v : quieter) v *= 0.01F;
  const ResidualFigures figures = measureResidual(noise, quieter, kRate);
  EXPECT_NEAR(figures.taken_out_db, 40.0, 1e-3);
  EXPECT_FALSE(breaksABound(figures));
}

// A behaviour without a ctest entry would never run.
TEST(Behaviours, AreThoseThatTheBuildRuns) {
  std::string names;
  for (const Behaviour& behaviour : behaviours()) {
    names += (names.empty() ? "" : " ") + behaviour.name;
  }
  EXPECT_EQ(names, HISS_TEST_BEHAVIOURS);
}

TEST(KnownMisses, AreReadFromTheTable) {
  const auto path = std::filesystem::path(testing::TempDir()) / "hiss_known_misses.md";
  std::ofstream(path)
      << "| x | y: z | 1 |\n## Not reached\n\ntext\n\n| model | figure | reached |\n"
         "|---|---|---|\n| `base` | onsets: mean change | -1.93 dB | why |\n\n"
         "## Next\n| a | b: c | 2 |\n";
  const std::vector<KnownMiss> known = readKnownMisses(path);
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0].model, "base");
  EXPECT_EQ(known[0].behaviour, "onsets");
  EXPECT_EQ(known[0].figure, "mean change");
  EXPECT_EQ(known[0].reached, -1.93);

  const auto verdict = [&](double value, const std::string& model) {
    return judge({"mean change", "dB", value, -1.0, 1.0}, model, "onsets", known);
  };
  EXPECT_EQ(verdict(0.99, "base"), Verdict::kKept);
  EXPECT_EQ(verdict(-1.97, "base"), Verdict::kKnownMiss);
  EXPECT_EQ(verdict(-2.1, "base"), Verdict::kFailed);  // worse than is known
  EXPECT_EQ(verdict(-1.97, "large"), Verdict::kFailed);
  EXPECT_EQ(verdict(std::nan(""), "base"), Verdict::kFailed);

  std::ofstream(path)
      << "## Not reached\n| model | figure | reached |\n|---|---|---|\n| base | x |\n";
  EXPECT_THROW((void)readKnownMisses(path), std::runtime_error);
  std::ofstream(path) << "nothing\n";
  EXPECT_THROW((void)readKnownMisses(path), std::runtime_error);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace hiss
