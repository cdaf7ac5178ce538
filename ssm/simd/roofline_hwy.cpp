// SPDX-License-Identifier: Apache-2.0
// The loops behind the roofline, compiled once for each target as kernels_hwy.cpp is, and under the
// same rules: few includes, no exceptions, nothing shared with code for another instruction set.
#include <cstddef>
#include <cstdint>

// The targets of kernels_hwy.cpp.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ssm/simd/roofline_hwy.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "ssm/simd/roofline_loops.h"

#if HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace hiss {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using LoopTag = hn::CappedTag<float, 16>;
constexpr int kLoopLanes = static_cast<int>(hn::MaxLanes(LoopTag()));

void multiplyAdd(float factor, float term, int rounds, float* sink) noexcept {
  const LoopTag d;
  const auto a = hn::Set(d, factor);
  const auto b = hn::Set(d, term);
  hn::Vec<LoopTag> x[kMultiplyAddChains];
  HWY_UNROLL(12)
  for (int i = 0; i < kMultiplyAddChains; ++i) x[i] = hn::Set(d, static_cast<float>(i));
  for (int round = 0; round < rounds; ++round) {
    HWY_UNROLL(12)
    for (int i = 0; i < kMultiplyAddChains; ++i) x[i] = hn::MulAdd(x[i], a, b);
  }
  HWY_UNROLL(12)
  for (int i = 1; i < kMultiplyAddChains; ++i) x[0] = hn::Add(x[0], x[i]);
  *sink = hn::GetLane(hn::SumOfLanes(d, x[0]));
}

void read(const float* data, int n, float* sink) noexcept {
  const LoopTag d;
  hn::Vec<LoopTag> sum[kReadChains];
  HWY_UNROLL(8)
  for (int k = 0; k < kReadChains; ++k) sum[k] = hn::Zero(d);
  for (int i = 0; i < n; i += kReadChains * kLoopLanes) {
    HWY_UNROLL(8)
    for (int k = 0; k < kReadChains; ++k) {
      sum[k] = hn::Add(sum[k], hn::LoadU(d, data + i + std::ptrdiff_t{k} * kLoopLanes));
    }
  }
  HWY_UNROLL(8)
  for (int k = 1; k < kReadChains; ++k) sum[0] = hn::Add(sum[0], sum[k]);
  *sink = hn::GetLane(hn::SumOfLanes(d, sum[0]));
}

}  // namespace

constexpr RooflineLoops makeLoops(const char* name) {
  return {name, kMultiplyAddChains * kLoopLanes, multiplyAdd, read};
}

}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace hiss {
namespace {

struct LoopEntry {
  std::int64_t target;
  RooflineLoops loops;
};

constexpr LoopEntry kLoops[] = {
#if HWY_TARGETS & HWY_SSE4
    {HWY_SSE4, N_SSE4::makeLoops("sse4")},
#endif
#if HWY_TARGETS & HWY_AVX2
    {HWY_AVX2, N_AVX2::makeLoops("avx2")},
#endif
#if HWY_TARGETS & HWY_AVX3
    {HWY_AVX3, N_AVX3::makeLoops("avx512")},
#endif
#if HWY_TARGETS & HWY_NEON
    {HWY_NEON, N_NEON::makeLoops("neon")},
#endif
    {0, {}},
};

}  // namespace

int vectorRooflineLoops(const RooflineLoops** out, int capacity) noexcept {
  const std::int64_t supported = hwy::SupportedTargets();
  int count = 0;
  for (const LoopEntry& entry : kLoops) {
    if ((entry.target & supported) != 0 && count < capacity) out[count++] = &entry.loops;
  }
  return count;
}

}  // namespace hiss
#endif  // HWY_ONCE
