// SPDX-License-Identifier: Apache-2.0
#include "dsp/window.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

namespace hiss {
namespace {

double sine(int i, int n) { return std::sin(std::numbers::pi * i / n); }

void requirePositive(int n) {
  if (n <= 0)
    throw std::invalid_argument("window length " + std::to_string(n) + " is not positive");
}

}  // namespace

std::vector<float> hann(int n) {
  requirePositive(n);
  std::vector<float> w(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) w[i] = static_cast<float>(sine(i, n) * sine(i, n));
  return w;
}

std::vector<float> sqrtHann(int n) {
  requirePositive(n);
  std::vector<float> w(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) w[i] = static_cast<float>(sine(i, n));
  return w;
}

WindowPair makeWindowPair(int n_fft, int hop, int synthesis_length) {
  const int L = synthesis_length;
  const bool valid = n_fft > 0 && n_fft % 2 == 0 && hop > 0 && L > 0 && L % 2 == 0 &&
                     L % hop == 0 && L / hop >= 2 && L <= n_fft;
  if (!valid) {
    throw std::invalid_argument(
        "window pair: expected even n_fft and synthesis_length, hop dividing synthesis_length and "
        "2 hop <= synthesis_length <= n_fft, found n_fft " +
        std::to_string(n_fft) + ", hop " + std::to_string(hop) + ", synthesis_length " +
        std::to_string(L));
  }
  const int rise = n_fft - L / 2;
  const double scale = 2.0 * hop / L;
  WindowPair pair{std::vector<float>(static_cast<std::size_t>(n_fft)),
                  std::vector<float>(static_cast<std::size_t>(n_fft))};
  for (int i = 0; i < n_fft; ++i) {
    const int j = i - (n_fft - L);  // index into the synthesis part
    const double a = i < rise ? sine(i, 2 * rise) : sine(j, L);
    pair.analysis[i] = static_cast<float>(a);
    // j == 0 is a zero of the Hann window, and of the analysis window too when L == n_fft.
    if (j > 0) pair.synthesis[i] = static_cast<float>(scale * sine(j, L) * sine(j, L) / a);
  }
  return pair;
}

double overlapAddError(const WindowPair& pair, int hop) {
  double worst = 0.0;
  const int n = static_cast<int>(pair.analysis.size());
  for (int phase = 0; phase < hop; ++phase) {
    double sum = 0.0;
    for (int i = phase; i < n; i += hop) {
      sum += static_cast<double>(pair.analysis[i]) * static_cast<double>(pair.synthesis[i]);
    }
    worst = std::max(worst, std::abs(sum - 1.0));
  }
  return worst;
}

}  // namespace hiss
