// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace hiss {

// Width of a head and keys in one tile of the cache.
inline constexpr int kHeadSize = 16;
inline constexpr int kTileKeys = 16;

// One head's cache: whole tiles, 64-byte aligned, those past the last position hold anything
// finite.
struct HeadCache {
  const float* keys;    // [tiles, kHeadSize, kTileKeys]: a score needs no sum across a vector
  const float* values;  // [tiles, kTileKeys, kHeadSize]
};

// out [kHeadSize] = sum_t softmax_t(q . k_t) v_t over the first `positions` > 0 of the cache.
// `query` [kHeadSize] is scaled by 1 / sqrt(kHeadSize) already. One pass over the cache (the
// softmax is rescaled as larger scores come), so that each key and value is read once.
void attendHead(const float* query, const HeadCache& cache, std::int64_t positions,
                float* out) noexcept;

// Sum of n floats (a multiple of 64): reads memory and does little else, to see how fast that goes.
float sumOf(const float* values, std::size_t n) noexcept;

}  // namespace hiss
