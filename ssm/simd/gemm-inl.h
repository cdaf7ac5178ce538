// SPDX-License-Identifier: Apache-2.0
// Register-blocked small matrix products. Included once per target by kernels_hwy.cpp.
// A tile keeps R rows x V vectors of the result in registers while k runs over the whole depth, so
// each result is one chain of fused multiply-adds in ascending k, whatever the tile: its bits
// depend neither on the number of rows nor on its place in the matrix.

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "ssm/simd/kernels.h"

#if defined(HISS_SSM_SIMD_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HISS_SSM_SIMD_GEMM_INL_H_
#undef HISS_SSM_SIMD_GEMM_INL_H_
#else
#define HISS_SSM_SIMD_GEMM_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace hiss {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using WideTag = hn::CappedTag<float, kPanel>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(WideTag()));

// Tile limits: the accumulators, V vectors of the right matrix and one broadcast must fit in 16
// (SSE4, AVX2) or 32 (AVX-512, NEON) vector registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
constexpr int kMaxRows = 8;
constexpr int kMaxAccumulators = 24;
#elif HWY_TARGET == HWY_AVX2
constexpr int kMaxRows = 6;
constexpr int kMaxAccumulators = 12;
#else
constexpr int kMaxRows = 4;
constexpr int kMaxAccumulators = 8;
#endif
constexpr int kMaxVectors = 8;

constexpr int maxVectors(int rows) {
  return kMaxAccumulators / rows < kMaxVectors ? kMaxAccumulators / rows : kMaxVectors;
}

// Left operand [rows, depth] with row stride lda, one pointer a vector into the right operand,
// whose next k is `ldb` floats further on.
struct TileInput {
  const float* a;
  std::ptrdiff_t lda;
  const float* b[kMaxVectors];
  std::ptrdiff_t ldb;
  int depth;
};

// acc[r, v] += sum_k a[r, k] * b[v][k * ldb ...]
template <class D, int R, int V>
HWY_INLINE void multiplyTile(D d, const TileInput& in, hn::Vec<D> (&acc)[R][V]) {
  const float* b[V];
  for (int v = 0; v < V; ++v) b[v] = in.b[v];
  const float* a = in.a;
  const std::ptrdiff_t lda = in.lda;
  for (int k = 0; k < in.depth; ++k) {
    hn::Vec<D> right[V];
    HWY_UNROLL(8)
    for (int v = 0; v < V; ++v) {
      right[v] = hn::LoadU(d, b[v]);
      b[v] += in.ldb;
    }
    HWY_UNROLL(8)
    for (int r = 0; r < R; ++r) {
      const hn::Vec<D> left = hn::Set(d, a[r * lda + k]);
      HWY_UNROLL(8)
      for (int v = 0; v < V; ++v) acc[r][v] = hn::MulAdd(left, right[v], acc[r][v]);
    }
  }
}

struct GemmCall {
  const float* x;
  std::ptrdiff_t ldx;
  const float* w;
  const float* bias;
  float* y;
  std::ptrdiff_t ldy;
  int n_in;
  int n_out;
};

// Rows [row, row + R), vectors [first, first + V) of y.
template <int R, int V>
HWY_NOINLINE void gemmTile(const GemmCall& call, int row, int first) {
  const WideTag d;
  constexpr int kPerPanel = kPanel / kLanes;
  TileInput in;
  in.a = call.x + row * call.ldx;
  in.lda = call.ldx;
  in.ldb = kPanel;
  in.depth = call.n_in;
  for (int v = 0; v < V; ++v) {
    const int vector = first + v;
    in.b[v] = call.w + std::ptrdiff_t{vector / kPerPanel} * call.n_in * kPanel +
              vector % kPerPanel * kLanes;
  }
  hn::Vec<WideTag> acc[R][V];
  HWY_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < V; ++v) acc[r][v] = hn::LoadU(d, call.bias + (first + v) * kLanes);
  }
  multiplyTile(d, in, acc);
  HWY_UNROLL(8)
  for (int v = 0; v < V; ++v) {
    const int column = (first + v) * kLanes;
    float* y = call.y + row * call.ldy + column;
    if (column + kLanes <= call.n_out) {
      HWY_UNROLL(8)
      for (int r = 0; r < R; ++r) hn::StoreU(acc[r][v], d, y + r * call.ldy);
    } else {
      HWY_ALIGN float lanes[kLanes];
      HWY_UNROLL(8)
      for (int r = 0; r < R; ++r) {
        hn::Store(acc[r][v], d, lanes);
        for (int j = 0; j < call.n_out - column; ++j) y[r * call.ldy + j] = lanes[j];
      }
    }
  }
}

template <int R, int V>
HWY_INLINE void gemmLastVectors(const GemmCall& call, int row, int first, int count) {
  if (count == V) {
    gemmTile<R, V>(call, row, first);
  } else if constexpr (V > 1) {
    gemmLastVectors<R, V - 1>(call, row, first, count);
  }
}

