// SPDX-License-Identifier: Apache-2.0
// Kernels over arrays and rows. Included once per target by kernels_hwy.cpp.

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "ssm/simd/kernels.h"
#include "ssm/simd/vec_math-inl.h"

#if defined(HISS_SSM_SIMD_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HISS_SSM_SIMD_ELEMENTWISE_INL_H_
#undef HISS_SSM_SIMD_ELEMENTWISE_INL_H_
#else
#define HISS_SSM_SIMD_ELEMENTWISE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace hiss {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Calls op(d, i) for each vector of n values: full vectors, then 4 lanes, then single ones. The
// narrow ones are vectors too, so an element's bits do not depend on where it lies.
template <class Op>
HWY_INLINE void forEachVector(int n, Op& op) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 4> narrow;
  const hn::CappedTag<float, 1> single;
  const int wide_lanes = static_cast<int>(hn::Lanes(wide));
  int i = 0;
  for (; i + wide_lanes <= n; i += wide_lanes) op(wide, i);
  for (; i + 4 <= n; i += 4) op(narrow, i);
  for (; i < n; ++i) op(single, i);
}

struct Identity {
  template <class D, class V>
  HWY_INLINE V operator()(D /*d*/, V x) const {
    return x;
  }
};
struct Exp2Function {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return exp2Vector(d, x);
  }
};
struct SoftplusFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return softplusVector(d, x);
  }
};
struct SigmoidFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return sigmoidVector(d, x);
  }
};
struct SiluFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return siluVector(d, x);
  }
};
struct TanhFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return tanhVector(d, x);
  }
};
struct GeluFunction {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return geluVector(d, x);
  }
};

// y = f(x)
template <class F>
struct MapOp {
  const float* x;
  float* y;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    hn::StoreU(F()(d, hn::LoadU(d, x + i)), d, y + i);
  }
};

struct AddOp {
  const float* a;
  const float* b;
  float* y;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    hn::StoreU(hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, y + i);
  }
};

struct AddSiluOp {
  const float* a;
  const float* b;
  float* y;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    hn::StoreU(hn::Add(hn::LoadU(d, a + i), siluVector(d, hn::LoadU(d, b + i))), d, y + i);
  }
};

// y += a f(b)
template <class F>
struct AddProductOp {
  const float* a;
  const float* b;
  float* y;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    const auto factor = F()(d, hn::LoadU(d, b + i));
    hn::StoreU(hn::MulAdd(hn::LoadU(d, a + i), factor, hn::LoadU(d, y + i)), d, y + i);
  }
};

// y = x max(|x|^2, 1e-10)^exponent, n complex values
struct CompressOp {
  const float* x;
  float* y;
  float exponent;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    hn::Vec<D> re;
    hn::Vec<D> im;
    hn::LoadInterleaved2(d, x + 2 * i, re, im);
    const auto squared = hn::Max(hn::Set(d, 1e-10F), hn::MulAdd(re, re, hn::Mul(im, im)));
    const auto scale = exp2Vector(d, hn::Mul(hn::Set(d, exponent), log2Vector(d, squared)));
    hn::StoreInterleaved2(hn::Mul(re, scale), hn::Mul(im, scale), d, y + 2 * i);
  }
};

// The same [n, 3] with max(|x|^2, 1e-10)^(exponent + 1/2)
struct CompressWithMagnitudeOp {
  const float* x;
  float* y;
  float exponent;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    hn::Vec<D> re;
    hn::Vec<D> im;
    hn::LoadInterleaved2(d, x + 2 * i, re, im);
    const auto squared = hn::Max(hn::Set(d, 1e-10F), hn::MulAdd(re, re, hn::Mul(im, im)));
    const auto scale = exp2Vector(d, hn::Mul(hn::Set(d, exponent), log2Vector(d, squared)));
    hn::StoreInterleaved3(hn::Mul(re, scale), hn::Mul(im, scale), hn::Mul(hn::Sqrt(squared), scale),
                          d, y + 3 * i);
  }
};

struct ComplexMaskOp {
  const float* x;
  const float* m;
  float* y;
  float limit;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    hn::Vec<D> x_re;
    hn::Vec<D> x_im;
    hn::Vec<D> m_re;
    hn::Vec<D> m_im;
    hn::LoadInterleaved2(d, x + 2 * i, x_re, x_im);
    hn::LoadInterleaved2(d, m + 2 * i, m_re, m_im);
    const auto re = hn::Sub(hn::Mul(x_re, m_re), hn::Mul(x_im, m_im));
    const auto im = hn::Add(hn::Mul(x_re, m_im), hn::Mul(x_im, m_re));
    const auto most = hn::Set(d, limit);
    const auto sound = hn::And(hn::Le(hn::Abs(re), most), hn::Le(hn::Abs(im), most));
    hn::StoreInterleaved2(hn::IfThenElseZero(sound, re), hn::IfThenElseZero(sound, im), d,
                          y + 2 * i);
  }
};

