// SPDX-License-Identifier: Apache-2.0
// Register-blocked small matrix products. Included once per target by kernels_hwy.cpp.
// A tile keeps R rows x V vectors of the result in registers while k runs over the whole depth, so
// each result is one chain of fused multiply-adds in ascending k, whatever the tile: its bits
// depend neither on the number of rows nor on its place in the matrix. Where vectors have 16 lanes
// a tile may end in half a vector, for at most 8 columns: 36 columns then cost 40, not 48.

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
// Half a vector is worth its code where it is half the work: 512-bit registers.
constexpr int kHalfLanes = kLanes == 16 ? 8 : 0;
using HalfTag = hn::Half<WideTag>;

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
// whose next k is `ldb` floats further on. The half vector's pointer, if there is one, comes last.
struct TileInput {
  const float* a;
  std::ptrdiff_t lda;
  const float* b[kMaxVectors + 1];
  std::ptrdiff_t ldb;
  int depth;
};

// The accumulators of R rows x V vectors of D and, with H = 1, one vector of DH.
template <class D, class DH, int R, int V, int H>
struct Tile {
  hn::Vec<D> full[R][V > 0 ? V : 1];
  hn::Vec<DH> half[R];

  // += sum_k a[r, k] * b[v][k * ldb ...], with two bfloat16 weights a word: the one of an even k in
  // the lower half, that of the next k in the upper. A bfloat16 is the upper half of its float.
  HWY_INLINE void multiplyBf16(const TileInput& in) {
    const D d;
    const DH dh;
    const float* b[V + 1];
    for (int v = 0; v < V + H; ++v) b[v] = in.b[v];
    int k = 0;
    for (; k + 2 <= in.depth; k += 2) {
      if constexpr (R == 1) {
        // Word by word, so that eight sums fit beside them in 16 registers.
        const hn::Vec<D> even = hn::Set(d, in.a[k]);
        const hn::Vec<D> odd = hn::Set(d, in.a[k + 1]);
        HWY_UNROLL(8)
        for (int v = 0; v < V; ++v) {
          const hn::Vec<D> word = hn::LoadU(d, b[v]);
          b[v] += in.ldb;
          full[0][v] = hn::MulAdd(even, weightOf<false>(d, word), full[0][v]);
          full[0][v] = hn::MulAdd(odd, weightOf<true>(d, word), full[0][v]);
        }
        if constexpr (H == 1) {
          const hn::Vec<DH> word = hn::LoadU(dh, b[V]);
          b[V] += in.ldb;
          half[0] = hn::MulAdd(hn::LowerHalf(dh, even), weightOf<false>(dh, word), half[0]);
          half[0] = hn::MulAdd(hn::LowerHalf(dh, odd), weightOf<true>(dh, word), half[0]);
        }
        continue;
      }
      hn::Vec<D> words[V > 0 ? V : 1];
      HWY_UNROLL(8)
      for (int v = 0; v < V; ++v) {
        words[v] = hn::LoadU(d, b[v]);
        b[v] += in.ldb;
      }
      hn::Vec<DH> words_half = hn::Zero(dh);
      if constexpr (H == 1) {
        words_half = hn::LoadU(dh, b[V]);
        b[V] += in.ldb;
      }
      addProduct<false>(in.a + k, in.lda, words, words_half);
      addProduct<true>(in.a + k + 1, in.lda, words, words_half);
    }
    if (k < in.depth) {
      hn::Vec<D> words[V > 0 ? V : 1];
      HWY_UNROLL(8)
      for (int v = 0; v < V; ++v) words[v] = hn::LoadU(d, b[v]);
      hn::Vec<DH> words_half = hn::Zero(dh);
      if constexpr (H == 1) words_half = hn::LoadU(dh, b[V]);
      addProduct<false>(in.a + k, in.lda, words, words_half);
    }
  }

  template <bool kUpper, class T>
  static HWY_INLINE hn::Vec<T> weightOf(T tag, hn::Vec<T> words) {
    const hn::RebindToUnsigned<T> bits;
    const auto word = hn::BitCast(bits, words);
    if constexpr (kUpper) {
      return hn::BitCast(tag, hn::And(word, hn::Set(bits, 0xffff0000u)));
    } else {
      return hn::BitCast(tag, hn::ShiftLeft<16>(word));
    }
  }

