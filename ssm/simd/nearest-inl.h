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

// The sums of one vector of lags; lane i has the window that ends in at[i]. Not fused, so that
// every set gives the bits of the scalar one.
template <class D>
struct LagSums {
  using V = hn::Vec<D>;

  HWY_INLINE LagSums(D d, const float* at, const float* newest)
      : first(hn::Sub(hn::Set(d, newest[0]), hn::LoadU(d, at))),
        sum(hn::Zero(d)),
        squares(hn::Zero(d)) {}

  HWY_INLINE void add(D d, const float* at, V now) {
    const V rest = hn::Sub(hn::Sub(now, hn::LoadU(d, at)), first);
    sum = hn::Add(sum, rest);
    squares = hn::Add(squares, hn::Mul(rest, rest));
  }
  HWY_INLINE V plain(D d, float m) const {
    const V inner = hn::Add(hn::Add(sum, sum), hn::Mul(hn::Set(d, m), first));
    return hn::Add(squares, hn::Mul(first, inner));
  }
  HWY_INLINE V shaped(D d, float m) const {
    return hn::Sub(squares, hn::Mul(hn::Mul(sum, sum), hn::Set(d, 1.0f / m)));
  }

  V first;
  V sum;
  V squares;
};

template <class D>
HWY_INLINE void takeLeast(D d, hn::Vec<D> found, float* least) {
  const float lowest = hn::GetLane(hn::MinOfLanes(d, found));
  if (lowest < *least) *least = lowest;
}

// The windows up to `count` at the lags of one vector, at which they must all fit.
template <class D>
HWY_INLINE void searchVector(D d, const float* at, const float* newest, int count,
                             const WindowSearch& s) {
  LagSums<D> a(d, at, newest);
  int k = 0;
  for (int w = 0; w < count; ++w) {
    for (; k < s.lengths[w]; ++k) a.add(d, at - k, hn::Set(d, newest[-k]));
    const auto m = static_cast<float>(s.lengths[w]);
    takeLeast(d, a.plain(d, m), s.least + w);
    takeLeast(d, a.shaped(d, m), s.least_shaped + w);
  }
}

// The same for four vectors, whose sums do not wait for each other.
template <class D>
HWY_INLINE void searchTile(D d, const float* at, const float* newest, int count,
                           const WindowSearch& s) {
  const auto lanes = static_cast<std::ptrdiff_t>(hn::Lanes(d));
  LagSums<D> a_0(d, at, newest);
  LagSums<D> a_1(d, at + lanes, newest);
  LagSums<D> a_2(d, at + 2 * lanes, newest);
  LagSums<D> a_3(d, at + 3 * lanes, newest);
  int k = 0;
  for (int w = 0; w < count; ++w) {
    for (; k < s.lengths[w]; ++k) {
      const auto now = hn::Set(d, newest[-k]);
      a_0.add(d, at - k, now);
      a_1.add(d, at - k + lanes, now);
      a_2.add(d, at - k + 2 * lanes, now);
      a_3.add(d, at - k + 3 * lanes, now);
    }
    const auto m = static_cast<float>(s.lengths[w]);
    takeLeast(d,
              hn::Min(hn::Min(a_0.plain(d, m), a_1.plain(d, m)),
                      hn::Min(a_2.plain(d, m), a_3.plain(d, m))),
              s.least + w);
    takeLeast(d,
              hn::Min(hn::Min(a_0.shaped(d, m), a_1.shaped(d, m)),
                      hn::Min(a_2.shaped(d, m), a_3.shaped(d, m))),
              s.least_shaped + w);
  }
}

// The windows up to `count` at all lags from `fewest` to `most`.
HWY_INLINE void searchLags(int fewest, int most, int count, const WindowSearch& s) {
  const hn::ScalableTag<float> wide;
  const hn::CappedTag<float, 4> narrow;
  const hn::CappedTag<float, 1> single;
  const int lanes = static_cast<int>(hn::Lanes(wide));
  const float* newest = s.x + s.n - 1;
  int lag = most;  // of the first lane: downwards through the lags is upwards through memory
  for (; lag - 4 * lanes + 1 >= fewest; lag -= 4 * lanes) {
    searchTile(wide, newest - lag, newest, count, s);
  }
  for (; lag - lanes + 1 >= fewest; lag -= lanes) {
    searchVector(wide, newest - lag, newest, count, s);
  }
  for (; lag - 3 >= fewest; lag -= 4) searchVector(narrow, newest - lag, newest, count, s);
  for (; lag >= fewest; --lag) searchVector(single, newest - lag, newest, count, s);
}

void nearestWindowsLags(const WindowSearch& s) noexcept HISS_NONBLOCKING {
  constexpr std::uint32_t kInfinity = 0x7f800000u;
  float infinity = 0.0f;
  hwy::CopyBytes<sizeof infinity>(&kInfinity, &infinity);
  for (int w = 0; w < s.count; ++w) s.least[w] = s.least_shaped[w] = infinity;
  if (s.n < 2) return;  // x may be null
  // All windows first, at the lags at which the longest fits. Then one fewer at what lags are left
  // on either side.
  int done_from = 0;  // lags that have been seen to: [done_from, done_to)
  int done_to = 0;
  for (int count = s.count; count > 0; --count) {
    const int from = s.lengths[count - 1];
    int to = s.n - s.lengths[count - 1];
    if (to > s.most_lag) to = s.most_lag;
    if (from > to) continue;
    if (done_to > done_from) {
      searchLags(from, done_from - 1, count, s);
      searchLags(done_to, to, count, s);
    } else {
      searchLags(from, to, count, s);
    }
    done_from = from;
    done_to = to + 1;
  }
  for (int w = 0; w < s.count; ++w) {
    if (!(s.least[w] > 0.0f)) s.least[w] = 0.0f;
    if (!(s.least_shaped[w] > 0.0f)) s.least_shaped[w] = 0.0f;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace hiss
HWY_AFTER_NAMESPACE();

#endif  // HISS_SSM_SIMD_NEAREST_INL_H_
