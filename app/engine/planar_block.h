// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "app/engine/aligned_stream.h"
#include "app/engine/sound_file_io.h"

namespace hiss {

// Samples of one block, [channels][samples], with the pointers that planar interfaces take. Not
// thread-safe.
class PlanarBlock {
 public:
  explicit PlanarBlock(int channels, int samples = kFileBlockSamples)
      : samples_(static_cast<std::size_t>(channels) * static_cast<std::size_t>(samples)),
        pointers_(channels) {
    for (int c = 0; c < channels; ++c) {
      pointers_[c] = samples_.data() + static_cast<std::ptrdiff_t>(c) * samples;
    }
  }
  PlanarBlock(const PlanarBlock&) = delete;  // the pointers are its own
  PlanarBlock& operator=(const PlanarBlock&) = delete;

  float* const* planar() { return pointers_.data(); }

  // Reads `n` samples, or as many as there are before the file ends, and returns how many. Throws
  // as SoundFileReader::read.
  int fill(SoundFileReader& reader, int n) {
    std::vector<float*> at = pointers_;
    int filled = 0;
    while (filled < n) {
      const int got = reader.read(at.data(), n - filled);
      if (got == 0) break;
      filled += got;
      for (float*& plane : at) plane += got;
    }
    return filled;
  }

  void clear() { std::fill(samples_.begin(), samples_.end(), 0.0F); }

  // The same block without its first `skip` samples.
  std::vector<const float*> from(int skip) const {
    std::vector<const float*> shifted(pointers_.begin(), pointers_.end());
    for (const float*& pointer : shifted) pointer += skip;
    return shifted;
  }

 private:
  std::vector<float> samples_;
  std::vector<float*> pointers_;
};

}  // namespace hiss