  template <bool kUpper>
  HWY_INLINE void addProduct(const float* a, std::ptrdiff_t lda,
                             const hn::Vec<D> (&words)[V > 0 ? V : 1], hn::Vec<DH> words_half) {
    const D d;
    const DH dh;
    hn::Vec<D> right[V > 0 ? V : 1];
    HWY_UNROLL(8)
    for (int v = 0; v < V; ++v) right[v] = weightOf<kUpper>(d, words[v]);
    HWY_UNROLL(8)
    for (int r = 0; r < R; ++r) {
      const hn::Vec<D> left = hn::Set(d, a[r * lda]);
      HWY_UNROLL(8)
      for (int v = 0; v < V; ++v) full[r][v] = hn::MulAdd(left, right[v], full[r][v]);
      if constexpr (H == 1) {
        half[r] = hn::MulAdd(hn::LowerHalf(dh, left), weightOf<kUpper>(dh, words_half), half[r]);
      }
    }
  }

  // += sum_k a[r, k] * b[v][k * ldb ...]
  HWY_INLINE void multiply(const TileInput& in) {
    const D d;
    const DH dh;
    const float* b[V + 1];
    for (int v = 0; v < V + H; ++v) b[v] = in.b[v];
    const float* a = in.a;
    const std::ptrdiff_t lda = in.lda;
    for (int k = 0; k < in.depth; ++k) {
      hn::Vec<D> right[V > 0 ? V : 1];
      HWY_UNROLL(8)
      for (int v = 0; v < V; ++v) {
        right[v] = hn::LoadU(d, b[v]);
        b[v] += in.ldb;
      }
      if constexpr (H == 0) {
        HWY_UNROLL(8)
        for (int r = 0; r < R; ++r) {
          const hn::Vec<D> left = hn::Set(d, a[r * lda + k]);
          HWY_UNROLL(8)
          for (int v = 0; v < V; ++v) full[r][v] = hn::MulAdd(left, right[v], full[r][v]);
        }
      } else {
        const hn::Vec<DH> right_half = hn::LoadU(dh, b[V]);
        b[V] += in.ldb;
        HWY_UNROLL(8)
        for (int r = 0; r < R; ++r) {
          if constexpr (V > 0) {
            const hn::Vec<D> left = hn::Set(d, a[r * lda + k]);
            HWY_UNROLL(8)
            for (int v = 0; v < V; ++v) full[r][v] = hn::MulAdd(left, right[v], full[r][v]);
            half[r] = hn::MulAdd(hn::LowerHalf(dh, left), right_half, half[r]);
          } else {
            half[r] = hn::MulAdd(hn::Set(dh, a[r * lda + k]), right_half, half[r]);
          }
        }
      }
    }
  }
};

// The first `columns` lanes of `v` to y and back, 1 <= columns. In memory between, four at a time.
template <class D>
HWY_INLINE void storeFirst(D d, hn::Vec<D> v, float* y, int columns) {
#if HWY_TARGET == HWY_AVX3
  hn::BlendedStore(v, hn::FirstN(d, static_cast<std::size_t>(columns)), d, y);
#else
  const hn::CappedTag<float, 4> d4;
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  int j = 0;
  for (; j + 4 <= columns; j += 4) hn::StoreU(hn::Load(d4, lanes + j), d4, y + j);
  for (; j < columns; ++j) y[j] = lanes[j];
#endif
}

template <class D>
HWY_INLINE hn::Vec<D> loadFirst(D d, const float* y, int columns) {
#if HWY_TARGET == HWY_AVX3
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(columns)), d, y);
#else
  const hn::CappedTag<float, 4> d4;
  HWY_ALIGN float lanes[hn::MaxLanes(d)] = {};
  int j = 0;
  for (; j + 4 <= columns; j += 4) hn::Store(hn::LoadU(d4, y + j), d4, lanes + j);
  for (; j < columns; ++j) lanes[j] = y[j];
  return hn::Load(d, lanes);
