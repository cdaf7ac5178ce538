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

bool hasWindowPair(int n_fft, int hop, int synthesis_length) noexcept {
  const int L = synthesis_length;
  return n_fft > 0 && n_fft % 2 == 0 && hop > 0 && hop < L && L <= n_fft &&
         (L - hop <= hop || (L % 2 == 0 && L % hop == 0));
}

WindowPair makeWindowPair(int n_fft, int hop, int synthesis_length) {
  const int L = synthesis_length;
  if (!hasWindowPair(n_fft, hop, L)) {
    throw std::invalid_argument(
        "window pair: expected even n_fft, hop < synthesis_length <= n_fft and a synthesis_length "
        "of at most 2 hop or an even multiple of hop, found n_fft " +
        std::to_string(n_fft) + ", hop " + std::to_string(hop) + ", synthesis_length " +
        std::to_string(L));
  }
  const bool dense = L > 2 * hop;  // more than two hops overlap
  const int fall = dense ? L / 2 : L - hop;
  const int rise = n_fft - fall;
  const double scale = dense ? 2.0 * hop / L : 1.0;
  WindowPair pair{std::vector<float>(static_cast<std::size_t>(n_fft)),
                  std::vector<float>(static_cast<std::size_t>(n_fft))};
  for (int i = 0; i < n_fft; ++i) {
    const double a = i < rise ? sine(i, 2 * rise) : sine(i - rise + fall, 2 * fall);
    pair.analysis[i] = static_cast<float>(a);
    // j == 0 is a zero of the product, and of the analysis window too when L == n_fft.
    const int j = i - (n_fft - L);  // index into the synthesis part
    if (j <= 0) continue;
    double root = 1.0;  // of the product, but for the scale
    if (j < fall) root = sine(j, 2 * fall);
    if (i >= rise) root = a;
    pair.synthesis[i] = static_cast<float>(scale * root * root / a);
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
