// SPDX-License-Identifier: Apache-2.0
// The specification of every kernel: plain loops, one rounding an operation (the project builds
// with -ffp-contract=off), mathematical functions from the standard library.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "ssm/activation.h"
#include "ssm/simd/kernels.h"

namespace hiss {
namespace {

void gemm(const float* x, std::ptrdiff_t ldx, const float* w, const float* bias, float* y,
          std::ptrdiff_t ldy, int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING {
  for (int r = 0; r < rows; ++r) {
    for (int j0 = 0; j0 < n_out; j0 += kPanel) {
      const float* panel = w + std::ptrdiff_t{j0} * n_in;
      float sum[kPanel];
      for (int j = 0; j < kPanel; ++j) sum[j] = bias[j0 + j];
      for (int k = 0; k < n_in; ++k) {
        for (int j = 0; j < kPanel; ++j) sum[j] += x[r * ldx + k] * panel[k * kPanel + j];
      }
      const int columns = n_out - j0 < kPanel ? n_out - j0 : kPanel;
      for (int j = 0; j < columns; ++j) y[r * ldy + j0 + j] = sum[j];
    }
  }
}

void gemmAdd(const float* x, std::ptrdiff_t ldx, const float* w, float* y, std::ptrdiff_t ldy,
             int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING {
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < n_out; ++j) {
      const float* panel = w + std::ptrdiff_t{j / kPanel * kPanel} * n_in + j % kPanel;
      float sum = y[r * ldy + j];
      for (int k = 0; k < n_in; ++k) sum += x[r * ldx + k] * panel[k * kPanel];
      y[r * ldy + j] = sum;
    }
  }
}

// Weight [k, j % kPanel] of a panel of words.
float bf16Weight(const std::uint32_t* panel, int k, int column) noexcept HISS_NONBLOCKING {
  const std::uint32_t word = panel[k / 2 * kPanel + column];
  return std::bit_cast<float>(k % 2 == 0 ? word << 16 : word & 0xffff0000u);
}

void gemmAddBf16(const float* x, std::ptrdiff_t ldx, const std::uint32_t* w, float* y,
                 std::ptrdiff_t ldy, int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t words = (n_in + 1) / 2;
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < n_out; ++j) {
      const std::uint32_t* panel = w + j / kPanel * words * kPanel;
      float sum = y[r * ldy + j];
      for (int k = 0; k < n_in; ++k) sum += x[r * ldx + k] * bf16Weight(panel, k, j % kPanel);
      y[r * ldy + j] = sum;
    }
  }
}

void gemmBf16(const float* x, std::ptrdiff_t ldx, const std::uint32_t* w, const float* bias,
              float* y, std::ptrdiff_t ldy, int rows, int n_in,
              int n_out) noexcept HISS_NONBLOCKING {
  for (int r = 0; r < rows; ++r) std::copy_n(bias, n_out, y + r * ldy);
  gemmAddBf16(x, ldx, w, y, ldy, rows, n_in, n_out);
}

void bandMix(const float* w, const float* x, const float* bias, float* y, int n_out, int n_in,
             int columns) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n_out; ++i) {
    float* row = y + std::ptrdiff_t{i} * columns;
    for (int j = 0; j < columns; ++j) row[j] = bias[i];
    for (int k = 0; k < n_in; ++k) {
      const float weight = w[std::ptrdiff_t{i} * n_in + k];
      for (int j = 0; j < columns; ++j) row[j] += weight * x[std::ptrdiff_t{k} * columns + j];
    }
  }
}

void winogradIn(const float* x, float* v, int tiles, int c) noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t plane = std::ptrdiff_t{tiles} * c;
  for (int t = 0; t < tiles; ++t) {
    for (int j = 0; j < c; ++j) {
      float d[6];
      for (int i = 0; i < 6; ++i) d[i] = x[std::ptrdiff_t{4 * t + i} * c + j];
      const float even = d[4] - 4.0F * d[2];
      const float odd = d[3] - 4.0F * d[1];
      const float even_half = d[4] - d[2];
      const float odd_half = 2.0F * (d[3] - d[1]);
      float* out = v + std::ptrdiff_t{t} * c + j;
      out[0] = (4.0F * d[0] - 5.0F * d[2]) + d[4];
      out[plane] = even + odd;
      out[2 * plane] = even - odd;
      out[3 * plane] = even_half + odd_half;
      out[4 * plane] = even_half - odd_half;
      out[5 * plane] = (4.0F * d[1] - 5.0F * d[3]) + d[5];
    }
  }
}