#endif
}

// What a product starts from and how its weights are stored.
template <bool kAddValue, bool kBf16Value>
struct GemmMode {
  static constexpr bool kAdd = kAddValue;
  static constexpr bool kBf16 = kBf16Value;
  // 32-bit words of a panel's column.
  static constexpr int words(int n_in) { return kBf16 ? (n_in + 1) / 2 : n_in; }
};

struct GemmCall {
  const float* x;
  std::ptrdiff_t ldx;
  const float* w;     // or words of two bfloat16
  const float* bias;  // not for gemmAdd
  float* y;
  std::ptrdiff_t ldy;
  int n_in;
  int n_out;
};

// Rows [row, row + R), vectors [first, first + V) of y, then half a vector if H. Only the last
// vector of a row may reach beyond it.
template <int R, int V, int H, class Mode>
HWY_NOINLINE void gemmTile(const GemmCall& call, int row, int first) {
  const WideTag d;
  const HalfTag dh;
  constexpr int kPerPanel = kPanel / kLanes;
  constexpr int kWhole = V - 1 + H;  // vectors before the last one
  TileInput in;
  in.a = call.x + row * call.ldx;
  in.lda = call.ldx;
  in.ldb = kPanel;
  in.depth = call.n_in;
  for (int v = 0; v < V + H; ++v) {
    const int vector = first + v;
    in.b[v] = call.w + std::ptrdiff_t{vector / kPerPanel} * Mode::words(call.n_in) * kPanel +
              vector % kPerPanel * kLanes;
  }
  float* y = call.y + row * call.ldy + first * kLanes;
  const std::ptrdiff_t ldy = call.ldy;
  const int rest = call.n_out - (first + kWhole) * kLanes;
  const bool partial = rest < (H == 1 ? kHalfLanes : kLanes);
  Tile<WideTag, HalfTag, R, V, H> tile;
  if constexpr (!Mode::kAdd) {
    const float* bias = call.bias + first * kLanes;
    HWY_UNROLL(8)
    for (int r = 0; r < R; ++r) {
      HWY_UNROLL(8)
      for (int v = 0; v < V; ++v) tile.full[r][v] = hn::LoadU(d, bias + v * kLanes);
      if constexpr (H == 1) tile.half[r] = hn::LoadU(dh, bias + V * kLanes);
    }
  } else {
    HWY_UNROLL(8)
    for (int r = 0; r < R; ++r) {
      HWY_UNROLL(8)
      for (int v = 0; v < kWhole; ++v) tile.full[r][v] = hn::LoadU(d, y + r * ldy + v * kLanes);
    }
    float* last = y + kWhole * kLanes;
    if (partial) {
      HWY_UNROLL(8)
      for (int r = 0; r < R; ++r) {
        if constexpr (H == 1) {
          tile.half[r] = loadFirst(dh, last + r * ldy, rest);
        } else {
          tile.full[r][kWhole] = loadFirst(d, last + r * ldy, rest);
        }
      }
    } else {
      HWY_UNROLL(8)
      for (int r = 0; r < R; ++r) {
        if constexpr (H == 1) {
          tile.half[r] = hn::LoadU(dh, last + r * ldy);
        } else {
          tile.full[r][kWhole] = hn::LoadU(d, last + r * ldy);
        }
      }
    }
  }
  if constexpr (Mode::kBf16) {
    tile.multiplyBf16(in);
  } else {
    tile.multiply(in);
  }
  HWY_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < kWhole; ++v) hn::StoreU(tile.full[r][v], d, y + r * ldy + v * kLanes);
  }
  float* last = y + kWhole * kLanes;
  if (partial) {
    HWY_UNROLL(8)
    for (int r = 0; r < R; ++r) {
      if constexpr (H == 1) {
        storeFirst(dh, tile.half[r], last + r * ldy, rest);
      } else {
        storeFirst(d, tile.full[r][kWhole], last + r * ldy, rest);
      }
    }
  } else {
    HWY_UNROLL(8)
    for (int r = 0; r < R; ++r) {
      if constexpr (H == 1) {
        hn::StoreU(tile.half[r], dh, last + r * ldy);
      } else {
        hn::StoreU(tile.full[r][kWhole], d, last + r * ldy);
      }
    }
  }
}

