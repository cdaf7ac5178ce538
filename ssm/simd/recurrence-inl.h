// SPDX-License-Identifier: Apache-2.0
// The recurrent parts of a step of each kind of block. Included once per target by kernels_hwy.cpp.
// All run over channels, which lie innermost and padded to kPanel: no tails, no horizontal sums,
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

// Calls op(d, c) for each vector of `channels` channels; the last ones get half a vector where that
// is enough. Both read and write within the padding.
template <class Op>
HWY_INLINE void forEachChannels(int channels, const Op& op) {
  const hn::CappedTag<float, kPanel> d;
  constexpr int kLanesWide = static_cast<int>(hn::MaxLanes(d));
  int c = 0;
  if constexpr (kLanesWide == 16) {
    for (; c + 8 < channels; c += 16) op(d, c);
    if (c < channels) op(hn::CappedTag<float, 8>(), c);
  } else {
    for (; c < channels; c += kLanesWide) op(d, c);
  }
}

// kTaps past inputs, or any number of them where kTaps is -1.
template <int kTaps>
struct CausalConvOp {
  const ConvStep& s;

  template <class D>
  HWY_INLINE void operator()(D d, int c) const {
    const std::ptrdiff_t padded = s.d_inner_padded;
    const int taps = kTaps >= 0 ? kTaps : s.d_conv - 1;
    const auto x = hn::LoadU(d, s.x + c);
    auto sum = hn::LoadU(d, s.bias + c);
    const float* weight = s.weight + c;
    int slot = s.oldest;
    for (int k = 0; k < taps; ++k) {
      const auto past = hn::LoadU(d, s.conv_state + slot * padded + c);
      sum = hn::MulAdd(hn::LoadU(d, weight + k * padded), past, sum);
      slot = slot + 1 < taps ? slot + 1 : 0;
    }
    if (taps > 0) hn::StoreU(x, d, s.conv_state + s.oldest * padded + c);
    sum = hn::MulAdd(hn::LoadU(d, weight + taps * padded), x, sum);
    hn::StoreU(siluVector(d, sum), d, s.x + c);
  }
};

void causalConvChannels(const ConvStep& s) noexcept HISS_NONBLOCKING {
  if (s.d_conv == 4) {  // what every published Mamba has
    forEachChannels(s.d_inner, CausalConvOp<3>{s});
  } else {
    forEachChannels(s.d_inner, CausalConvOp<-1>{s});
  }
}

// The activations of a row, apart from the loop over the state: one after another they overlap in
// the processor, where each would wait for its own division if the state stood between them.
struct ActivateOp {
  const SelectiveStep& s;

  template <class D>
  HWY_INLINE void operator()(D d, int c) const {
    hn::StoreU(softplusVector(d, hn::LoadU(d, s.dt + c)), d, s.dt + c);
    hn::StoreU(siluVector(d, hn::LoadU(d, s.z + c)), d, s.z + c);
  }
};

struct SelectiveStateOp {
  const SelectiveStep& s;

  template <class D>
  HWY_INLINE void operator()(D d, int c) const {
    const std::ptrdiff_t width = stateBlockWidth(c, s.d_inner);
    const int d_state = s.d_state;
    const auto dt = hn::LoadU(d, s.dt + c);
    const auto x = hn::LoadU(d, s.x + c);
    const auto dt_x = hn::Mul(dt, x);
    auto y = hn::Mul(hn::LoadU(d, s.D + c), x);
    const std::ptrdiff_t first = stateIndex(c, 0, s.d_inner, d_state);
    const float* A = s.A + first;
    float* h = s.h + first;
    const float* B = s.B;
    const float* C = s.C;
    for (int n = 0; n < d_state; ++n, A += width, h += width) {
      const auto dA = exp2Vector(d, hn::Mul(dt, hn::LoadU(d, A)));
      const auto dB_x = hn::Mul(dt_x, hn::Set(d, B[n]));
      const auto next = hn::MulAdd(dA, hn::LoadU(d, h), dB_x);
      hn::StoreU(next, d, h);
      y = hn::MulAdd(hn::Set(d, C[n]), next, y);
    }
    hn::StoreU(hn::Mul(y, hn::LoadU(d, s.z + c)), d, s.y + c);
  }
};

void selectiveStateChannels(const SelectiveStep& s) noexcept HISS_NONBLOCKING {
  forEachChannels(s.d_inner, ActivateOp{s});
  forEachChannels(s.d_inner, SelectiveStateOp{s});
}

