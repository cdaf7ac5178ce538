// SPDX-License-Identifier: Apache-2.0
// exp, softplus, sigmoid and SiLU on Highway vectors of any width. Included once per target by
// kernels_hwy.cpp. Bounds are stated in ssm/README.md and tested in tests/ssm/vec_math_test.cpp.
// The polynomials are minimax fits (Remez, relative error) of (2^r - 1) / r, (e^r - 1) / r and
// atanh(sqrt(w)) / sqrt(w), each below 1.1e-8.

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

// p * 2^n, where `biased` is n + kRoundingBias: adds n to the exponent of p.
template <class D, class V>
HWY_INLINE V scaleByPowerOfTwo(D d, V p, V biased) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::Add(hn::BitCast(di, p), hn::ShiftLeft<23>(hn::BitCast(di, biased))));
}

// 2^x for x <= 127.49. Exactly 0 from -127 down, absolute error below 2^-126 from -126 down.
template <class D, class V>
HWY_INLINE V exp2Vector(D d, V x) {
  // The constant comes first: of (number, NaN) x86 returns the second, so that NaN stays NaN.
  x = hn::Max(hn::Set(d, -127.0f), x);
  const V bias = hn::Set(d, kRoundingBias);
  const V biased = hn::Add(x, bias);
  const V r = hn::Sub(x, hn::Sub(biased, bias));  // exact, |r| <= 1/2
  V q = hn::MulAdd(r, hn::Set(d, 0.000154035137f), hn::Set(d, 0.00133907353f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.00961823761f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.0555035733f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.240226492f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.693147182f));
  return scaleByPowerOfTwo(d, hn::MulAdd(q, r, hn::Set(d, 1.0f)), biased);
}

// exp(-|x|), exactly 0 where it is below 2^-127. ln 2 is split in two, the first part short enough
// for an exact product, so that the bound does not grow with |x|.
template <class D, class V>
HWY_INLINE V expMinusAbs(D d, V x) {
  x = hn::Max(hn::Set(d, -88.0296919f), hn::Neg(hn::Abs(x)));  // -127 ln 2
  const V bias = hn::Set(d, kRoundingBias);
  const V biased = hn::MulAdd(x, hn::Set(d, 1.44269502f), bias);
  const V n = hn::Sub(biased, bias);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(n, hn::Set(d, -0.000212194442f), r);
  V q = hn::MulAdd(r, hn::Set(d, 0.00138888741f), hn::Set(d, 0.0083690742f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.0416671373f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.166665062f));
  q = hn::MulAdd(q, r, hn::Set(d, 0.49999997f));
  q = hn::MulAdd(hn::Mul(q, r), r, r);
  const V p = hn::Add(q, hn::Set(d, 1.0f));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -87.3365479f)), scaleByPowerOfTwo(d, p, biased));
}

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

template <class D, class V>
HWY_INLINE V softplusVector(D d, V x) {
  return hn::Add(hn::Max(hn::Zero(d), x), log1pUnit(d, expMinusAbs(d, x)));
}

template <class D, class V>
HWY_INLINE V sigmoidVector(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V t = expMinusAbs(d, x);
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), t, one), hn::Add(one, t));
}

template <class D, class V>
HWY_INLINE V siluVector(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V t = expMinusAbs(d, x);
  const V scaled = hn::Mul(x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), t, one));
  return hn::Div(scaled, hn::Add(one, t));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_VEC_MATH_INL_H_
