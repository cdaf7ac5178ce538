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

// Builds the pair. With L = synthesis_length, o = L - hop the overlap of neighbouring hops, and
// j = i - (n_fft - L) the index into the span of the synthesis window:
//
//   analysis[i]  = sin(pi i / 2 (n_fft - o))       i < n_fft - o   (slow rise)
//                = cos(pi (i - n_fft + o) / 2 o)   else            (fast fall over o samples)
//   product[j]   = sin^2(pi j / 2 o)               j < o           (Hann rise)
//                = 1                               o <= j < hop
//                = cos^2(pi (j - hop) / 2 o)       hop <= j < L    (Hann fall)
//   synthesis[i] = product[j] / analysis[i]        j > 0, else 0
//
// L == n_fft == 2 hop is the usual symmetric sqrt-Hann pair; a shorter L keeps the frequency
// resolution of the long window at the delay of the short one (Mauler and Martin, "A low delay,
// variable resolution, perfect reconstruction spectral analysis-synthesis system for speech
// enhancement", EUSIPCO 2007); an overlap below the hop saves hops at the same delay.
//
// Where L is even and hop divides it three times or more, product is a Hann window of length L
// times 2 hop / L instead, and the analysis window falls over o = L/2 samples.
//
// Throws std::invalid_argument unless n_fft is even, hop > 0, hop < L <= n_fft and either
// L <= 2 hop or L is even and a multiple of hop. [main-thread]
WindowPair makeWindowPair(int n_fft, int hop, int synthesis_length);

// Whether makeWindowPair serves these numbers. [thread-safe]
bool hasWindowPair(int n_fft, int hop, int synthesis_length) noexcept;

// Largest distance from one of the overlap-add of analysis * synthesis at `hop`. [main-thread]
double overlapAddError(const WindowPair& pair, int hop);

}  // namespace hiss