// sum of f(d, i) over n values: one accumulator a width of vector, added up at the end.
template <class F>
HWY_INLINE float sumRow(int n, const F& f) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 4> narrow;
  const hn::CappedTag<float, 1> single;
  const int wide_lanes = static_cast<int>(hn::Lanes(wide));
  auto wide_sum = hn::Zero(wide);
  auto narrow_sum = hn::Zero(narrow);
  auto single_sum = hn::Zero(single);
  int i = 0;
  for (; i + wide_lanes <= n; i += wide_lanes) wide_sum = hn::Add(wide_sum, f(wide, i));
  for (; i + 4 <= n; i += 4) narrow_sum = hn::Add(narrow_sum, f(narrow, i));
  for (; i < n; ++i) single_sum = hn::Add(single_sum, f(single, i));
  return hn::GetLane(hn::SumOfLanes(wide, wide_sum)) +
         hn::GetLane(hn::SumOfLanes(narrow, narrow_sum)) + hn::GetLane(single_sum);
}

struct ValueTerm {
  const float* x;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int i) const {
    return hn::LoadU(d, x + i);
  }
};

// (x - mean)^2
struct SquareTerm {
  const float* x;
  float mean;
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, int i) const {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    return hn::Mul(centred, centred);
  }
};

struct ScaleOp {
  const float* x;
  const float* weight;
  float scale;
  float* y;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    const auto scaled = hn::Mul(hn::LoadU(d, x + i), hn::Set(d, scale));
    hn::StoreU(hn::Mul(scaled, hn::LoadU(d, weight + i)), d, y + i);
  }
};

struct NormaliseOp {
  const float* x;
  const float* weight;
  const float* bias;
  float mean;
  float scale;
  float* y;
  template <class D>
  HWY_INLINE void operator()(D d, int i) const {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    const auto scaled = hn::Mul(centred, hn::Set(d, scale));
    hn::StoreU(hn::MulAdd(scaled, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i)), d, y + i);
  }
};

template <class F>
HWY_INLINE void applyMap(const float* x, float* y, int n) {
  MapOp<F> op{x, y};
  forEachVector(n, op);
}

void exp2Map(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  applyMap<Exp2Function>(x, y, n);
}
void softplusMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  applyMap<SoftplusFunction>(x, y, n);
}
void sigmoidMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  applyMap<SigmoidFunction>(x, y, n);
}
void siluMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  applyMap<SiluFunction>(x, y, n);
}
void tanhMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  applyMap<TanhFunction>(x, y, n);
}
void geluMap(const float* x, float* y, int n) noexcept HISS_NONBLOCKING {
  applyMap<GeluFunction>(x, y, n);
}

void addProductMap(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  AddProductOp<Identity> op{a, b, y};
  forEachVector(n, op);
}

void addGatedMap(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  AddProductOp<SigmoidFunction> op{a, b, y};
  forEachVector(n, op);
}

void addMap(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  AddOp op{a, b, y};
  forEachVector(n, op);
}

void addSiluMap(const float* a, const float* b, float* y, int n) noexcept HISS_NONBLOCKING {
  AddSiluOp op{a, b, y};
  forEachVector(n, op);
}

void compressMap(const float* x, float* y, float exponent, int n) noexcept HISS_NONBLOCKING {
  CompressOp op{x, y, exponent};
  forEachVector(n, op);
}

void compressWithMagnitudeMap(const float* x, float* y, float exponent,
                              int n) noexcept HISS_NONBLOCKING {
  CompressWithMagnitudeOp op{x, y, exponent};
  forEachVector(n, op);
}

void complexMaskMap(const float* x, const float* m, float* y, float limit,
                    int n) noexcept HISS_NONBLOCKING {
  ComplexMaskOp op{x, m, y, limit};
  forEachVector(n, op);
}

