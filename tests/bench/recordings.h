// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "app/engine/sound_file_io.h"

namespace hiss {

// The noisy recordings of tests/data/audio one after the other, endlessly.
class Recordings {
 public:
  Recordings() {
    for (const char* name : {"cafe_noisy.flac", "rain_noisy.flac", "wind_noisy.flac"}) {
      SoundFileReader reader(std::filesystem::path(HISS_AUDIO_DIR) / name);
      std::vector<float> piece(4096);
      float* planar = piece.data();
      for (int n = reader.read(&planar, 4096); n > 0; n = reader.read(&planar, 4096)) {
        samples_.insert(samples_.end(), piece.begin(), piece.begin() + n);
      }
    }
  }
  // `hop` samples of tick `tick` of stream `stream`, each stream somewhere else.
  [[nodiscard]] const float* at(std::size_t stream, std::size_t tick, std::size_t hop) const {
    const std::size_t ticks = samples_.size() / hop;
    return samples_.data() + (tick + stream * 37) % ticks * hop;
  }

 private:
  std::vector<float> samples_;
};

}  // namespace hiss