// The last columns: `count` full vectors, at most V of them, and a half one if `half`.
template <int R, int V, class Mode>
HWY_INLINE void gemmLastVectors(const GemmCall& call, int row, int first, int count, bool half) {
  if (count == V) {
    if constexpr (kHalfLanes > 0) {
      if (half) {
        gemmTile<R, V, 1, Mode>(call, row, first);
        return;
      }
    }
    if constexpr (V > 0) gemmTile<R, V, 0, Mode>(call, row, first);
  } else if constexpr (V > 0) {
    gemmLastVectors<R, V - 1, Mode>(call, row, first, count, half);
  }
}

// How `columns` are cut: whole vectors, and a half one where the rest fits in it.
struct Cut {
  explicit Cut(int columns)
      : half(kHalfLanes > 0 && columns % kLanes != 0 && columns % kLanes <= kHalfLanes),
        vectors((columns + kLanes - 1) / kLanes - (half ? 1 : 0)) {}
  bool half;
  int vectors;
};

// All columns of `blocks` consecutive groups of R rows; one group of columns stays in the cache.
template <int R, class Mode>
HWY_INLINE void gemmRows(const GemmCall& call, int row, int blocks) {
  constexpr int kVectors = maxVectors(R);
  const Cut cut(call.n_out);
  int first = 0;
  // A half vector goes with a full one, so that they share the reads of the left matrix.
  const int grouped = cut.half ? cut.vectors - 1 : cut.vectors;
  for (; first + kVectors <= grouped; first += kVectors) {
    for (int i = 0; i < blocks; ++i) gemmTile<R, kVectors, 0, Mode>(call, row + i * R, first);
  }
  if (first == cut.vectors && !cut.half) return;
  if (cut.half && cut.vectors - first == kVectors) {  // with the half one too many for a tile
    for (int i = 0; i < blocks; ++i) gemmTile<R, kVectors - 1, 0, Mode>(call, row + i * R, first);
    first = cut.vectors - 1;
  }
  for (int i = 0; i < blocks; ++i) {
    gemmLastVectors<R, kVectors - 1, Mode>(call, row + i * R, first, cut.vectors - first, cut.half);
  }
}

template <int R, class Mode>
HWY_INLINE void gemmLastRows(const GemmCall& call, int row, int count) {
  if (count == R) {
    gemmRows<R, Mode>(call, row, 1);
  } else if constexpr (R > 1) {
    gemmLastRows<R - 1, Mode>(call, row, count);
  }
}

template <class Mode>
void gemmAllRows(const GemmCall& call, int rows) {
  const int blocks = rows / kMaxRows;
  const int done = blocks * kMaxRows;
  if (blocks > 0) gemmRows<kMaxRows, Mode>(call, 0, blocks);
  if (done < rows) gemmLastRows<kMaxRows - 1, Mode>(call, done, rows - done);
}

