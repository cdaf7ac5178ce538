// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "ssm/linear.h"
#include "ssm/norm.h"
#include "tests/bench/flat_cost/attention_kernel.h"

namespace hiss {

// Weights of one attention layer.
struct AttentionWeights {
  std::vector<float> norm;  // [d_model]
  std::vector<float> qkv;   // [3 d_model, d_model]: rows of the queries, keys, values
  std::vector<float> out;   // [d_model, d_model]
};

// `n_layer` layers of reproducible weights, uniform within 1 / sqrt(d_model).
std::vector<AttentionWeights> randomAttention(int d_model, int n_layer);

// A stack of causal multi-head attention layers with a cache of keys and values, for one stream:
// x = x + W_out attention(RMSNorm(x)) in each layer; heads of kHeadSize values. No position
// encoding and no feed-forward part, which would cost the same at every position.
// Projections and norms run on the engine's own kernels. Not thread-safe.
class AttentionStack {
 public:
  // Rows of one append().
  static constexpr int kMaxRows = 64;

  // Room for `capacity` positions is reserved, but memory is taken as positions come.
  // Throws std::invalid_argument unless d_model is a positive multiple of kHeadSize and n_layer and
  // capacity are positive; std::bad_alloc.
  AttentionStack(std::span<const AttentionWeights> weights, std::int64_t capacity,
                 const Kernels& kernels);

  // One time step: appends a position and attends to all. x [d_model] -> y [d_model]; y may be x.
  // position() < capacity.
  void step(const float* x, float* y) noexcept;

  // Appends `rows` <= kMaxRows positions with the keys and values that each layer projects from x
  // [rows, d_model] itself: what step() does without the attention, whose cost would grow with the
  // square of the positions. The first layer's cache is that of step(); in later ones the values
  // differ, not their number.
  void append(const float* x, int rows) noexcept;

  // Forgets the positions from `position` on. 0 <= position <= position().
  void truncate(std::int64_t position) noexcept { position_ = position; }

  std::int64_t position() const noexcept { return position_; }

  // Keys and values of the positions so far, of all layers.
  std::size_t cacheBytes() const noexcept {
    return static_cast<std::size_t>(position_) * bytesPerPosition();
  }
  std::size_t bytesPerPosition() const noexcept {
    return 2 * layers_.size() * static_cast<std::size_t>(d_model_) * sizeof(float);
  }

  // Reads what a step reads of the cache, and returns how many bytes.
  std::size_t readCache() noexcept;

 private:
  struct Layer {
    RmsNorm norm;
    Linear qkv;
    Linear out;
  };
  struct Free {
    void operator()(float* p) const noexcept;
  };

  float* keys(std::size_t layer, int head) noexcept;
  float* values(std::size_t layer, int head) noexcept;
  void store(std::size_t layer, std::int64_t position, const float* qkv) noexcept;

  int d_model_;
  int heads_;
  std::int64_t capacity_;
  std::int64_t position_ = 0;
  std::size_t head_floats_;  // of the keys or values of one head of one layer
  std::vector<Layer> layers_;
  std::unique_ptr<float[], Free> cache_;  // [n_layer, heads, 2, head_floats]
  AlignedBuffer<float> u_;                // [kMaxRows, d_model]
  AlignedBuffer<float> qkv_;              // [kMaxRows, 3 d_model]
  AlignedBuffer<float> mixed_;            // [d_model]
  float sink_ = 0.0f;
};

}  // namespace hiss
