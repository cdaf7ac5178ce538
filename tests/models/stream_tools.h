// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <random>
#include <vector>

#include "models/stream_processor.h"

namespace hiss {

// Feeds one channel through a prepared processor in blocks of `block` samples.
inline std::vector<float> runMono(StreamProcessor& processor, const std::vector<float>& input,
                                  std::size_t block) {
  std::vector<float> output(input.size());
  for (std::size_t i = 0; i < input.size(); i += block) {
    const float* in = input.data() + i;
    float* out = output.data() + i;
    processor.process(&in, &out, static_cast<int>(std::min(block, input.size() - i)));
  }
  return output;
}

inline bool sameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

inline std::vector<float> sine(int rate, double hz, std::size_t length, float amplitude = 0.5F) {
  std::vector<float> samples(length);
  for (std::size_t i = 0; i < length; ++i) {
    const double phase = 2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate;
    samples[i] = amplitude * static_cast<float>(std::sin(phase));
  }
  return samples;
}

// Swelling harmonics with noise, somewhat like a voice; the same on every platform but for the
// last bits of sin.
inline std::vector<float> noisySignal(int rate, std::size_t length, std::uint32_t seed = 1) {
  std::mt19937 engine(seed);
  std::vector<float> samples(length);
  for (std::size_t i = 0; i < length; ++i) {
    const double t = static_cast<double>(i) / rate;
    double voice = 0.0;
    for (int k = 1; k <= 8; ++k) {
      voice += std::sin(2.0 * std::numbers::pi * 140.0 * k * t + k * k) / k;
    }
    voice *= 0.1 * (1.0 + std::sin(2.0 * std::numbers::pi * 3.0 * t));
    const double noise = static_cast<double>(engine()) / 2147483648.0 - 1.0;
    samples[i] = static_cast<float>(voice + 0.05 * noise);
  }
  return samples;
}

}  // namespace hiss
