// SPDX-License-Identifier: Apache-2.0
// The opponent's inner loop, compiled for this processor with loose arithmetic, so that no speed is
// kept from it. Plain C inside, so that no inline library function compiled with these flags can be
// linked into the rest of the program.
#include "tests/bench/flat_cost/attention_kernel.h"

#include <math.h>
#include <string.h>

namespace hiss {
namespace {

typedef float Vector __attribute__((vector_size(64)));  // the compiler splits it where it must
static_assert(kHeadSize == 16 && kTileKeys == 16, "a tile's row is one Vector");

constexpr int kChains = 4;      // sums that run side by side
constexpr int kBlockTiles = 8;  // tiles between two looks at the largest score
constexpr int kBlockKeys = kBlockTiles * kTileKeys;
constexpr std::int64_t kTileFloats = kHeadSize * kTileKeys;
constexpr float kLowest = -1e30f;

// scores [tiles, kTileKeys] = keys . query. Tile by tile, strictly forwards: four tiles at a time
// were a little faster from the cache, but fetched from memory at less than half its speed.
void scoreTiles(const float* query, const float* keys, int tiles, float* scores) {
  for (int tile = 0; tile < tiles; ++tile) {
    Vector sum[kChains] = {};
    for (int d = 0; d < kHeadSize; d += kChains) {
      for (int i = 0; i < kChains; ++i) {
        const float* row = keys + tile * kTileFloats + (d + i) * kTileKeys;
        sum[i] += query[d + i] * *reinterpret_cast<const Vector*>(row);
      }
    }
    const Vector all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    memcpy(scores + tile * kTileKeys, &all, sizeof all);
  }
}

}  // namespace

void attendHead(const float* query, const HeadCache& cache, std::int64_t positions,
                float* out) noexcept {
  alignas(64) float scores[kBlockKeys];
  Vector sum[kChains] = {};  // of weights times values, by key modulo kChains
  float largest = kLowest;
  float total = 0.0f;
  for (std::int64_t first = 0; first < positions; first += kBlockKeys) {
    const std::int64_t left = positions - first;
    const int keys = left < kBlockKeys ? static_cast<int>(left) : kBlockKeys;
    const int tiles = (keys + kTileKeys - 1) / kTileKeys;
    const int padded = tiles * kTileKeys;
    scoreTiles(query, cache.keys + first * kHeadSize, tiles, scores);
    for (int j = keys; j < padded; ++j) scores[j] = kLowest;

    float peak = largest;
    for (int j = 0; j < padded; ++j) peak = scores[j] > peak ? scores[j] : peak;
    if (peak > largest) {
      const float shrink = expf(largest - peak);
      for (int i = 0; i < kChains; ++i) sum[i] *= shrink;
      total *= shrink;
      largest = peak;
    }
    for (int j = 0; j < padded; ++j) scores[j] = expf(scores[j] - largest);
    float block_total = 0.0f;
    for (int j = 0; j < padded; ++j) block_total += scores[j];
    total += block_total;

    const float* values = cache.values + first * kHeadSize;
    for (int j = 0; j < padded; j += kChains) {
      for (int i = 0; i < kChains; ++i) {
        sum[i] += scores[j + i] *
                  *reinterpret_cast<const Vector*>(values + std::int64_t{j + i} * kHeadSize);
      }
    }
  }
  const Vector result = (sum[0] + sum[1] + sum[2] + sum[3]) / total;
  memcpy(out, &result, sizeof result);
}

float sumOf(const float* values, std::size_t n) noexcept {
  Vector sum[kChains] = {};
  for (std::size_t i = 0; i < n; i += kChains * 16) {
    for (int k = 0; k < kChains; ++k) {
      sum[k] += *reinterpret_cast<const Vector*>(values + i + static_cast<std::size_t>(k) * 16);
    }
  }
  const Vector all = sum[0] + sum[1] + sum[2] + sum[3];
  float result = 0.0f;
  for (int j = 0; j < 16; ++j) result += all[j];
  return result;
}

}  // namespace hiss
