// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/flat_cost/audio_features.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "app/engine/planar_block.h"
#include "app/engine/sound_file_io.h"
#include "dsp/spectrogram.h"

namespace hiss {
namespace {

constexpr int kWindow = 512;
constexpr int kHop = 256;
constexpr float kFloorDb = -100.0f;  // digital silence would outweigh all else

void normalise(FeatureLoop& loop) {
  const std::size_t frames = loop.frames();
  for (std::size_t band = 0; band < loop.width; ++band) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t t = 0; t < frames; ++t) {
      const double value = loop.values[t * loop.width + band];
      sum += value;
      squares += value * value;
    }
    const double mean = sum / static_cast<double>(frames);
    const double variance = std::max(squares / static_cast<double>(frames) - mean * mean, 1e-6);
    for (std::size_t t = 0; t < frames; ++t) {
      float& value = loop.values[t * loop.width + band];
      value = static_cast<float>((value - mean) / std::sqrt(variance));
    }
  }
}

}  // namespace

FeatureLoop audioFeatures(std::span<const std::filesystem::path> files, int width) {
  if (width < 1 || width > kHop) {
    throw std::invalid_argument("audioFeatures: expected 1 to 256 bands");
  }
  FeatureLoop loop;
  loop.width = static_cast<std::size_t>(width);
  for (const std::filesystem::path& path : files) {
    SoundFileReader reader(path);
    PlanarBlock block(reader.spec().channels);
    Spectrogram spectrogram;
    spectrogram.prepare(kWindow, kHop);
    const auto addFrame = [&](const float* column_db) {
      for (int band = 0; band < width; ++band) {
        const int first = band * kHop / width;
        const int last = (band + 1) * kHop / width;
        float sum = 0.0f;
        for (int bin = first; bin < last; ++bin) sum += std::max(column_db[bin], kFloorDb);
        loop.values.push_back(sum / static_cast<float>(last - first));
      }
    };
    while (const int n = reader.read(block.planar(), kFileBlockSamples)) {
      spectrogram.process(block.planar()[0], n, addFrame);
    }
  }
  if (loop.values.empty()) throw std::invalid_argument("audioFeatures: not one whole frame");
  normalise(loop);
  return loop;
}

}  // namespace hiss
