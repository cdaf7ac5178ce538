// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_sound.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <random>

#include "app/engine/aligned_stream.h"
#include "app/engine/failure.h"
#include "app/engine/planar_block.h"
#include "app/engine/sound_file_io.h"

namespace hiss {
namespace {

constexpr int kGeneratedRateHz = 16000;
constexpr double kSyllablesHz = 4.0;
constexpr double kPitchHz = 140.0;
constexpr int kHarmonics = 12;

}  // namespace

BenchSound readBenchSound(const std::string& path, double most_seconds) {
  SoundFileReader reader(path);
  requireProcessable(reader);
  BenchSound sound;
  sound.name = std::filesystem::path(path).filename().string();
  sound.sample_rate_hz = reader.spec().sample_rate_hz;
  sound.samples.resize(static_cast<std::size_t>(reader.spec().channels));
  PlanarBlock block(reader.spec().channels);
  const double most = std::max(1.0, most_seconds * sound.sample_rate_hz);
  while (static_cast<double>(sound.samples.front().size()) < most) {
    const int n = reader.read(block.planar(), kFileBlockSamples);
    if (n == 0) break;
    for (std::size_t c = 0; c < sound.samples.size(); ++c) {
      const float* const begin = block.planar()[c];
      sound.samples[c].insert(sound.samples[c].end(), begin, begin + n);
    }
  }
  return sound;
}

BenchSound defaultBenchSound(double most_seconds) {
  try {
    return readBenchSound(HISS_SOURCE_SOUND, most_seconds);
  } catch (const Failure&) {
    return generateBenchSound(std::min(most_seconds, 60.0));
  }
}

BenchSound generateBenchSound(double seconds) {
  BenchSound sound;
  sound.name = "generated speech-like noise";
  sound.generated = true;
  sound.sample_rate_hz = kGeneratedRateHz;
  const auto n = static_cast<std::size_t>(std::max(1.0, seconds * kGeneratedRateHz));
  std::vector<float>& samples = sound.samples.emplace_back(n);
  std::mt19937 engine(1);
  for (std::size_t i = 0; i < n; ++i) {
    const double t = 2.0 * std::numbers::pi * static_cast<double>(i) / kGeneratedRateHz;
    const double loudness = std::max(0.0, std::sin(kSyllablesHz * t));
    double voice = 0.0;
    for (int k = 1; k <= kHarmonics; ++k) voice += std::sin(kPitchHz * k * t) / k;
    const double noise = static_cast<double>(engine()) / 2147483648.0 - 1.0;
    samples[i] = static_cast<float>(0.15 * loudness * voice + 0.03 * noise);
  }
  return sound;
}

}  // namespace hiss