void winogradOut(const float* m, float* y, int tiles, int c) noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t plane = std::ptrdiff_t{tiles} * c;
  for (int t = 0; t < tiles; ++t) {
    for (int j = 0; j < c; ++j) {
      const float* in = m + std::ptrdiff_t{t} * c + j;
      const float sum = in[plane] + in[2 * plane];
      const float difference = in[plane] - in[2 * plane];
      const float sum_2 = in[3 * plane] + in[4 * plane];
      const float difference_2 = in[3 * plane] - in[4 * plane];
      float* out = y + std::ptrdiff_t{4} * t * c + j;
      out[0] = (in[0] + sum) + sum_2;
      out[c] = difference + 2.0F * difference_2;
      out[2 * c] = sum + 4.0F * sum_2;
      out[3 * c] = (difference + 8.0F * difference_2) + in[5 * plane];
    }
  }
}

float exp2Flushed(float x) noexcept HISS_NONBLOCKING { return x < -126.0f ? 0.0f : std::exp2(x); }

void exp2Map(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = exp2Flushed(x[i]);
}

void softplusMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = softplus(x[i]);
}

void sigmoidMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = sigmoid(x[i]);
}

void siluMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = silu(x[i]);
}

void tanhMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = std::tanh(x[i]);
}

void geluMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = gelu(x[i]);
}

void addProduct(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] += a[i] * b[i];
}

void addGated(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] += a[i] * sigmoid(b[i]);
}

void add(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = a[i] + b[i];
}

void addSilu(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) y[i] = a[i] + silu(b[i]);
}

void compress(const float* x, float* y, float exponent, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) {
    const float re = x[2 * i];
    const float im = x[2 * i + 1];
    const float scale = std::pow(std::max(re * re + im * im, 1e-10F), exponent);
    y[2 * i] = re * scale;
    y[2 * i + 1] = im * scale;
  }
}

void compressWithMagnitude(const float* x, float* y, float exponent,
                           int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) {
    const float re = x[2 * i];
    const float im = x[2 * i + 1];
    const float squared = std::max(re * re + im * im, 1e-10F);
    const float scale = std::pow(squared, exponent);
    y[3 * i] = re * scale;
    y[3 * i + 1] = im * scale;
    y[3 * i + 2] = std::sqrt(squared) * scale;
  }
}

void complexMask(const float* x, const float* m, float* y, float limit,
                 int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) {
    // Written out: operator* of std::complex has a slow path for NaN.
    const float re = x[2 * i] * m[2 * i] - x[2 * i + 1] * m[2 * i + 1];
    const float im = x[2 * i] * m[2 * i + 1] + x[2 * i + 1] * m[2 * i];
    const bool sound = std::fabs(re) <= limit && std::fabs(im) <= limit;  // not NaN either
    y[2 * i] = sound ? re : 0.0F;
    y[2 * i + 1] = sound ? im : 0.0F;
  }
}

void rmsNorm(const float* x, std::ptrdiff_t ldx, const float* weight, float eps, float* y,
             std::ptrdiff_t ldy, int rows, int n) noexcept HISS_NONBLOCKING {
  for (int r = 0; r < rows; ++r) {
    const float* in = x + r * ldx;
    float* out = y + r * ldy;
    float sum = 0.0f;
    for (int i = 0; i < n; ++i) sum += in[i] * in[i];
    const float scale = 1.0f / std::sqrt(sum / static_cast<float>(n) + eps);
    for (int i = 0; i < n; ++i) out[i] = in[i] * scale * weight[i];
  }
}

void layerNorm(const float* x, const float* weight, const float* bias, float eps, float* y,
               int rows, int n) noexcept HISS_NONBLOCKING {
  const float inverse_n = 1.0f / static_cast<float>(n);
  for (int r = 0; r < rows; ++r) {
    const float* in = x + std::ptrdiff_t{r} * n;
    float* out = y + std::ptrdiff_t{r} * n;
    float sum = 0.0f;
    for (int i = 0; i < n; ++i) sum += in[i];
    const float mean = sum * inverse_n;
    float squares = 0.0f;
    for (int i = 0; i < n; ++i) squares += (in[i] - mean) * (in[i] - mean);
    const float scale = 1.0f / std::sqrt(squares * inverse_n + eps);
    for (int i = 0; i < n; ++i) out[i] = (in[i] - mean) * scale * weight[i] + bias[i];
  }
}

void causalConvStep(const ConvStep& s) noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t padded = s.d_inner_padded;
  const int taps = s.d_conv - 1;
  for (int c = 0; c < s.d_inner; ++c) {
    float sum = s.bias[c];
    for (int k = 0; k < taps; ++k) {
      sum += s.weight[k * padded + c] * s.conv_state[(s.oldest + k) % taps * padded + c];
    }
    if (taps > 0) s.conv_state[s.oldest * padded + c] = s.x[c];
    s.x[c] = silu(sum + s.weight[taps * padded + c] * s.x[c]);
  }
}

