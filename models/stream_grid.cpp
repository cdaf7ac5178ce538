// SPDX-License-Identifier: Apache-2.0
#include "models/stream_grid.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "dsp/window.h"

namespace hiss {
namespace {

bool hasFactorsUpTo7(int n) {
  for (const int factor : {2, 3, 5, 7}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

// The product of 2, 3, 5 and 7 nearest to x that is at least `least`; of two, the lower.
int nearestProduct(double x, int least) {
  int below = std::max(least, static_cast<int>(std::floor(x)));
  while (below > least && !hasFactorsUpTo7(below)) --below;
  int above = std::max(least, static_cast<int>(std::ceil(x)));
  while (!hasFactorsUpTo7(above)) ++above;
  return hasFactorsUpTo7(below) && x - below <= above - x ? below : above;
}

int scaled(double ratio, int samples) {
  return std::max(1, static_cast<int>(std::lround(ratio * samples)));
}

double windowSum(const StftConfig& stft) {
  const auto window = makeWindowPair(stft.n_fft, stft.hop, stft.synthesis_length).analysis;
  return std::accumulate(window.begin(), window.end(), 0.0);
}

// Hops of which never more than two overlap.
void fitSparse(const StftConfig& own, double ratio, StftConfig& stft) {
  stft.hop = std::min(scaled(ratio, own.hop), stft.n_fft - 1);
  const int overlap = scaled(ratio, own.synthesis_length - own.hop);
  stft.synthesis_length = stft.hop + std::min({overlap, stft.hop, stft.n_fft - stft.hop});
}

// A whole number of three hops or more in each synthesis window, of even length.
void fitDense(int hops, const StftConfig& own, double ratio, StftConfig& stft) {
  stft.hop = std::min(scaled(ratio, own.hop), stft.n_fft / hops);
  if (hops % 2 == 1 && stft.hop % 2 == 1) stft.hop = std::max(2, stft.hop - 1);
  stft.synthesis_length = hops * stft.hop;
}

}  // namespace

StreamGrid streamGrid(const DenoiserConfig& config, int sample_rate_hz) {
  StreamGrid grid;
  grid.sample_rate_hz = sample_rate_hz;
  grid.core_bins = config.usedBins();
  grid.stft = config.stft();
  if (sample_rate_hz == config.sample_rate) return grid;
  const StftConfig own = config.stft();
  const double ratio = static_cast<double>(sample_rate_hz) / config.sample_rate;
  const int hops = own.synthesis_length / own.hop;
  const bool dense = own.synthesis_length > 2 * own.hop;
  grid.stft.n_fft = 2 * nearestProduct(0.5 * ratio * own.n_fft, dense ? hops : 2);
  if (dense) {
    fitDense(hops, own, ratio, grid.stft);
  } else {
    fitSparse(own, ratio, grid.stft);
  }
  grid.scale = static_cast<float>(windowSum(own) / windowSum(grid.stft));
  return grid;
}

}  // namespace hiss
