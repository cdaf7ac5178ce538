// SPDX-License-Identifier: Apache-2.0
#include "ssm/kinds/block_parts.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "ssm/bad_rows.h"
#include "ssm/packing.h"

namespace hiss {

std::span<const float> BlockTensors::operator()(std::string_view name) const {
  const auto spec = std::find_if(specs_.begin(), specs_.end(),
                                 [&](const TensorSpec& one) { return one.name == name; });
  if (spec == specs_.end()) {
    throw std::invalid_argument("no tensor of this block: " + std::string(name));
  }
  return fetchTensor(*lookup_, name, spec->shape);
}

BlockFrame::BlockFrame(const BlockConfig& config, const BlockTensors& tensors,
                       const Kernels& kernels)
    : config_(config) {
  if (config.norm) norm_ = RmsNorm(tensors("norm.weight"), config.norm_eps, kernels);
}

void BlockFrame::begin(const float* x, float* u, std::uint8_t* skip,
                       BlockState& state) const noexcept HISS_NONBLOCKING {
  const int rows = state.rows();
  const int d_model = config_.d_model;
  if (config_.norm) {
    norm_.forward(x, u, rows);
  } else {
    std::copy_n(x, std::ptrdiff_t{rows} * d_model, u);
  }
  state.countSkippedRows(blankBadRows(u, rows, d_model, skip));
  if (!config_.norm) limitValues(u, rows * d_model);
}

void BlockFrame::startSum(const float* x, float* y, int rows) const noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t count = std::ptrdiff_t{rows} * config_.d_model;
  if (!config_.residual) {
    std::fill_n(y, count, 0.0f);
  } else if (y != x) {
    std::copy_n(x, count, y);
  }
}

void BlockFrame::end(float* y, const std::uint8_t* skip, int rows) const noexcept HISS_NONBLOCKING {
  for (int r = 0; r < rows; ++r) {
    if (skip[r] != 0) std::fill_n(y + std::ptrdiff_t{r} * config_.d_model, config_.d_model, 0.0f);
  }
}

void showState(const BlockState& state, int layer,
               const StateProbe& probe) noexcept HISS_NONBLOCKING {
  const StateShape& shape = state.shape();
  state.copySsmRow(layer, probe.row, probe.h);
  for (float* values : {probe.x, probe.dt, probe.gate}) std::fill_n(values, shape.channels, 0.0f);
  for (float* values : {probe.B, probe.C}) std::fill_n(values, shape.d_state, 0.0f);
}

BlockScratch emptyScratch(int max_rows) {
  if (max_rows < 1) throw std::invalid_argument("BlockScratch: expected at least one row");
  BlockScratch scratch;
  scratch.max_rows = max_rows;
  scratch.skip.resize(static_cast<std::size_t>(max_rows));
  return scratch;
}

}  // namespace hiss
