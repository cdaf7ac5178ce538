// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "app/engine/aligned_stream.h"

namespace hiss {

// Samples of one block, [channels][kFileBlockSamples], with the pointers that planar interfaces
// take. Not thread-safe.
class PlanarBlock {
 public:
  explicit PlanarBlock(int channels)
      : samples_(static_cast<std::size_t>(channels) * kFileBlockSamples), pointers_(channels) {
    for (int c = 0; c < channels; ++c) {
      pointers_[c] = samples_.data() + static_cast<std::ptrdiff_t>(c) * kFileBlockSamples;
    }
  }
  PlanarBlock(const PlanarBlock&) = delete;  // the pointers are its own
  PlanarBlock& operator=(const PlanarBlock&) = delete;

  float* const* planar() { return pointers_.data(); }

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