struct SiluGateOp {
  float* z;

  template <class D>
  HWY_INLINE void operator()(D d, int c) const {
    hn::StoreU(siluVector(d, hn::LoadU(d, z + c)), d, z + c);
  }
};

struct SsdStateOp {
  const SsdStep& s;

  template <class D>
  HWY_INLINE void operator()(D d, int c) const {
    const std::ptrdiff_t width = stateBlockWidth(c, s.channels);
    const int d_state = s.d_state;
    const auto dA = hn::LoadU(d, s.dA + c);
    const auto x = hn::LoadU(d, s.x + c);
    const auto dt_x = hn::Mul(hn::LoadU(d, s.dt + c), x);
    auto y = hn::Mul(hn::LoadU(d, s.D + c), x);
    float* h = s.h + stateIndex(c, 0, s.channels, d_state);
    const float* B = s.B;
    const float* C = s.C;
    for (int n = 0; n < d_state; ++n, h += width) {
      const auto dB_x = hn::Mul(dt_x, hn::Set(d, B[n]));
      const auto next = hn::MulAdd(dA, hn::LoadU(d, h), dB_x);
      hn::StoreU(next, d, h);
      y = hn::MulAdd(hn::Set(d, C[n]), next, y);
    }
    hn::StoreU(hn::Mul(y, hn::LoadU(d, s.z + c)), d, s.y + c);
  }
};

void ssdStateChannels(const SsdStep& s) noexcept HISS_NONBLOCKING {
  forEachChannels(s.channels, SiluGateOp{s.z});
  forEachChannels(s.channels, SsdStateOp{s});
}

struct DiagonalStateOp {
  const DiagonalStep& s;

  template <class D>
  HWY_INLINE void operator()(D d, int c) const {
    const std::ptrdiff_t width = stateBlockWidth(c, s.channels);
    const auto x = hn::LoadU(d, s.x + c);
    auto y = hn::Mul(hn::LoadU(d, s.D + c), x);
    std::ptrdiff_t re = stateIndex(c, 0, s.channels, 2 * s.pairs);
    for (int p = 0; p < s.pairs; ++p, re += 2 * width) {
      const std::ptrdiff_t im = re + width;
      const auto dA_re = hn::LoadU(d, s.dA + re);
      const auto dA_im = hn::LoadU(d, s.dA + im);
      const auto h_re = hn::LoadU(d, s.h + re);
      const auto h_im = hn::LoadU(d, s.h + im);
      const auto in_re = hn::Mul(hn::LoadU(d, s.dB + re), x);
      const auto in_im = hn::Mul(hn::LoadU(d, s.dB + im), x);
      const auto next_re = hn::MulAdd(dA_re, h_re, hn::NegMulAdd(dA_im, h_im, in_re));
      const auto next_im = hn::MulAdd(dA_re, h_im, hn::MulAdd(dA_im, h_re, in_im));
      hn::StoreU(next_re, d, s.h + re);
      hn::StoreU(next_im, d, s.h + im);
      y = hn::NegMulAdd(hn::LoadU(d, s.C + im), next_im, y);
      y = hn::MulAdd(hn::LoadU(d, s.C + re), next_re, y);
    }
    hn::StoreU(y, d, s.y + c);
  }
};

void diagonalStateChannels(const DiagonalStep& s) noexcept HISS_NONBLOCKING {
  forEachChannels(s.channels, DiagonalStateOp{s});
}

struct GatedStateOp {
  const GatedStep& s;

  template <class D>
  HWY_INLINE void operator()(D d, int n) const {
    const auto gate = sigmoidVector(d, hn::LoadU(d, s.gate + n));
    const auto h = hn::LoadU(d, s.h + n);
    const auto x = tanhVector(d, hn::MulAdd(hn::LoadU(d, s.a + n), h, hn::LoadU(d, s.x + n)));
    hn::StoreU(gate, d, s.gate + n);
    hn::StoreU(x, d, s.x + n);
    const auto kept = hn::Mul(h, hn::Sub(hn::Set(d, 1.0f), gate));
    hn::StoreU(hn::MulAdd(x, gate, kept), d, s.h + n);
  }
};

void gatedStateValues(const GatedStep& s) noexcept HISS_NONBLOCKING {
  forEachChannels(s.d_state, GatedStateOp{s});
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_RECURRENCE_INL_H_
