// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace hiss {

// Periodic Hann window, w[i] = (1 - cos(2 pi i / n)) / 2 = sin^2(pi i / n), computed in double.
// Throws std::invalid_argument unless n > 0. [main-thread]
std::vector<float> hann(int n);

// Its square root, sin(pi i / n). Throws std::invalid_argument unless n > 0. [main-thread]
std::vector<float> sqrtHann(int n);

// Analysis and synthesis window of one STFT, both [n_fft]. The synthesis window is zero outside its
// last `synthesis_length` samples, and overlap-add of analysis * synthesis at `hop` sums to one, so
// an unchanged spectrum gives the input back.
struct WindowPair {
  std::vector<float> analysis;   // [n_fft]
  std::vector<float> synthesis;  // [n_fft]
};

// Builds the pair. With L = synthesis_length and M = n_fft - L/2:
//
//   analysis[i]  = sin(pi i / 2M)                   i < M     (slow rise over M samples)
//                = sin(pi (i - n_fft + L) / L)      i >= M    (fast fall over L/2 samples)
//   synthesis[i] = (2 hop / L) hann_L[i - n_fft + L] / analysis[i]    i >= n_fft - L, else 0
//
// L == n_fft is the usual symmetric sqrt-Hann pair; a shorter L keeps the frequency resolution of
// the long window at the delay of the short one (Mauler and Martin, "A low delay, variable
// resolution, perfect reconstruction spectral analysis-synthesis system for speech enhancement",
// EUSIPCO 2007).
//
// Throws std::invalid_argument unless n_fft and L are even, hop > 0, hop divides L and
// 2 hop <= L <= n_fft. [main-thread]
WindowPair makeWindowPair(int n_fft, int hop, int synthesis_length);

// Largest distance from one of the overlap-add of analysis * synthesis at `hop`. [main-thread]
double overlapAddError(const WindowPair& pair, int hop);

}  // namespace hiss
