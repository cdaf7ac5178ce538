// SPDX-License-Identifier: Apache-2.0
// The two recurrent parts of a Mamba step. Included once per target by kernels_hwy.cpp.
// Both run over channels, which lie innermost and padded to kPanel: no tails, no horizontal sums,
// and d_state or d_conv may be any number.

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "ssm/simd/kernels.h"
#include "ssm/simd/vec_math-inl.h"

#if defined(HISS_SSM_SIMD_RECURRENCE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HISS_SSM_SIMD_RECURRENCE_INL_H_
#undef HISS_SSM_SIMD_RECURRENCE_INL_H_
#else
#define HISS_SSM_SIMD_RECURRENCE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace hiss {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void causalConvChannels(const ConvStep& s) noexcept HISS_NONBLOCKING {
  const hn::CappedTag<float, kPanel> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const std::ptrdiff_t padded = s.d_inner_padded;
  const int taps = s.d_conv - 1;
  for (int c = 0; c < s.d_inner_padded; c += lanes) {
    const auto x = hn::LoadU(d, s.x + c);
    auto sum = hn::LoadU(d, s.bias + c);
    if (taps > 0) {
      float* slot = s.conv_state + c;
      const float* weight = s.weight + c;
      auto value = hn::LoadU(d, slot);
      for (int k = 0; k + 1 < taps; ++k, slot += padded, weight += padded) {
        sum = hn::MulAdd(hn::LoadU(d, weight), value, sum);
        value = hn::LoadU(d, slot + padded);
        hn::StoreU(value, d, slot);
      }
      sum = hn::MulAdd(hn::LoadU(d, weight), value, sum);
      hn::StoreU(x, d, slot);
    }
    sum = hn::MulAdd(hn::LoadU(d, s.weight + taps * padded + c), x, sum);
    hn::StoreU(siluVector(d, sum), d, s.x + c);
  }
}

void selectiveStateChannels(const SelectiveStep& s) noexcept HISS_NONBLOCKING {
  const hn::CappedTag<float, kPanel> d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const std::ptrdiff_t padded = s.d_inner_padded;
  for (int c = 0; c < s.d_inner_padded; c += lanes) {
    const auto dt = softplusVector(d, hn::LoadU(d, s.dt + c));
    const auto x = hn::LoadU(d, s.x + c);
    const auto dt_x = hn::Mul(dt, x);
    auto y = hn::Mul(hn::LoadU(d, s.D + c), x);
    const float* A = s.A + c;
    float* h = s.h + c;
    for (int n = 0; n < s.d_state; ++n, A += padded, h += padded) {
      const auto dA = exp2Vector(d, hn::Mul(dt, hn::LoadU(d, A)));
      const auto dB_x = hn::Mul(dt_x, hn::Set(d, s.B[n]));
      const auto next = hn::MulAdd(dA, hn::LoadU(d, h), dB_x);
      hn::StoreU(next, d, h);
      y = hn::MulAdd(hn::Set(d, s.C[n]), next, y);
    }
    hn::StoreU(hn::Mul(y, siluVector(d, hn::LoadU(d, s.z + c))), d, s.y + c);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_RECURRENCE_INL_H_
