// SPDX-License-Identifier: Apache-2.0
// exp, softplus, sigmoid, SiLU, tanh and GELU on Highway vectors of any width. Included once per
// target by kernels_hwy.cpp. Bounds are stated in ssm/README.md and tested in
// tests/ssm/vec_math_test.cpp. The polynomials are minimax fits (Remez, relative error): (2^r - 1)
// / r on |r| <= 1/2 to 4.4e-7 (short) and 1.1e-8; atanh(sqrt(w)) / sqrt(w) to 1.1e-8; log2(1 + t) /
// t to 1.7e-7; erfc(t / sqrt(2)) exp(t^2 / 2) / (2 s) in s = 1 / (1 + 0.26 t) to 2.1e-8.

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"

#if defined(HISS_SSM_SIMD_VEC_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HISS_SSM_SIMD_VEC_MATH_INL_H_
#undef HISS_SSM_SIMD_VEC_MATH_INL_H_
#else
#define HISS_SSM_SIMD_VEC_MATH_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace hiss {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// 1.5 * 2^23: adding it rounds |x| < 2^22 to an integer that then stands in the low mantissa bits.
constexpr float kRoundingBias = 12582912.0f;
// log2(e) in two parts.
constexpr float kLog2E = 1.44269502f;
constexpr float kLog2ERest = 1.92596303e-8f;
// Arguments of exp beyond this are cut down to it: exp(-kMostExp) = 2^-126.98.
constexpr float kMostExp = 88.015f;

// 2^r for |r| <= 1/2 to 1.8e-7, for the decay of the state, where it is most of the work. Exactly 1
// at 0: a state that is to stay (dt -> 0) neither grows nor fades.
template <class D, class V>
HWY_INLINE V exp2Unit(D d, V r) {
  V q = hn::MulAdd(r, hn::Set(d, 0.00133335392f), hn::Set(d, 0.00966624543f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.0555050038f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.240223512f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.693147123f));
  return hn::MulAdd(q, r, hn::Set(d, 1.0f));
}

// The same to 5e-9 before rounding, for the activations.
template <class D, class V>
HWY_INLINE V exp2UnitExact(D d, V r) {
  V q = hn::MulAdd(r, hn::Set(d, 0.000154035137f), hn::Set(d, 0.00133907353f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.00961823761f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.0555035733f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.240226492f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.693147182f));
  return hn::MulAdd(q, r, hn::Set(d, 1.0f));
}

