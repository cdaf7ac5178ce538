// SPDX-License-Identifier: Apache-2.0
// The engine that one writes first: loops in the order of the equations (ssm/README.md), one output
// at a time, nothing packed. What the compiler makes of it with -Ofast -march=native is the
// baseline. Plain C inside, so that no inline library function compiled with these flags can be
// linked into the rest of the program.
#include "tests/bench/baseline/plain_block.h"

#include <math.h>

namespace hiss {
namespace {

// y [rows] = w [rows, columns] x [columns]
void matvec(float* y, const float* w, const float* x, int rows, int columns) {
  for (int i = 0; i < rows; ++i) {
    float sum = 0.0f;
    for (int j = 0; j < columns; ++j) sum += w[i * columns + j] * x[j];
    y[i] = sum;
  }
}

float plainSilu(float x) { return x / (1.0f + expf(-x)); }

// The reference's threshold: above 20 the function is x itself to the last bit but one.
float plainSoftplus(float x) { return x > 20.0f ? x : log1pf(expf(x)); }

}  // namespace

void plainBlockStep(const PlainBlock& b, const PlainScratch& s, float* x) noexcept {
  float squares = 0.0f;
  for (int i = 0; i < b.d_model; ++i) squares += x[i] * x[i];
  const float scale = 1.0f / sqrtf(squares / static_cast<float>(b.d_model) + b.norm_eps);
  for (int i = 0; i < b.d_model; ++i) s.u[i] = x[i] * scale * b.norm_weight[i];

  matvec(s.xz, b.in_proj, s.u, 2 * b.d_inner, b.d_model);
  float* const inner = s.xz;
  const float* const gate = s.xz + b.d_inner;

  for (int c = 0; c < b.d_inner; ++c) {
    float* const window = b.conv_state + c * b.d_conv;
    for (int k = 0; k + 1 < b.d_conv; ++k) window[k] = window[k + 1];
    window[b.d_conv - 1] = inner[c];
    float sum = b.conv_bias[c];
    for (int k = 0; k < b.d_conv; ++k) sum += b.conv_weight[c * b.d_conv + k] * window[k];
    inner[c] = sum;
  }
  for (int c = 0; c < b.d_inner; ++c) inner[c] = plainSilu(inner[c]);

  matvec(s.x_dbl, b.x_proj, inner, b.dt_rank + 2 * b.d_state, b.d_inner);
  const float* const B = s.x_dbl + b.dt_rank;
  const float* const C = B + b.d_state;
  matvec(s.dt, b.dt_weight, s.x_dbl, b.d_inner, b.dt_rank);
  for (int c = 0; c < b.d_inner; ++c) s.dt[c] = plainSoftplus(s.dt[c] + b.dt_bias[c]);

  for (int c = 0; c < b.d_inner; ++c) {
    const float dt = s.dt[c];
    const float dt_x = dt * inner[c];
    const float* const A = b.A + c * b.d_state;
    float* const h = b.ssm_state + c * b.d_state;
    float y = 0.0f;
    for (int n = 0; n < b.d_state; ++n) {
      h[n] = expf(dt * A[n]) * h[n] + dt_x * B[n];
      y += C[n] * h[n];
    }
    s.y[c] = y + b.D[c] * inner[c];
  }
  for (int c = 0; c < b.d_inner; ++c) s.y[c] *= plainSilu(gate[c]);

  matvec(s.u, b.out_proj, s.y, b.d_model, b.d_inner);
  for (int i = 0; i < b.d_model; ++i) x[i] += s.u[i];
}

}  // namespace hiss
