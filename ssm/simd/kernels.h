// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "dsp/realtime.h"

namespace hiss {

// Columns in one panel of packed weights, and the multiple to which per-channel arrays are padded.
// 16 floats are one cache line, one AVX-512 register, two AVX2 or four SSE registers.
inline constexpr int kPanel = 16;

// Next multiple of kPanel.
constexpr int paddedCount(int n) { return (n + kPanel - 1) / kPanel * kPanel; }

// Where ssm_state and A keep state n of a channel: channels lie in blocks of kPanel, the last of 8
// where that is enough, and a block is [d_state, its width]. So a step goes through memory from one
// end to the other whatever the vectors' width, which is what keeps many streams at speed.
// (Always inlined: a copy compiled with the kernels must not be what other code is linked to.)
[[gnu::always_inline]] constexpr int stateBlockWidth(int channel, int d_inner) {
  return d_inner - channel / kPanel * kPanel > kPanel / 2 ? kPanel : kPanel / 2;
}
[[gnu::always_inline]] constexpr std::ptrdiff_t stateIndex(int channel, int n, int d_inner,
                                                           int d_state) {
  const std::ptrdiff_t first = channel / kPanel * kPanel;
  return first * d_state + std::ptrdiff_t{n} * stateBlockWidth(channel, d_inner) + channel - first;
}
// Values of one row, with the padding of the last block, which is zero.
constexpr int stateFloats(int d_inner, int d_state) {
  const int last = (d_inner - 1) / kPanel * kPanel;
  return (last + stateBlockWidth(d_inner - 1, d_inner)) * d_state;
}

// One row's step of the selective state space (see Kernels::selectiveStateUpdate).
// `d_inner_padded` is a multiple of kPanel; entries past d_inner are zero in x, z, A, D and h, and
// what y has there afterwards is not specified.
struct SelectiveStep {
  float* dt;       // [d_inner_padded], in: step size before softplus, out: after
  const float* x;  // [d_inner_padded], after convolution and SiLU
  float* z;        // [d_inner_padded], in: gate before SiLU, out: after
  const float* A;  // [d_state, d_inner_padded], state matrix times log2(e)
  const float* B;  // [d_state]
  const float* C;  // [d_state]
  const float* D;  // [d_inner_padded]
  float* h;        // [d_state, d_inner_padded], advanced in place
  float* y;        // [d_inner_padded], output
  int d_inner;
  int d_inner_padded;
  int d_state;
};

// One row's step of a state space whose channels have one decay each (see
// Kernels::ssdStateUpdate). Arrays over channels reach to the next multiple of kPanel; past
// `channels` they are zero, and what y has there afterwards is not specified. `h` is laid out as
// that of a SelectiveStep.
struct SsdStep {
  const float* dA;  // [channels], decay
  const float* dt;  // [channels], step size
  const float* x;   // [channels]
  float* z;         // [channels], in: gate before SiLU, out: after
  const float* B;   // [d_state]
  const float* C;   // [d_state]
  const float* D;   // [channels]
  float* h;         // [d_state, channels], advanced in place
  float* y;         // [channels], output
  int channels;
  int d_state;
};

// One row's step of channels with `pairs` complex states each (see Kernels::diagonalStateUpdate).
// Padded as an SsdStep; dA, dB, C and h are laid out as h there with d_state = 2 pairs, state 2 p
// being the real part of pair p and state 2 p + 1 the imaginary one.
struct DiagonalStep {
  const float* dA;
  const float* dB;
  const float* C;  // twice it, for y is the real part of a sum over conjugate pairs
  const float* D;  // [channels]
  const float* x;  // [channels]
  float* h;        // advanced in place
  float* y;        // [channels], output
  int channels;
  int pairs;
};

// One row's step of a gated state (see Kernels::gatedStateUpdate); padded as an SsdStep.
struct GatedStep {
  const float* a;  // [d_state]
  float* gate;     // [d_state], in: before the sigmoid, out: after
  float* x;        // [d_state], in: what the input adds, out: the state's candidate
  float* h;        // [d_state], advanced in place
  int d_state;
};

// One row's step of the depthwise causal convolution (see Kernels::causalConvStep).
struct ConvStep {
  const float* weight;  // [d_conv, d_inner_padded]
  const float* bias;    // [d_inner_padded]
  float* conv_state;    // [d_conv - 1, d_inner_padded], a ring; x takes the place of the oldest
  float* x;             // [d_inner_padded], in: new input, out: SiLU(convolution)
  int d_inner;
  int d_inner_padded;
  int d_conv;
  int oldest;  // slot of the ring, 0 <= oldest < d_conv - 1 (any value if d_conv is 1)
};

// How near windows that end in the newest value have been come to before (see
// Kernels::nearestWindows). `lengths` are those of the windows, ascending and at least 1.
struct WindowSearch {
  const float* x;       // [n], oldest first, newest last
  int n;                // values
  int most_lag;         // how far back a window may lie; more than n reaches as far as x does
  const int* lengths;   // [count]
  int count;            // of windows
  float* least;         // [count], output: least sum of squared differences
  float* least_shaped;  // [count], output: the same with each window's mean taken off first
};

// A set of inner loops for one instruction set. kernels_scalar.cpp is the specification; every
// other set computes the same values within the bounds stated in ssm/README.md.
// Within one set the result for a row never depends on how many rows share the call, and the result
// for an element never depends on its place in the array, so batching cannot change a bit.
// No pointer needs alignment. Arrays must not overlap unless stated. [thread-safe] [audio-thread]
// The members are called, so they are named as functions.
// NOLINTBEGIN(readability-identifier-naming)
struct Kernels {
  const char* name;  // "scalar", "sse4", "avx2", "avx512", "neon"