#if HWY_TARGET == HWY_AVX3
// AVX-512 rounds, takes remainders and scales by powers of two in one instruction each.
#define HISS_AVX3_UNARY(name, instruction)                       \
  HWY_INLINE hn::Vec512<float> name(hn::Vec512<float> x) {       \
    return hn::Vec512<float>{_mm512_##instruction(x.raw, 0)};    \
  }                                                              \
  HWY_INLINE hn::Vec256<float> name(hn::Vec256<float> x) {       \
    return hn::Vec256<float>{_mm256_##instruction(x.raw, 0)};    \
  }                                                              \
  template <std::size_t N>                                       \
  HWY_INLINE hn::Vec128<float, N> name(hn::Vec128<float, N> x) { \
    return hn::Vec128<float, N>{_mm_##instruction(x.raw, 0)};    \
  }
HISS_AVX3_UNARY(remainderOfRounding, reduce_ps)  // x - nearest integer; 0 for infinities
HISS_AVX3_UNARY(nearestInteger, roundscale_ps)
#undef HISS_AVX3_UNARY

// p 2^n for whole n.
HWY_INLINE hn::Vec512<float> scale(hn::Vec512<float> p, hn::Vec512<float> n) {
  return hn::Vec512<float>{_mm512_scalef_ps(p.raw, n.raw)};
}
HWY_INLINE hn::Vec256<float> scale(hn::Vec256<float> p, hn::Vec256<float> n) {
  return hn::Vec256<float>{_mm256_scalef_ps(p.raw, n.raw)};
}
template <std::size_t N>
HWY_INLINE hn::Vec128<float, N> scale(hn::Vec128<float, N> p, hn::Vec128<float, N> n) {
  return hn::Vec128<float, N>{_mm_scalef_ps(p.raw, n.raw)};
}

// 2^x. Below 2^-126 the result may be 0.
template <class D, class V>
HWY_INLINE V exp2Vector(D d, V x) {
  const V r = remainderOfRounding(x);
  return scale(exp2Unit(d, r), hn::Sub(x, r));
}

// exp(-x) for |x| <= kMostExp.
template <class D, class V>
HWY_INLINE V expOfMinus(D d, V x) {
  const V n = nearestInteger(hn::Mul(x, hn::Set(d, -kLog2E)));
  V r = hn::NegMulSub(x, hn::Set(d, kLog2E), n);
  r = hn::NegMulAdd(x, hn::Set(d, kLog2ERest), r);
  return scale(exp2UnitExact(d, r), n);
}
#else
// p * 2^n, where `biased` is n + kRoundingBias: adds n to the exponent of p.
template <class D, class V>
HWY_INLINE V scaleByPowerOfTwo(D d, V p, V biased) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::Add(hn::BitCast(di, p), hn::ShiftLeft<23>(hn::BitCast(di, biased))));
}

// 2^x for -126 <= x <= 127.49.
template <class D, class V>
HWY_INLINE V exp2InRange(D d, V x) {
  const V bias = hn::Set(d, kRoundingBias);
  const V biased = hn::Add(x, bias);
  const V r = hn::Sub(x, hn::Sub(biased, bias));  // exact, |r| <= 1/2
  return scaleByPowerOfTwo(d, exp2Unit(d, r), biased);
}

// 2^x for x <= 127.49. Exactly 0 from -127 down, absolute error below 2^-126 from -126 down.
template <class D, class V>
HWY_INLINE V exp2Vector(D d, V x) {
  // The constant comes first: of (number, NaN) x86 returns the second, so that NaN stays NaN.
  return exp2InRange(d, hn::Max(hn::Set(d, -127.0f), x));
}

// exp(-x) for |x| <= kMostExp.
template <class D, class V>
HWY_INLINE V expOfMinus(D d, V x) {
  const V bias = hn::Set(d, kRoundingBias);
  const V biased = hn::NegMulAdd(x, hn::Set(d, kLog2E), bias);
  const V n = hn::Sub(biased, bias);
#if HWY_TARGET == HWY_SSE4
  // Without fused multiply-adds x is reduced by ln 2 in two parts, the first short enough for an
  // exact product.
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), hn::Neg(x));
  r = hn::NegMulAdd(n, hn::Set(d, -0.000212194442f), r);
  r = hn::Mul(r, hn::Set(d, kLog2E));
#else
  V r = hn::NegMulSub(x, hn::Set(d, kLog2E), n);
  r = hn::NegMulAdd(x, hn::Set(d, kLog2ERest), r);
#endif
  return scaleByPowerOfTwo(d, exp2UnitExact(d, r), biased);
}
#endif

// log(1 + t) for 0 <= t <= 1, as 2 atanh(t / (2 + t)).
template <class D, class V>
HWY_INLINE V log1pUnit(D d, V t) {
  const V s = hn::Div(t, hn::Add(t, hn::Set(d, 2.0f)));
  const V w = hn::Mul(s, s);
  V g = hn::MulAdd(w, hn::Set(d, 0.281783313f), hn::Set(d, 0.279606074f));
  g = hn::MulAdd(g, w, hn::Set(d, 0.400249094f));
  g = hn::MulAdd(g, w, hn::Set(d, 0.66666317f));
  g = hn::MulAdd(g, w, hn::Set(d, 2.0f));
  return hn::Mul(g, s);
}

