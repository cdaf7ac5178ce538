// SPDX-License-Identifier: Apache-2.0
// Search for the nearest earlier window. Included once per target by kernels_hwy.cpp.

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "ssm/simd/kernels.h"

#if defined(HISS_SSM_SIMD_NEAREST_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HISS_SSM_SIMD_NEAREST_INL_H_
#undef HISS_SSM_SIMD_NEAREST_INL_H_
#else
#define HISS_SSM_SIMD_NEAREST_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace hiss {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// sum = sum + (newest[-k] - at[-k + i])^2 for the lags of one vector, k from `first` to `end` - 1.
// Not fused, so that every set gives the bits of the scalar one.
template <class D, class V>
HWY_INLINE V addSquare(D d, const float* at, V newest, V sum) {
  const V difference = hn::Sub(newest, hn::LoadU(d, at));
  return hn::Add(sum, hn::Mul(difference, difference));
}

// Lags of kVectors vectors at once, whose sums do not wait for each other. Lane i of the first
// vector has the window that ends in at[i], and `newest` is the newest value; the least sums of
// windows first_window ... count - 1 and earlier ones go to `least`. Only lags at which all windows
// up to `count` fit.
template <int kVectors, class D>
HWY_INLINE void searchTile(D d, const float* at, const float* newest, const int* lengths, int count,
                           float* least) {
  const std::size_t lanes = hn::Lanes(d);
  auto sum_0 = hn::Zero(d);
  auto sum_1 = sum_0;
  auto sum_2 = sum_0;
  auto sum_3 = sum_0;
  int k = 0;
  for (int w = 0; w < count; ++w) {
    for (; k < lengths[w]; ++k) {
      const auto now = hn::Set(d, newest[-k]);
      sum_0 = addSquare(d, at - k, now, sum_0);
      if constexpr (kVectors > 1) {
        sum_1 = addSquare(d, at - k + lanes, now, sum_1);
        sum_2 = addSquare(d, at - k + 2 * lanes, now, sum_2);
        sum_3 = addSquare(d, at - k + 3 * lanes, now, sum_3);
      }
    }
    auto lowest = sum_0;
    if constexpr (kVectors > 1) {
      lowest = hn::Min(hn::Min(sum_0, sum_1), hn::Min(sum_2, sum_3));
    }
    const float found = hn::GetLane(hn::MinOfLanes(d, lowest));
    if (found < least[w]) least[w] = found;
  }
}

// All windows up to `count` at the lags whose earlier windows end in newest[-most] ...
// newest[-fewest].
HWY_INLINE void searchLags(const float* newest, int fewest, int most, const int* lengths, int count,
                           float* least) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 4> narrow;
  const hn::CappedTag<float, 1> single;
  const int lanes = static_cast<int>(hn::Lanes(wide));
  int lag = most;  // of the first lane, downwards through the lags and upwards through memory
  for (; lag - 4 * lanes + 1 >= fewest; lag -= 4 * lanes) {
    searchTile<4>(wide, newest - lag, newest, lengths, count, least);
  }
  for (; lag - lanes + 1 >= fewest; lag -= lanes) {
    searchTile<1>(wide, newest - lag, newest, lengths, count, least);
  }
  for (; lag - 3 >= fewest; lag -= 4) {
    searchTile<1>(narrow, newest - lag, newest, lengths, count, least);
  }
  for (; lag >= fewest; --lag) searchTile<1>(single, newest - lag, newest, lengths, count, least);
}

void nearestWindowsLags(const WindowSearch& s) noexcept HISS_NONBLOCKING {
  constexpr std::uint32_t kInfinity = 0x7f800000u;
  float infinity = 0.0f;
  hwy::CopyBytes<sizeof infinity>(&kInfinity, &infinity);
  for (int w = 0; w < s.count; ++w) s.least[w] = infinity;
  const float* newest = s.x + s.n - 1;
  // The most windows first: they fit at the lags from the longest's length to n minus it. Then one
  // fewer at what lags are left on either side.
  int done_from = 0;  // lags that have been seen to: [done_from, done_to)
  int done_to = 0;
  for (int count = s.count; count > 0; --count) {
    const int from = s.lengths[count - 1];
    int to = s.n - s.lengths[count - 1];
    if (to > s.most_lag) to = s.most_lag;
    if (from > to) continue;
    if (done_to > done_from) {
      searchLags(newest, from, done_from - 1, s.lengths, count, s.least);
      searchLags(newest, done_to, to, s.lengths, count, s.least);
    } else {
      searchLags(newest, from, to, s.lengths, count, s.least);
    }
    done_from = from;
    done_to = to + 1;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_NEAREST_INL_H_
