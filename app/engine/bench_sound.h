// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace hiss {

// What a benchmark feeds its processors with.
struct BenchSound {
  std::string name;
  bool generated = false;
  int sample_rate_hz = 0;
  std::vector<std::vector<float>> samples;  // [channels][n], n >= 1
};

// The first `most_seconds` of a sound file. Throws Failure(kInput).
BenchSound readBenchSound(const std::string& path, double most_seconds);

// A recording of the source tree that this program was built from if it is still there, else
// generateBenchSound(). Throws nothing.
BenchSound defaultBenchSound(double most_seconds);

// Speech-like and the same every time: voiced syllables at four a second over steady noise, 16 kHz.
BenchSound generateBenchSound(double seconds);

}  // namespace hiss