// log2(x) for normal positive x, absolute error below 2e-7 (1 + |log2 x|).
template <class D, class V>
HWY_INLINE V log2Vector(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, x);
  // Exponent of x / sqrt(1/2), so that the mantissa lies in [sqrt(1/2), sqrt(2)).
  const auto e = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3f3504f3)));
  const V t = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(e))), hn::Set(d, 1.0f));
  V g = hn::MulAdd(t, hn::Set(d, -0.145806983f), hn::Set(d, 0.234040484f));
  g = hn::MulAdd(g, t, hn::Set(d, -0.248877421f));
  g = hn::MulAdd(g, t, hn::Set(d, 0.287098914f));
  g = hn::MulAdd(g, t, hn::Set(d, -0.360239625f));
  g = hn::MulAdd(g, t, hn::Set(d, 0.480923235f));
  g = hn::MulAdd(g, t, hn::Set(d, -0.721352816f));
  g = hn::MulAdd(g, t, hn::Set(d, 1.4426949f));
  return hn::MulAdd(g, t, hn::ConvertTo(d, e));
}

// The constants of Max and Min come first: of (number, NaN) x86 returns the second, so that a NaN
// stays one.
template <class D, class V>
HWY_INLINE V softplusVector(D d, V x) {
  const V size = hn::Min(hn::Set(d, 87.3365f), hn::Abs(x));  // exp(-size) >= 2^-126
  return hn::Add(hn::Max(hn::Zero(d), x), log1pUnit(d, expOfMinus(d, size)));
}

template <class D, class V>
HWY_INLINE V sigmoidVector(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  x = hn::Min(hn::Set(d, kMostExp), hn::Max(hn::Set(d, -kMostExp), x));
  return hn::Div(one, hn::Add(one, expOfMinus(d, x)));
}

// Below -kMostExp the result stays where it is there, -5e-37, instead of going to 0.
template <class D, class V>
HWY_INLINE V siluVector(D d, V x) {
  x = hn::Max(hn::Set(d, -kMostExp), x);
  const V t = expOfMinus(d, hn::Min(hn::Set(d, kMostExp), x));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), t));
}

// By exp(-2 |x|): absolute error, as near 0 a few ulp of 1 are many of the result.
template <class D, class V>
HWY_INLINE V tanhVector(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V size = hn::Abs(x);
  const V t = expOfMinus(d, hn::Min(hn::Set(d, kMostExp), hn::Add(size, size)));
  return hn::CopySign(hn::Div(hn::Sub(one, t), hn::Add(one, t)), x);
}

// max(x, 0) - t Q(t), t = |x|, Q(t) = erfc(t / sqrt(2)) / 2 = exp(-t^2 / 2) s p(s). Beyond t =
// 13.26 the second part is below the smallest normal number.
template <class D, class V>
HWY_INLINE V geluVector(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V t = hn::Min(hn::Set(d, 13.26f), hn::Abs(x));
  const V s = hn::Div(one, hn::MulAdd(t, hn::Set(d, 0.26f), one));
  V p = hn::MulAdd(s, hn::Set(d, 0.030913039f), hn::Set(d, -0.154823252f));
  p = hn::MulAdd(p, s, hn::Set(d, 0.255639876f));
  p = hn::MulAdd(p, s, hn::Set(d, -0.155736585f));
  p = hn::MulAdd(p, s, hn::Set(d, 0.164293296f));
  p = hn::MulAdd(p, s, hn::Set(d, 0.0495812768f));
  p = hn::MulAdd(p, s, hn::Set(d, 0.103407396f));
  p = hn::MulAdd(p, s, hn::Set(d, 0.102962611f));
  p = hn::MulAdd(p, s, hn::Set(d, 0.103762332f));
  const V tail = expOfMinus(d, hn::Mul(hn::Mul(t, hn::Set(d, 0.5f)), t));
  return hn::NegMulAdd(hn::Mul(t, s), hn::Mul(p, tail), hn::Max(hn::Zero(d), x));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_VEC_MATH_INL_H_
