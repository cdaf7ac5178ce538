// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hiss {

// One Mamba block as a plain C program holds it: pointers into dense row-major arrays, laid out as
// the model file has them. The owner (PlainMamba) keeps the arrays alive.
struct PlainBlock {
  int d_model;
  int d_inner;
  int d_state;
  int d_conv;
  int dt_rank;
  float norm_eps;
  const float* norm_weight;  // [d_model]
  const float* in_proj;      // [2 d_inner, d_model]
  const float* conv_weight;  // [d_inner, d_conv]
  const float* conv_bias;    // [d_inner]
  const float* x_proj;       // [dt_rank + 2 d_state, d_inner]
  const float* dt_weight;    // [d_inner, dt_rank]
  const float* dt_bias;      // [d_inner]
  const float* A;            // [d_inner, d_state], -exp(A_log)
  const float* D;            // [d_inner]
  const float* out_proj;     // [d_model, d_inner]
  float* conv_state;         // [d_inner, d_conv], oldest first
  float* ssm_state;          // [d_inner, d_state]
};

// Intermediate values of one step, shared by the blocks of a stack.
struct PlainScratch {
  float* u;      // [d_model]
  float* xz;     // [2 d_inner]
  float* x_dbl;  // [dt_rank + 2 d_state]
  float* dt;     // [d_inner]
  float* y;      // [d_inner]
};

// Advances the block's states by one time step: x [d_model] becomes x + mixer(RMSNorm(x)).
void plainBlockStep(const PlainBlock& block, const PlainScratch& scratch, float* x) noexcept;

}  // namespace hiss