  // y[r, j] = bias[j] + sum_k x[r, k] w[k, j],  r < rows, j < n_out, k < n_in (k ascending).
  // `w` is packed [panel][n_in][kPanel], `bias` is padded to whole panels (see packLinear).
  // Row r of x starts at r * ldx, row r of y at r * ldy.
  void (*gemm)(const float* x, std::ptrdiff_t ldx, const float* w, const float* bias, float* y,
               std::ptrdiff_t ldy, int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING;

  // y[r, j] += sum_k x[r, k] w[k, j], the chain of gemm() continued: gemm() over the first inputs
  // and gemmAdd() over the rest give the bits of one gemm() over all of them.
  void (*gemmAdd)(const float* x, std::ptrdiff_t ldx, const float* w, float* y, std::ptrdiff_t ldy,
                  int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING;

  // gemm() and gemmAdd() with the weights as bfloat16, two inputs a word: packed [panel][ceil(n_in
  // / 2)][kPanel], input 2 i in the lower half of word i, 2 i + 1 in the upper. Sums are of floats.
  void (*gemmBf16)(const float* x, std::ptrdiff_t ldx, const std::uint32_t* w, const float* bias,
                   float* y, std::ptrdiff_t ldy, int rows, int n_in,
                   int n_out) noexcept HISS_NONBLOCKING;
  void (*gemmAddBf16)(const float* x, std::ptrdiff_t ldx, const std::uint32_t* w, float* y,
                      std::ptrdiff_t ldy, int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING;

  // y[i, j] = bias[i] + sum_k w[i, k] x[k, j],  i < n_out, j < columns; all row-major and dense.
  void (*bandMix)(const float* w, const float* x, const float* bias, float* y, int n_out, int n_in,
                  int columns) noexcept HISS_NONBLOCKING;

  // The two transforms of Winograd's minimal filtering F(4, 3) over rows of c values (Lavin and
  // Gray 2016, section 4.3). In: rows 4 t ... 4 t + 5 of x [4 tiles + 2, c] -> v[0 ... 5], each
  // [tiles, c]. Out: m[0 ... 5], each [tiles, c] -> rows 4 t ... 4 t + 3 of y [4 tiles, c].
  void (*winogradIn)(const float* x, float* v, int tiles, int c) noexcept HISS_NONBLOCKING;
  void (*winogradOut)(const float* m, float* y, int tiles, int c) noexcept HISS_NONBLOCKING;

  // Elementwise over n values; y may be x. `exp2` is 2^x with results below 2^-126 set to 0.
  void (*exp2)(const float* x, float* y, int n) noexcept HISS_NONBLOCKING;
  void (*softplus)(const float* x, float* y, int n) noexcept HISS_NONBLOCKING;
  void (*sigmoid)(const float* x, float* y, int n) noexcept HISS_NONBLOCKING;
  void (*silu)(const float* x, float* y, int n) noexcept HISS_NONBLOCKING;

  void (*tanh)(const float* x, float* y, int n) noexcept HISS_NONBLOCKING;
  // x Φ(x), Φ being the normal distribution function: x (1 + erf(x / sqrt(2))) / 2.
  void (*gelu)(const float* x, float* y, int n) noexcept HISS_NONBLOCKING;

  // y += a b and y += a sigmoid(b) over n values; no overlap.
  void (*addProduct)(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING;
  void (*addGated)(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING;

  // y = a + b and y = a + silu(b) over n values; y may be a or b.
  void (*add)(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING;
  void (*addSilu)(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING;

  // y = x max(|x|^2, 1e-10)^exponent for n complex values [n, 2]; y may be x. Relative error below
  // 1e-5 for |exponent| <= 1; |x| up to 1e15.
  void (*compress)(const float* x, float* y, float exponent, int n) noexcept HISS_NONBLOCKING;
  // compress() to y [n, 3], the third value being max(|x|^2, 1e-10)^(exponent + 1/2); no overlap.
  void (*compressWithMagnitude)(const float* x, float* y, float exponent,
                                int n) noexcept HISS_NONBLOCKING;

  // y = x m for n complex values [n, 2]; a product with a part that is NaN or beyond `limit` in
  // magnitude becomes 0. y may be x.
  void (*complexMask)(const float* x, const float* m, float* y, float limit,
                      int n) noexcept HISS_NONBLOCKING;

  // y = x / sqrt(mean(x^2) + eps) * weight for each row of n values; y may be x.
  void (*rmsNorm)(const float* x, std::ptrdiff_t ldx, const float* weight, float eps, float* y,
                  std::ptrdiff_t ldy, int rows, int n) noexcept HISS_NONBLOCKING;

  // y = (x - mean) / sqrt(variance + eps) * weight + bias for each dense row; y may be x.
  void (*layerNorm)(const float* x, const float* weight, const float* bias, float eps, float* y,
                    int rows, int n) noexcept HISS_NONBLOCKING;

  // x = SiLU(bias + sum_k weight[k] window[k]), window = conv_state from the oldest on, then x.
  void (*causalConvStep)(const ConvStep& step) noexcept HISS_NONBLOCKING;

  // dt = softplus(dt);  h = exp(dt A) h + (dt x) B;  y = (C h + D x) SiLU(z)
  // (Mamba paper, eq. 2 with the reference's Euler B; selective_state_update of the reference.)
  void (*selectiveStateUpdate)(const SelectiveStep& step) noexcept HISS_NONBLOCKING;

  // h = dA h + (dt x) B;  y = (C h + D x) SiLU(z)
  // (Mamba-2: dA = exp(dt A) with one A a head; Mamba2.step of the reference.)
  void (*ssdStateUpdate)(const SsdStep& step) noexcept HISS_NONBLOCKING;

  // h = dA h + dB x;  y = Re(C h) + D x, with complex h, dA, dB and C
  // (S4D paper, eq. 2 and section 3.2, discretised when the weights are packed.)
  void (*diagonalStateUpdate)(const DiagonalStep& step) noexcept HISS_NONBLOCKING;

  // s = sigmoid(gate);  h = h (1 - s) + tanh(a h + x) s
  void (*gatedStateUpdate)(const GatedStep& step) noexcept HISS_NONBLOCKING;

  // With d_k = x[n - 1 - k] - x[n - 1 - lag - k] and m = lengths[w], sums over k < m:
  //   least[w] = min over lags of sum d_k^2
  //   least_shaped[w] = min over lags of sum (d_k - sum d / m)^2
  // over all lags from m, so that the windows do not overlap, to min(most_lag, n - m); infinite
  // where there is none. No operation is fused: all sets give the same bits.
  void (*nearestWindows)(const WindowSearch& search) noexcept HISS_NONBLOCKING;
};
// NOLINTEND(readability-identifier-naming)

// The specification. Always available. [thread-safe]
const Kernels& scalarKernels() noexcept;

}  // namespace hiss
