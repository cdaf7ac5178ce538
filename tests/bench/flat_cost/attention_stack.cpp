// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/flat_cost/attention_stack.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include "tests/support/golden.h"

namespace hiss {

std::vector<AttentionWeights> randomAttention(int d_model, int n_layer) {
  const auto width = static_cast<std::size_t>(d_model);
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(d_model)));
  std::vector<AttentionWeights> layers;
  for (int i = 0; i < n_layer; ++i) {
    const auto stream = static_cast<std::uint32_t>(5000 + 4 * i);
    layers.push_back({goldenTensor(stream, width, 0.25f, 1.0f),
                      goldenTensor(stream + 1, 3 * width * width, scale),
                      goldenTensor(stream + 2, width * width, scale)});
  }
  return layers;
}

void AttentionStack::Free::operator()(float* p) const noexcept { std::free(p); }

AttentionStack::AttentionStack(std::span<const AttentionWeights> weights, std::int64_t capacity,
                               const Kernels& kernels)
    : d_model_(weights.empty() ? 0 : static_cast<int>(weights.front().norm.size())),
      heads_(d_model_ / kHeadSize),
      capacity_(capacity) {
  if (weights.empty() || heads_ == 0 || d_model_ % kHeadSize != 0 || capacity < 1) {
    throw std::invalid_argument("AttentionStack: expected layers of whole heads and a capacity");
  }
  const int d = d_model_;
  for (const AttentionWeights& w : weights) {
    layers_.push_back({RmsNorm(w.norm, 1e-5f, kernels), Linear(w.qkv, {}, 3 * d, d, kernels),
                       Linear(w.out, {}, d, d, kernels)});
  }
  const auto width = static_cast<std::size_t>(d);
  u_.resize(kMaxRows * width);
  qkv_.resize(kMaxRows * 3 * width);
  mixed_.resize(width);

  const std::int64_t tiles = (capacity + kTileKeys - 1) / kTileKeys;
  head_floats_ = static_cast<std::size_t>(tiles) * kTileKeys * kHeadSize;
  // Large pages: a step reads the whole cache, and must not wait for address translation as well.
  constexpr std::size_t kLargePage = std::size_t{2} << 20;
  const std::size_t needed =
      layers_.size() * static_cast<std::size_t>(heads_) * 2 * head_floats_ * sizeof(float);
  const std::size_t alignment = needed < kLargePage ? 4096 : kLargePage;
  const std::size_t bytes = (needed + alignment - 1) / alignment * alignment;
  cache_.reset(static_cast<float*>(std::aligned_alloc(alignment, bytes)));
  if (cache_ == nullptr) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (alignment == kLargePage) madvise(cache_.get(), bytes, MADV_HUGEPAGE);
#endif
}

float* AttentionStack::keys(std::size_t layer, int head) noexcept {
  const std::size_t index =
      layer * static_cast<std::size_t>(heads_) + static_cast<std::size_t>(head);
  return cache_.get() + 2 * index * head_floats_;
}

float* AttentionStack::values(std::size_t layer, int head) noexcept {
  return keys(layer, head) + head_floats_;
}

void AttentionStack::store(std::size_t layer, std::int64_t position, const float* qkv) noexcept {
  const std::int64_t tile = position / kTileKeys;
  const std::int64_t slot = position % kTileKeys;
  for (int head = 0; head < heads_; ++head) {
    const float* const k = qkv + d_model_ + head * kHeadSize;
    const float* const v = k + d_model_;
    float* const key_tile = keys(layer, head) + tile * kTileKeys * kHeadSize;
    float* const value_tile = values(layer, head) + tile * kTileKeys * kHeadSize;
    if (slot == 0) {  // a tile is read whole
      for (int i = 0; i < kTileKeys * kHeadSize; ++i) key_tile[i] = value_tile[i] = 0.0f;
    }
    for (int d = 0; d < kHeadSize; ++d) key_tile[d * kTileKeys + slot] = k[d];
    for (int d = 0; d < kHeadSize; ++d) value_tile[slot * kHeadSize + d] = v[d];
  }
}

void AttentionStack::append(const float* x, int rows) noexcept {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    layers_[layer].norm.forward(x, u_.data(), rows);
    layers_[layer].qkv.forward(u_.data(), qkv_.data(), rows);
    for (int r = 0; r < rows; ++r) {
      store(layer, position_ + r, qkv_.data() + std::ptrdiff_t{r} * 3 * d_model_);
    }
  }
  position_ += rows;
}

void AttentionStack::step(const float* x, float* y) noexcept {
  constexpr float kScale = 0.25f;  // 1 / sqrt(kHeadSize)
  static_assert(kHeadSize == 16);
  if (x != y) std::copy_n(x, d_model_, y);
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    layers_[layer].norm.forward(y, u_.data(), 1);
    layers_[layer].qkv.forward(u_.data(), qkv_.data(), 1);
    store(layer, position_, qkv_.data());
    for (int i = 0; i < d_model_; ++i) qkv_[static_cast<std::size_t>(i)] *= kScale;
    for (int head = 0; head < heads_; ++head) {
      attendHead(qkv_.data() + head * kHeadSize, {keys(layer, head), values(layer, head)},
                 position_ + 1, mixed_.data() + head * kHeadSize);
    }
    layers_[layer].out.forward(mixed_.data(), u_.data(), 1);
    for (int i = 0; i < d_model_; ++i) y[i] += u_[static_cast<std::size_t>(i)];
  }
  ++position_;
}

std::size_t AttentionStack::readCache() noexcept {
  const std::int64_t tiles = (position_ + kTileKeys - 1) / kTileKeys;
  const auto n = static_cast<std::size_t>(tiles * kTileKeys * kHeadSize);
  std::size_t floats = 0;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    for (int head = 0; head < heads_; ++head) {
      sink_ += sumOf(keys(layer, head), n) + sumOf(values(layer, head), n);
      floats += 2 * n;
    }
  }
  return floats * sizeof(float);
}

}  // namespace hiss