void selectiveStateUpdate(const SelectiveStep& s) noexcept HISS_NONBLOCKING {
  for (int c = 0; c < s.d_inner; ++c) {
    const float dt = softplus(s.dt[c]);
    const float dt_x = dt * s.x[c];
    float y = s.D[c] * s.x[c];
    for (int n = 0; n < s.d_state; ++n) {
      const std::ptrdiff_t i = stateIndex(c, n, s.d_inner, s.d_state);
      const float dA = exp2Flushed(dt * s.A[i]);
      float& h = s.h[i];
      h = dA * h + dt_x * s.B[n];
      y += s.C[n] * h;
    }
    s.dt[c] = dt;
    s.z[c] = silu(s.z[c]);
    s.y[c] = y * s.z[c];
  }
}

void ssdStateUpdate(const SsdStep& s) noexcept HISS_NONBLOCKING {
  for (int c = 0; c < s.channels; ++c) {
    const float dt_x = s.dt[c] * s.x[c];
    float y = s.D[c] * s.x[c];
    for (int n = 0; n < s.d_state; ++n) {
      float& h = s.h[stateIndex(c, n, s.channels, s.d_state)];
      h = s.dA[c] * h + dt_x * s.B[n];
      y += s.C[n] * h;
    }
    s.z[c] = silu(s.z[c]);
    s.y[c] = y * s.z[c];
  }
}

void diagonalStateUpdate(const DiagonalStep& s) noexcept HISS_NONBLOCKING {
  for (int c = 0; c < s.channels; ++c) {
    float y = s.D[c] * s.x[c];
    for (int p = 0; p < s.pairs; ++p) {
      const std::ptrdiff_t re = stateIndex(c, 2 * p, s.channels, 2 * s.pairs);
      const std::ptrdiff_t im = stateIndex(c, 2 * p + 1, s.channels, 2 * s.pairs);
      const float h_re = s.h[re];
      const float h_im = s.h[im];
      s.h[re] = (s.dB[re] * s.x[c] - s.dA[im] * h_im) + s.dA[re] * h_re;
      s.h[im] = (s.dB[im] * s.x[c] + s.dA[im] * h_re) + s.dA[re] * h_im;
      y = (y - s.C[im] * s.h[im]) + s.C[re] * s.h[re];
    }
    s.y[c] = y;
  }
}

void gatedStateUpdate(const GatedStep& s) noexcept HISS_NONBLOCKING {
  for (int n = 0; n < s.d_state; ++n) {
    s.gate[n] = sigmoid(s.gate[n]);
    s.x[n] = std::tanh(s.a[n] * s.h[n] + s.x[n]);
    s.h[n] = s.h[n] * (1.0F - s.gate[n]) + s.x[n] * s.gate[n];
  }
}

void nearestWindows(const WindowSearch& s) noexcept HISS_NONBLOCKING {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::fill_n(s.least, s.count, kInfinity);
  std::fill_n(s.least_shaped, s.count, kInfinity);
  if (s.n < 2) return;  // x may be null
  const float* newest = s.x + s.n - 1;
  for (int lag = 1; lag <= std::min(s.most_lag, s.n - 1); ++lag) {
    // Sums of the differences from the first difference: far apart windows of like form would lose
    // their form in the sum of plain squares.
    const float first = newest[0] - newest[-lag];
    float sum = 0.0F;
    float squares = 0.0F;
    int k = 0;
    for (int w = 0; w < s.count && s.lengths[w] <= std::min(lag, s.n - lag); ++w) {
      const auto m = static_cast<float>(s.lengths[w]);
      for (; k < s.lengths[w]; ++k) {
        const float rest = (newest[-k] - newest[-lag - k]) - first;
        sum += rest;
        squares += rest * rest;
      }
      s.least[w] = std::min(s.least[w], squares + first * ((sum + sum) + m * first));
      s.least_shaped[w] = std::min(s.least_shaped[w], squares - sum * sum * (1.0F / m));
    }
  }
  // Rounding may leave a little less than nothing.
  for (int w = 0; w < s.count; ++w) {
    s.least[w] = std::max(s.least[w], 0.0F);
    s.least_shaped[w] = std::max(s.least_shaped[w], 0.0F);
  }
}

}  // namespace

const Kernels& scalarKernels() noexcept {
  static constexpr Kernels kScalar = {"scalar",
                                      gemm,
                                      gemmAdd,
                                      gemmBf16,
                                      gemmAddBf16,
                                      bandMix,
                                      winogradIn,
                                      winogradOut,
                                      exp2Map,
                                      softplusMap,
                                      sigmoidMap,
                                      siluMap,
                                      tanhMap,
                                      geluMap,
                                      addProduct,
                                      addGated,
                                      add,
                                      addSilu,
                                      compress,
                                      compressWithMagnitude,
                                      complexMask,
                                      rmsNorm,
                                      layerNorm,
                                      causalConvStep,
                                      selectiveStateUpdate,
                                      ssdStateUpdate,
                                      diagonalStateUpdate,
                                      gatedStateUpdate,
                                      nearestWindows};
  return kScalar;
}

}  // namespace hiss
