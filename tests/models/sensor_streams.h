// SPDX-License-Identifier: Apache-2.0
// Sensor streams without anomalies, for the tests of the detectors.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace hiss::test {

// Kinds of stream that `sensorStream` makes.
inline const std::vector<std::string>& sensorStreamKinds() {
  static const std::vector<std::string> kinds = {"white", "autoregressive", "periodic",
                                                 "heavy-tailed", "drift"};
  return kinds;
}

// rows [rows] of one sensor; the same for the same seed.
inline std::vector<double> sensorStream(const std::string& kind, std::size_t rows, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::student_t_distribution<double> student(3.0);
  std::vector<double> values(rows);
  double last = 0.0;
  for (std::size_t t = 0; t < rows; ++t) {
    const auto time = static_cast<double>(t);
    if (kind == "white") values[t] = 20.0 + normal(generator);
    if (kind == "autoregressive") values[t] = last = 0.9 * last + normal(generator);
    if (kind == "periodic") values[t] = std::sin(0.1257 * time) + 0.1 * normal(generator);
    if (kind == "heavy-tailed") values[t] = 1e-6 * student(generator);
    if (kind == "drift") values[t] = 1e6 + 1e-4 * time + normal(generator);
  }
  return values;
}

}  // namespace hiss::test
