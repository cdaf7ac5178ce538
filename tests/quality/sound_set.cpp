// SPDX-License-Identifier: Apache-2.0
#include "tests/quality/sound_set.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

#include "app/engine/failure.h"
#include "app/engine/sound_file_io.h"
#include "tests/quality/measures.h"

namespace hiss {
namespace {

constexpr std::array kVoices = {"voice_002", "voice_025", "voice_040",
                                "voice_046", "voice_051", "voice_053"};
constexpr std::array kPairs = {"cafe", "rain", "wind"};
constexpr double kTau = 2.0 * std::numbers::pi;

Samples readRecording(const std::string& name) {
  SoundFileReader reader(std::string(HISS_TEST_AUDIO "/") + name + ".flac");
  if (reader.spec().sample_rate_hz != SoundSet::kRateHz || reader.spec().channels != 1) {
    throw Failure(FailureKind::kInput, reader.name(), "16 kHz, mono", "something else");
  }
  Samples samples;
  std::array<float, 4096> block{};
  float* const planar = block.data();
  while (const int n = reader.read(&planar, static_cast<int>(block.size()))) {
    samples.insert(samples.end(), block.begin(), block.begin() + n);
  }
  return samples;
}

void scaleTo(double level_db, Samples& x) {
  const auto factor = static_cast<float>(std::pow(10.0, (level_db - powerDb(meanPower(x))) / 20.0));
  for (float& v : x) v *= factor;
}

// Uniform in -1 ... 1, the same on every platform.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  double roll() { return static_cast<double>(engine_()) / 2147483648.0 - 1.0; }

 private:
  std::mt19937 engine_;
};

// A resonance at `hz`, `width_hz` wide.
class Resonator {
 public:
  Resonator(double hz, double width_hz, int rate) {
    const double r = std::exp(-std::numbers::pi * width_hz / rate);
    a1_ = 2.0 * r * std::cos(kTau * hz / rate);
    a2_ = -r * r;
    gain_ = 1.0 - r;
  }
  double next(double x) {
    const double y = gain_ * x + a1_ * y1_ + a2_ * y2_;
    y2_ = y1_;
    y1_ = y;
    return y;
  }

 private:
  double a1_ = 0.0;
  double a2_ = 0.0;
  double gain_ = 0.0;
  double y1_ = 0.0;
  double y2_ = 0.0;
};

double pitchHz(int semitones_over_a3) { return 220.0 * std::pow(2.0, semitones_over_a3 / 12.0); }

// One sung note from sample `begin` to `end`, added to `out`.
void sing(std::size_t begin, std::size_t end, double hz, const std::array<double, 3>& formants,
          int rate, Samples& out) {
  std::array<Resonator, 3> tract = {Resonator(formants[0], 80.0, rate),
                                    Resonator(formants[1], 100.0, rate),
                                    Resonator(formants[2], 150.0, rate)};
  double phase = 0.0;
  for (std::size_t i = begin; i < end; ++i) {
    const double t = static_cast<double>(i - begin) / rate;
    const double left = static_cast<double>(end - i) / rate;
    const double depth = 0.5 * std::min(1.0, 3.0 * t);  // the vibrato sets in after the onset
    phase += hz * std::pow(2.0, depth * std::sin(kTau * 5.5 * t) / 12.0) / rate;
    double buzz = 0.0;
    for (int k = 1; k * hz < 6000.0; ++k) buzz += std::sin(kTau * phase * k) / k;
    buzz *= std::min({1.0, 20.0 * t, 20.0 * left});
    double voice = 0.0;
    for (Resonator& formant : tract) voice += formant.next(buzz);
    out[i] += static_cast<float>(voice);
  }
}

// A plucked string (Karplus and Strong 1983) from sample `begin` on.
void pluck(std::size_t begin, double hz, int rate, Dice& dice, Samples& out) {
  const auto period = static_cast<std::size_t>(std::lround(rate / hz));
  std::vector<double> string(period);
  for (double& v : string) v = dice.roll();
  const std::size_t end = std::min(out.size(), begin + 2 * static_cast<std::size_t>(rate));
  for (std::size_t i = begin; i < end; ++i) {
    double& here = string[(i - begin) % period];
    out[i] += static_cast<float>(0.3 * here);
    here = 0.498 * (here + string[(i - begin + 1) % period]);
  }
}

// A cymbal, touched: noise without its low end that dies away in a fifth of a second.
void brush(std::size_t begin, std::size_t end, int rate, Dice& dice, Samples& out) {
  double last = 0.0;
  for (std::size_t i = begin; i < end; ++i) {
    const double t = static_cast<double>(i - begin) / rate;
    const double x = dice.roll();
    out[i] += static_cast<float>(0.05 * (x - last) * std::exp(-t / 0.2));
    last = x;
  }
}

}  // namespace

