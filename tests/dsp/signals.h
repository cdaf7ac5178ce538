// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace hiss::test {

// Uniform noise in [-1, 1), the same on every platform for the same seed.
inline std::vector<float> noise(int n, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) {
    v = static_cast<float>(static_cast<double>(generator()) / 2147483648.0 - 1.0);
  }
  return x;
}

// amplitude * sin(2 pi frequency i / rate + phase), computed in double.
inline std::vector<float> sine(int n, double frequency_hz, double rate_hz, double amplitude = 1.0,
                               double phase = 0.0) {
  std::vector<float> x(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    const double angle = 2.0 * std::numbers::pi * frequency_hz * i / rate_hz + phase;
    x[i] = static_cast<float>(amplitude * std::sin(angle));
  }
  return x;
}

// A measured figure for the test report.
inline std::string scientific(double value) {
  std::ostringstream text;
  text << std::scientific << value;
  return text.str();
}

}  // namespace hiss::test
