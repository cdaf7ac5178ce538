// SPDX-License-Identifier: Apache-2.0
#include "ssm/mamba_block.h"

#include <algorithm>
#include <cstddef>
#include <numbers>
#include <stdexcept>
#include <utility>

#include "ssm/bad_rows.h"

namespace hiss {

MambaScratch::MambaScratch(const MambaConfig& config, int max_rows) : max_rows_(max_rows) {
  config.validate();
  if (max_rows < 1) throw std::invalid_argument("MambaScratch: expected at least one row");
  const auto rows = static_cast<std::size_t>(max_rows);
  const auto padded = static_cast<std::size_t>(paddedCount(config.dInner()));
  u_.resize(rows * static_cast<std::size_t>(config.d_model));
  xz_.resize(rows * 2 * padded);
  x_dbl_.resize(rows * static_cast<std::size_t>(config.dt_rank + 2 * config.d_state));
  dt_.resize(rows * padded);
  y_.resize(rows * padded);
  skip_.resize(rows);
}

MambaBlock::MambaBlock(const MambaConfig& config, std::shared_ptr<const MambaBlockWeights> weights)
    : config_(config), weights_(std::move(weights)) {
  if (weights_ == nullptr || !(weights_->config == config)) {
    throw std::invalid_argument("MambaBlock: the weights were packed for another configuration");
  }
}

void MambaBlock::advanceRow(int r, MambaState& state, int layer, int row,
                            MambaScratch& scratch) const noexcept HISS_NONBLOCKING {
  const MambaBlockWeights& w = *weights_;
  const int padded = paddedCount(config_.dInner());
  float* xz = scratch.xz_.data() + std::ptrdiff_t{r} * 2 * padded;
  const float* x_dbl =
      scratch.x_dbl_.data() + std::ptrdiff_t{r} * (config_.dt_rank + 2 * config_.d_state);
  SelectiveStep step{};
  step.dt = scratch.dt_.data() + std::ptrdiff_t{r} * padded;
  step.x = xz;
  step.z = xz + padded;
  step.A = w.A.data();
  step.B = x_dbl + config_.dt_rank;
  step.C = step.B + config_.d_state;
  step.D = w.D.data();
  step.h = state.ssmRow(layer, row);
  step.y = scratch.y_.data() + std::ptrdiff_t{r} * padded;
  step.d_inner = config_.dInner();
  step.d_inner_padded = padded;
  step.d_state = config_.d_state;
  w.kernels->selectiveStateUpdate(step);
}

void MambaBlock::recordRow(int r, MambaState& state, int layer, int row,
                           const MambaScratch& scratch,
                           const StateProbe& probe) const noexcept HISS_NONBLOCKING {
  const int d_inner = config_.dInner();
  const int d_state = config_.d_state;
  state.copySsmRow(layer, row, probe.h);
  if (scratch.skip_[static_cast<std::size_t>(r)] != 0) {
    for (float* values : {probe.x, probe.dt, probe.gate}) std::fill_n(values, d_inner, 0.0f);
    for (float* values : {probe.B, probe.C}) std::fill_n(values, d_state, 0.0f);
    return;
  }
  // The step has left Δ and the gate, activated, where it found them.
  const std::ptrdiff_t padded = paddedCount(d_inner);
  const float* xz = scratch.xz_.data() + std::ptrdiff_t{r} * 2 * padded;
  std::copy_n(xz, d_inner, probe.x);
  std::copy_n(xz + padded, d_inner, probe.gate);
  std::copy_n(scratch.dt_.data() + r * padded, d_inner, probe.dt);
  const float* B =
      scratch.x_dbl_.data() + std::ptrdiff_t{r} * (config_.dt_rank + 2 * d_state) + config_.dt_rank;
  std::copy_n(B, d_state, probe.B);
  std::copy_n(B + d_state, d_state, probe.C);
}

std::vector<float> MambaBlock::stateMatrix() const {
  const int d_inner = config_.dInner();
  const int d_state = config_.d_state;
  std::vector<float> A;
  for (int c = 0; c < d_inner; ++c) {
    for (int n = 0; n < d_state; ++n) {
      const float packed =
          weights_->A[static_cast<std::size_t>(stateIndex(c, n, d_inner, d_state))];
      A.push_back(static_cast<float>(double{packed} * std::numbers::ln2));
    }
  }
  return A;
}

void MambaBlock::convolveRow(int r, MambaState& state, int layer, int row,
                             MambaScratch& scratch) const noexcept HISS_NONBLOCKING {
  const MambaBlockWeights& w = *weights_;
  const int padded = paddedCount(config_.dInner());
  w.kernels->causalConvStep({w.conv1d_weight.data(), w.conv1d_bias.data(),
                             state.convRow(layer, row),
                             scratch.xz_.data() + std::ptrdiff_t{r} * 2 * padded, config_.dInner(),
                             padded, config_.d_conv, state.convOldest(layer, row)});
  state.advanceConv(layer, row);
}

// A row that is not finite is replaced by zeros here, before it can meet any other value.
void MambaBlock::normalise(const float* x, int steps, const Streams& streams,
                           MambaScratch& scratch) const noexcept HISS_NONBLOCKING {
  const int d_model = config_.d_model;
  float* u = scratch.u_.data();
  const int total = steps * streams.count * streams.rows;
  if (config_.norm) {
    weights_->norm.forward(x, u, total);
  } else {
    std::copy_n(x, std::ptrdiff_t{total} * d_model, u);
  }
  std::uint8_t* skip = scratch.skip_.data();
  for (int i = 0; i < steps * streams.count; ++i) {
    const std::ptrdiff_t first = std::ptrdiff_t{i} * streams.rows;
    streams.states[i % streams.count]->countSkippedRows(
        blankBadRows(u + first * d_model, streams.rows, d_model, skip + first));
  }
  if (!config_.norm) limitValues(u, total * d_model);
}

void MambaBlock::scan(const float* x, float* y, int steps, MambaState& state, int layer,
                      MambaScratch& scratch,
                      const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  MambaState* const only = &state;
  run(x, y, steps, {&only, 1, state.rows()}, layer, scratch, probe);
}

void MambaBlock::step(const float* x, float* y, MambaState* const* states, int n_states, int layer,
                      MambaScratch& scratch,
                      const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  if (n_states > 0) run(x, y, 1, {states, n_states, states[0]->rows()}, layer, scratch, probe);
}

void MambaBlock::run(const float* x, float* y, int steps, const Streams& streams, int layer,
                     MambaScratch& scratch,
                     const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const MambaBlockWeights& w = *weights_;
  const int d_model = config_.d_model;
  const int groups = steps * streams.count;
  const int total = groups * streams.rows;
  const std::ptrdiff_t padded = paddedCount(config_.dInner());
  const std::ptrdiff_t x_dbl_width = config_.dt_rank + 2 * config_.d_state;
  const std::uint8_t* skip = scratch.skip_.data();
  float* u = scratch.u_.data();

  normalise(x, steps, streams, scratch);
  w.in_proj.forward(u, scratch.xz_.data(), total, d_model, 2 * padded);
  for (int i = 0, r = 0; i < groups; ++i) {
    MambaState& state = *streams.states[i % streams.count];
    for (int row = 0; row < streams.rows; ++row, ++r) {
      if (skip[r] == 0) convolveRow(r, state, layer, row, scratch);
    }
  }
  w.x_proj.forward(scratch.xz_.data(), scratch.x_dbl_.data(), total, 2 * padded, x_dbl_width);
  w.dt_proj.forward(scratch.x_dbl_.data(), scratch.dt_.data(), total, x_dbl_width, padded);
  for (int i = 0, r = 0; i < groups; ++i) {
    MambaState& state = *streams.states[i % streams.count];
    for (int row = 0; row < streams.rows; ++row, ++r) {
      if (skip[r] != 0) {
        std::fill_n(scratch.y_.data() + r * padded, padded, 0.0f);
        continue;
      }
      advanceRow(r, state, layer, row, scratch);
    }
  }
  if (probe != nullptr) {
    const int last = (steps - 1) * streams.count * streams.rows;  // of the first stream
    recordRow(last + probe->row, *streams.states[0], layer, probe->row, scratch, *probe);
  }
  if (config_.residual) {
    if (y != x) std::copy_n(x, std::ptrdiff_t{total} * d_model, y);
    w.out_proj.accumulate(scratch.y_.data(), y, total, padded, d_model);
  } else {
    w.out_proj.forward(scratch.y_.data(), y, total, padded, d_model);
  }
  for (int r = 0; r < total; ++r) {
    if (skip[r] == 0) continue;
    std::fill_n(y + std::ptrdiff_t{r} * d_model, d_model, 0.0f);
  }
}

}  // namespace hiss
