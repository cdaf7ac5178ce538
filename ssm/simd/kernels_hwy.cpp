// SPDX-License-Identifier: Apache-2.0
// The vectorised kernels: this file is compiled once for each target by foreach_target.h. It
// includes Highway, <cstddef>, <cstdint>, the plain kernel table and its own -inl.h files only, and
// is built without exceptions, so that no function compiled for one instruction set can be linked
// into code for another.
#include <cstddef>
#include <cstdint>

// Only the targets that have a name in HISS_SIMD. (Vectors of unknown length would need other
// tiles.)
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ssm/simd/kernels_hwy.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "ssm/simd/kernels.h"
#include "ssm/simd/kernels_hwy.h"

#if HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
#include "ssm/simd/elementwise-inl.h"
#include "ssm/simd/gemm-inl.h"
#include "ssm/simd/nearest-inl.h"
#include "ssm/simd/recurrence-inl.h"

HWY_BEFORE_NAMESPACE();
namespace hiss {
namespace HWY_NAMESPACE {

constexpr Kernels makeTable(const char* name) {
  return {name,
          gemm,
          gemmAdd,
          gemmBf16,
          gemmAddBf16,
          bandMixColumns,
          winogradInRows,
          winogradOutRows,
          exp2Map,
          softplusMap,
          sigmoidMap,
          siluMap,
          tanhMap,
          geluMap,
          addProductMap,
          addGatedMap,
          addMap,
          addSiluMap,
          compressMap,
          compressWithMagnitudeMap,
          complexMaskMap,
          rmsNormRows,
          layerNormRows,
          causalConvChannels,
          selectiveStateChannels,
          ssdStateChannels,
          diagonalStateChannels,
          gatedStateValues,
          nearestWindowsLags};
}

}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace hiss {
namespace {

struct Entry {
  std::int64_t target;
  Kernels kernels;
};

// Worst to best.
constexpr Entry kTables[] = {
#if HWY_TARGETS & HWY_SSE4
    {HWY_SSE4, N_SSE4::makeTable("sse4")},
#endif
#if HWY_TARGETS & HWY_AVX2
    {HWY_AVX2, N_AVX2::makeTable("avx2")},
#endif
#if HWY_TARGETS & HWY_AVX3
    {HWY_AVX3, N_AVX3::makeTable("avx512")},
#endif
#if HWY_TARGETS & HWY_NEON
    {HWY_NEON, N_NEON::makeTable("neon")},
#endif
    {0, {}},
};

}  // namespace

int vectorKernels(const Kernels** out, int capacity) noexcept {
  const std::int64_t supported = hwy::SupportedTargets();
  int count = 0;
  for (const Entry& entry : kTables) {
    if ((entry.target & supported) != 0 && count < capacity) out[count++] = &entry.kernels;
  }
  return count;
}

}  // namespace hiss
#endif  // HWY_ONCE