void gemm(const float* x, std::ptrdiff_t ldx, const float* w, const float* bias, float* y,
          std::ptrdiff_t ldy, int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING {
  gemmAllRows<GemmMode<false, false>>({x, ldx, w, bias, y, ldy, n_in, n_out}, rows);
}

void gemmAdd(const float* x, std::ptrdiff_t ldx, const float* w, float* y, std::ptrdiff_t ldy,
             int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING {
  gemmAllRows<GemmMode<true, false>>({x, ldx, w, nullptr, y, ldy, n_in, n_out}, rows);
}

// Words are only moved, never computed with, before they are taken apart.
void gemmBf16(const float* x, std::ptrdiff_t ldx, const std::uint32_t* w, const float* bias,
              float* y, std::ptrdiff_t ldy, int rows, int n_in,
              int n_out) noexcept HISS_NONBLOCKING {
  const auto* words = reinterpret_cast<const float*>(w);
  gemmAllRows<GemmMode<false, true>>({x, ldx, words, bias, y, ldy, n_in, n_out}, rows);
}

void gemmAddBf16(const float* x, std::ptrdiff_t ldx, const std::uint32_t* w, float* y,
                 std::ptrdiff_t ldy, int rows, int n_in, int n_out) noexcept HISS_NONBLOCKING {
  const auto* words = reinterpret_cast<const float*>(w);
  gemmAllRows<GemmMode<true, true>>({x, ldx, words, nullptr, y, ldy, n_in, n_out}, rows);
}

struct MixCall {
  const float* w;
  const float* x;
  const float* bias;
  float* y;
  int n_in;
  int columns;
};

// Rows [row, row + R), vectors [first, first + V) of y, then half a vector if H. The last vector of
// a row is moved left until it ends with the row; what it shares with its neighbour is computed
// twice, identically.
template <class D, int R, int V, int H>
HWY_NOINLINE void mixTile(D d, const MixCall& call, int row, int first) {
  const HalfTag dh;
  const int lanes = static_cast<int>(hn::MaxLanes(d));
  int column[V + H];
  TileInput in;
  in.a = call.w + std::ptrdiff_t{row} * call.n_in;
  in.lda = call.n_in;
  in.ldb = call.columns;
  in.depth = call.n_in;
  for (int v = 0; v < V + H; ++v) {
    const int wanted = (first + v) * lanes;
    const int width = v < V ? lanes : static_cast<int>(hn::MaxLanes(dh));
    column[v] = wanted + width <= call.columns ? wanted : call.columns - width;
    in.b[v] = call.x + column[v];
  }
  Tile<D, HalfTag, R, V, H> tile;
  HWY_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    HWY_UNROLL(8)
    for (int v = 0; v < V; ++v) tile.full[r][v] = hn::Set(d, call.bias[row + r]);
    if constexpr (H == 1) tile.half[r] = hn::Set(dh, call.bias[row + r]);
  }
  tile.multiply(in);
  HWY_UNROLL(8)
  for (int r = 0; r < R; ++r) {
    float* y = call.y + std::ptrdiff_t{row + r} * call.columns;
    HWY_UNROLL(8)
    for (int v = 0; v < V; ++v) hn::StoreU(tile.full[r][v], d, y + column[v]);
    if constexpr (H == 1) hn::StoreU(tile.half[r], dh, y + column[V]);
  }
}

template <int R, int V, class D>
HWY_INLINE void mixLastVectors(D d, const MixCall& call, int row, int first, int count, bool half) {
  if (count == V) {
    if constexpr (kHalfLanes > 0 && hn::MaxLanes(D()) == kPanel) {
      if (half) {
        mixTile<D, R, V, 1>(d, call, row, first);
        return;
      }
    }
    if constexpr (V > 0) mixTile<D, R, V, 0>(d, call, row, first);
  } else if constexpr (V > 0) {
    mixLastVectors<R, V - 1>(d, call, row, first, count, half);
  }
}

template <int R, class D>
HWY_INLINE void mixRows(D d, const MixCall& call, int row, int blocks) {
  constexpr int kVectors = maxVectors(R);
  const int lanes = static_cast<int>(hn::MaxLanes(d));
  const bool half = lanes == kPanel && Cut(call.columns).half;
  const int total = (call.columns + lanes - 1) / lanes - (half ? 1 : 0);
  // A last group of vectors that would not fit in the registers with the half one leaves it one.
  const int grouped = half ? total - 1 : total;
  int first = 0;
  for (; first + kVectors <= grouped; first += kVectors) {
    for (int i = 0; i < blocks; ++i) mixTile<D, R, kVectors, 0>(d, call, row + i * R, first);
  }
  if (first == total && !half) return;
  if (half && total - first == kVectors) {
    for (int i = 0; i < blocks; ++i) mixTile<D, R, kVectors - 1, 0>(d, call, row + i * R, first);
    first = total - 1;
  }
  for (int i = 0; i < blocks; ++i) {
    mixLastVectors<R, kVectors - 1>(d, call, row + i * R, first, total - first, half);
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
