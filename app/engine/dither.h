// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace hiss {

// Triangular noise (TPDF) of two steps from peak to peak, for rounding to fewer bits: the error of
// rounding then depends on the sound neither in its mean nor in its power. Each channel has a
// sequence of its own, the same in every run. Not thread-safe.
class Dither {
 public:
  explicit Dither(int channels) {
    for (int c = 0; c < channels; ++c) {
      states_.push_back(0x9E3779B97F4A7C15ULL * (static_cast<std::uint64_t>(c) + 1));
    }
  }

  // The channel's next value, in steps of the format rounded to: -1 to 1, mean 0.
  double next(int channel) noexcept {
    // SplitMix64 (Steele, Lea, Flood 2014).
    std::uint64_t z = states_[static_cast<std::size_t>(channel)] += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    constexpr double kUnit = 1.0 / 4294967296.0;
    return (static_cast<double>(z >> 32) - static_cast<double>(z & 0xFFFFFFFFU)) * kUnit;
  }

 private:
  std::vector<std::uint64_t> states_;  // [channels]
};

}  // namespace hiss