struct WinogradInOp {
  const float* d;  // six rows of c
  float* v;
  std::ptrdiff_t c;
  std::ptrdiff_t plane;
  template <class D>
  HWY_INLINE void operator()(D tag, int j) const {
    const auto four = hn::Set(tag, 4.0f);
    const auto five = hn::Set(tag, 5.0f);
    const auto d0 = hn::LoadU(tag, d + j);
    const auto d1 = hn::LoadU(tag, d + c + j);
    const auto d2 = hn::LoadU(tag, d + 2 * c + j);
    const auto d3 = hn::LoadU(tag, d + 3 * c + j);
    const auto d4 = hn::LoadU(tag, d + 4 * c + j);
    const auto d5 = hn::LoadU(tag, d + 5 * c + j);
    const auto even = hn::NegMulAdd(four, d2, d4);
    const auto odd = hn::NegMulAdd(four, d1, d3);
    const auto even_half = hn::Sub(d4, d2);
    const auto odd_1 = hn::Sub(d3, d1);
    const auto odd_half = hn::Add(odd_1, odd_1);
    hn::StoreU(hn::NegMulAdd(five, d2, hn::MulAdd(four, d0, d4)), tag, v + j);
    hn::StoreU(hn::Add(even, odd), tag, v + plane + j);
    hn::StoreU(hn::Sub(even, odd), tag, v + 2 * plane + j);
    hn::StoreU(hn::Add(even_half, odd_half), tag, v + 3 * plane + j);
    hn::StoreU(hn::Sub(even_half, odd_half), tag, v + 4 * plane + j);
    hn::StoreU(hn::NegMulAdd(five, d3, hn::MulAdd(four, d1, d5)), tag, v + 5 * plane + j);
  }
};

struct WinogradOutOp {
  const float* m;
  float* y;  // four rows of c
  std::ptrdiff_t c;
  std::ptrdiff_t plane;
  template <class D>
  HWY_INLINE void operator()(D tag, int j) const {
    const auto m0 = hn::LoadU(tag, m + j);
    const auto m1 = hn::LoadU(tag, m + plane + j);
    const auto m2 = hn::LoadU(tag, m + 2 * plane + j);
    const auto m3 = hn::LoadU(tag, m + 3 * plane + j);
    const auto m4 = hn::LoadU(tag, m + 4 * plane + j);
    const auto m5 = hn::LoadU(tag, m + 5 * plane + j);
    const auto sum = hn::Add(m1, m2);
    const auto difference = hn::Sub(m1, m2);
    const auto sum_2 = hn::Add(m3, m4);
    const auto difference_2 = hn::Sub(m3, m4);
    hn::StoreU(hn::Add(hn::Add(m0, sum), sum_2), tag, y + j);
    hn::StoreU(hn::MulAdd(hn::Set(tag, 2.0f), difference_2, difference), tag, y + c + j);
    hn::StoreU(hn::MulAdd(hn::Set(tag, 4.0f), sum_2, sum), tag, y + 2 * c + j);
    hn::StoreU(hn::Add(hn::MulAdd(hn::Set(tag, 8.0f), difference_2, difference), m5), tag,
               y + 3 * c + j);
  }
};

void winogradInRows(const float* x, float* v, int tiles, int c) noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t plane = std::ptrdiff_t{tiles} * c;
  for (int t = 0; t < tiles; ++t) {
    WinogradInOp op{x + std::ptrdiff_t{4} * t * c, v + std::ptrdiff_t{t} * c, c, plane};
    forEachVector(c, op);
  }
}

void winogradOutRows(const float* m, float* y, int tiles, int c) noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t plane = std::ptrdiff_t{tiles} * c;
  for (int t = 0; t < tiles; ++t) {
    WinogradOutOp op{m + std::ptrdiff_t{t} * c, y + std::ptrdiff_t{4} * t * c, c, plane};
    forEachVector(c, op);
  }
}

// 1 / sqrt(x) with two correct roundings, without a library call.
HWY_INLINE float inverseSqrt(float x) {
  const hn::CappedTag<float, 1> d;
  return hn::GetLane(hn::Div(hn::Set(d, 1.0f), hn::Sqrt(hn::Set(d, x))));
}

void rmsNormRows(const float* x, std::ptrdiff_t ldx, const float* weight, float eps, float* y,
                 std::ptrdiff_t ldy, int rows, int n) noexcept HISS_NONBLOCKING {
  for (int r = 0; r < rows; ++r) {
    const float squares = sumRow(n, SquareTerm{x + r * ldx, 0.0f});
    ScaleOp scale{x + r * ldx, weight, inverseSqrt(squares / static_cast<float>(n) + eps),
                  y + r * ldy};
    forEachVector(n, scale);
  }
}

void layerNormRows(const float* x, const float* weight, const float* bias, float eps, float* y,
                   int rows, int n) noexcept HISS_NONBLOCKING {
  const float inverse_n = 1.0f / static_cast<float>(n);
  for (int r = 0; r < rows; ++r) {
    const float* in = x + std::ptrdiff_t{r} * n;
    const float mean = sumRow(n, ValueTerm{in}) * inverse_n;
    const float squares = sumRow(n, SquareTerm{in, mean});
    NormaliseOp normalise{
        in, weight, bias, mean, inverseSqrt(squares * inverse_n + eps), y + std::ptrdiff_t{r} * n};
    forEachVector(n, normalise);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_ELEMENTWISE_INL_H_