// All columns of `blocks` consecutive groups of R rows; one group of columns stays in the cache.
template <int R>
HWY_INLINE void gemmRows(const GemmCall& call, int row, int blocks) {
  constexpr int kVectors = maxVectors(R);
  const int total = (call.n_out + kLanes - 1) / kLanes;
  int first = 0;
  for (; first + kVectors <= total; first += kVectors) {
    for (int i = 0; i < blocks; ++i) gemmTile<R, kVectors>(call, row + i * R, first);
  }
  if constexpr (kVectors > 1) {
    if (first == total) return;
    for (int i = 0; i < blocks; ++i) {
      gemmLastVectors<R, kVectors - 1>(call, row + i * R, first, total - first);
    }
  }
}

template <int R>
HWY_INLINE void gemmLastRows(const GemmCall& call, int row, int count) {
  if (count == R) {
    gemmRows<R>(call, row, 1);
  } else if constexpr (R > 1) {
    gemmLastRows<R - 1>(call, row, count);
  }
}

void gemm(const float* x, std::ptrdiff_t ldx, const float* w, const float* bias, float* y,
          std::ptrdiff_t ldy, int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING {
  const GemmCall call{x, ldx, w, bias, y, ldy, n_in, n_out};
  const int blocks = rows / kMaxRows;
  const int done = blocks * kMaxRows;
  if (blocks > 0) gemmRows<kMaxRows>(call, 0, blocks);
  if (done < rows) gemmLastRows<kMaxRows - 1>(call, done, rows - done);
}

struct MixCall {
  const float* w;
  const float* x;
  const float* bias;
  float* y;
  int n_in;
  int columns;
};

// Rows [row, row + R), vectors [first, first + V) of y. The last vector of a row is moved left
// until it ends with the row; what it shares with its neighbour is computed twice, identically.
template <class D, int R, int V>
HWY_NOINLINE void mixTile(D d, const MixCall& call, int row, int first) {
  const int lanes = static_cast<int>(hn::MaxLanes(d));
  int column[V];
  TileInput in;
  in.a = call.w + std::ptrdiff_t{row} * call.n_in;
  in.lda = call.n_in;
  in.ldb = call.columns;
  in.depth = call.n_in;
  for (int v = 0; v < V; ++v) {
    const int wanted = (first + v) * lanes;
    column[v] = wanted + lanes <= call.columns ? wanted : call.columns - lanes;
    in.b[v] = call.x + column[v];
  }
  hn::Vec<D> acc[R][V];
  HWY_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < V; ++v) acc[r][v] = hn::Set(d, call.bias[row + r]);
  }
  multiplyTile(d, in, acc);
  HWY_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    float* y = call.y + std::ptrdiff_t{row + r} * call.columns;
    HWY_UNROLL(8)
    for (int v = 0; v < V; ++v) hn::StoreU(acc[r][v], d, y + column[v]);
  }
}

template <int R, int V, class D>
HWY_INLINE void mixLastVectors(D d, const MixCall& call, int row, int first, int count) {
  if (count == V) {
    mixTile<D, R, V>(d, call, row, first);
  } else if constexpr (V > 1) {
    mixLastVectors<R, V - 1>(d, call, row, first, count);
  }
}

template <int R, class D>
HWY_INLINE void mixRows(D d, const MixCall& call, int row, int blocks) {
  constexpr int kVectors = maxVectors(R);
  const int lanes = static_cast<int>(hn::MaxLanes(d));
  const int total = (call.columns + lanes - 1) / lanes;
  int first = 0;
  for (; first + kVectors <= total; first += kVectors) {
    for (int i = 0; i < blocks; ++i) mixTile<D, R, kVectors>(d, call, row + i * R, first);
  }
  if constexpr (kVectors > 1) {
    if (first == total) return;
    for (int i = 0; i < blocks; ++i) {
      mixLastVectors<R, kVectors - 1>(d, call, row + i * R, first, total - first);
    }
  }
}

// Columns fewer than a vector: narrower vectors give the same bits.
template <class D>
HWY_INLINE void mixColumns(D d, const MixCall& call, int n_out) {
  if (call.columns >= static_cast<int>(hn::MaxLanes(d))) {
    const int blocks = n_out / kMaxRows;
    if (blocks > 0) mixRows<kMaxRows>(d, call, 0, blocks);
    for (int row = blocks * kMaxRows; row < n_out; ++row) mixRows<1>(d, call, row, 1);
    return;
  }
  if constexpr (hn::MaxLanes(D()) > 1) {
    mixColumns(hn::CappedTag<float, (hn::MaxLanes(D()) > 4 ? 4 : 1)>(), call, n_out);
  }
}

void bandMixColumns(const float* w, const float* x, const float* bias, float* y, int n_out,
                    int n_in, int columns) noexcept HISS_NONBLOCKING {
  mixColumns(WideTag(), MixCall{w, x, bias, y, n_in, columns}, n_out);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_GEMM_INL_H_
