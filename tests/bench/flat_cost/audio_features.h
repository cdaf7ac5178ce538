// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace hiss {

// Levels of a recording in frequency bands over time, [frames, width], used as an endless stream:
// frame t is row t modulo frames.
struct FeatureLoop {
  std::vector<float> values;
  std::size_t width = 0;

  std::size_t frames() const noexcept { return values.size() / width; }
  const float* row(std::size_t frame) const noexcept { return values.data() + frame * width; }
};

// The first channels of the sound files one after another: spectra of 512 samples every 256, in
// dB, averaged over `width` <= 256 bands of equal breadth, each band with mean 0 and variance 1.
// Throws Failure for a file that cannot be read, std::invalid_argument for another width or if
// there is no whole frame.
FeatureLoop audioFeatures(std::span<const std::filesystem::path> files, int width);

}  // namespace hiss