SoundSet::SoundSet() {
  for (const char* name : kVoices) voices_.push_back({name, readRecording(name)});
  for (const std::string name : kPairs) {
    const Samples clean = readRecording(name + "_clean");
    const Samples noisy = readRecording(name + "_noisy");
    Samples noise(noisy.size());
    std::transform(noisy.begin(), noisy.end(), clean.begin(), noise.begin(), std::minus<>());
    voices_.push_back({name, clean});
    noisy_.push_back({name, noisy});
    noises_.push_back({name, noise});
  }
}

Samples mixedAt(double snr_db, std::span<const float> voice, std::span<const float> noise) {
  const double noise_db =
      activeLevelDb(voice, SoundSet::kRateHz) - snr_db - powerDb(meanPower(noise));
  const auto factor = static_cast<float>(std::pow(10.0, noise_db / 20.0));
  Samples mixed(voice.begin(), voice.end());
  for (std::size_t i = 0; i < mixed.size(); ++i) mixed[i] += factor * noise[i % noise.size()];
  return mixed;
}

Samples whiteNoise(double seconds, int rate) {
  Dice dice(3);
  Samples x(static_cast<std::size_t>(seconds * rate));
  // The sum of four is near enough to a normal distribution.
  for (float& v : x) v = static_cast<float>(dice.roll() + dice.roll() + dice.roll() + dice.roll());
  scaleTo(-30.0, x);
  return x;
}

Samples pinkNoise(double seconds) {
  Samples x = whiteNoise(seconds);
  // Poles and zeros that take turns, three pairs a decade.
  for (const double hz : {30.0, 139.0, 646.0, 3000.0}) {
    const double pole = std::exp(-kTau * hz / SoundSet::kRateHz);
    const double zero = std::exp(-kTau * 2.15 * hz / SoundSet::kRateHz);
    double x1 = 0.0;
    double y1 = 0.0;
    for (float& v : x) {
      y1 = v - zero * x1 + pole * y1;
      x1 = v;
      v = static_cast<float>(y1);
    }
  }
  scaleTo(-30.0, x);
  return x;
}

Samples sungAndPlucked(int rate) {
  const auto note = static_cast<std::size_t>(rate) * 4 / 5;  // 12 of them
  constexpr std::array<int, 12> kMelody = {0, 4, 7, 9, 7, 4, 5, 2, 0, 4, 7, 12};
  constexpr std::array<std::array<double, 3>, 3> kVowels = {
      {{730.0, 1090.0, 2440.0}, {530.0, 1840.0, 2480.0}, {570.0, 840.0, 2410.0}}};
  Samples song(note * kMelody.size());
  Samples strings(song.size());
  Dice dice(11);
  for (std::size_t i = 0; i < kMelody.size(); ++i) {
    if (i < 8) {  // the last four notes are the others'
      sing(i * note, (i + 1) * note, pitchHz(kMelody[i]), kVowels[i % kVowels.size()], rate, song);
    }
    if (i < 4 || i >= 8) {
      for (const int interval : {-12, -5, 0, 4}) {
        pluck(i * note, pitchHz(kMelody[i] + interval), rate, dice, strings);
      }
      brush(i * note, (i + 1) * note, rate, dice, strings);
    }
  }
  scaleTo(-20.0, song);
  scaleTo(-20.0, strings);
  for (std::size_t i = 0; i < song.size(); ++i) song[i] += strings[i];
  scaleTo(-20.0, song);
  return song;
}

Samples atPeak(double peak_dbfs, std::span<const float> x) {
  float peak = 0.0F;
  for (const float v : x) peak = std::max(peak, std::abs(v));
  const auto factor = static_cast<float>(std::pow(10.0, peak_dbfs / 20.0)) / peak;
  Samples scaled(x.begin(), x.end());
  for (float& v : scaled) v *= factor;
  return scaled;
}

}  // namespace hiss
