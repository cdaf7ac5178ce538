// SPDX-License-Identifier: Apache-2.0
#include "dsp/resampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<Resampler&>().push(nullptr, 0)));
static_assert(noexcept(std::declval<Resampler&>().pull(nullptr, 0)));
static_assert(noexcept(std::declval<Resampler&>().reset()));

constexpr int kBlock = 300;

std::vector<float> sineOf(double hz, int rate, std::size_t n) {
  std::vector<float> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    x[i] = static_cast<float>(
        std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / rate + 0.3));
  }
  return x;
}

std::vector<float> run(Resampler& resampler, const std::vector<float>& x, std::size_t block) {
  std::vector<float> y;
  for (std::size_t at = 0; at < x.size(); at += block) {
    const std::size_t n = std::min(block, x.size() - at);
    resampler.push(x.data() + at, static_cast<int>(n));
    const int ready = resampler.ready();
    y.resize(y.size() + static_cast<std::size_t>(ready));
    resampler.pull(y.data() + y.size() - ready, ready);
  }
  return y;
}

std::vector<float> resampledOf(const std::vector<float>& x, int from, int to,
                               std::size_t block = kBlock, std::int64_t start = 0) {
  Resampler resampler;
  resampler.prepare(from, to, kBlock, start);
  return run(resampler, x, block);
}

struct Rates {
  int from;
  int to;
};
constexpr Rates kRates[] = {{48000, 16000}, {16000, 48000}, {44100, 16000},  {16000, 44100},
                            {16000, 8000},  {8000, 16000},  {16000, 384000}, {384000, 16000},
                            {44099, 16000}, {16000, 44099}, {4000, 16000},   {16000, 16000}};

TEST(Resampler, KeepsASineInItsPlace) {
  for (const auto [from, to] : kRates) {
    const double hz = 0.4 * std::min(from, to);
    for (const std::int64_t start :
         {std::int64_t{0}, std::int64_t{-777} * to + 3 * std::gcd(from, to)}) {
      const std::vector<float> y = resampledOf(sineOf(hz, from, static_cast<std::size_t>(from) / 8),
                                               from, to, kBlock, start);
      const double first = static_cast<double>(start) / to;  // its place in the input
      double error = 0.0;
      std::size_t compared = 0;
      for (std::size_t j = 0; j < y.size(); ++j) {
        const double place = first + static_cast<double>(j) * from / to;
        if (place < 40.0 * std::max(1.0, static_cast<double>(from) / to)) continue;
        const double expected = std::sin(2.0 * std::numbers::pi * hz * place / from + 0.3);
        error = std::max(error, std::abs(expected - double{y[j]}));
        ++compared;
      }
      EXPECT_GT(compared, 100U) << from << " " << to;
      EXPECT_LT(error, 1e-3) << from << " " << to << " from " << start;
    }
  }
}

TEST(Resampler, LeavesNothingThatWouldFold) {
  for (const auto [from, to] : {Rates{48000, 16000}, Rates{44100, 16000}, Rates{16000, 8000}}) {
    for (const double share : {0.501, 0.55, 0.7}) {
      const std::vector<float> y = resampledOf(sineOf(share * to, from, 20000), from, to);
      float most = 0.0F;
      for (std::size_t j = 100; j < y.size(); ++j) most = std::max(most, std::abs(y[j]));
      EXPECT_LT(most, 6e-4F) << from << " " << to << " " << share * to;
    }
  }
}

TEST(Resampler, IsExactAtZeroHertz) {
  for (const auto [from, to] : kRates) {
    const std::vector<float> y =
        resampledOf(std::vector<float>(static_cast<std::size_t>(from) / 8, 1.0F), from, to);
    for (std::size_t j = 40 * static_cast<std::size_t>(1 + to / from); j < y.size(); ++j) {
      ASSERT_NEAR(y[j], 1.0F, 2e-6F) << from << " " << to;
    }
  }
}

TEST(Resampler, AnyBlockSizeGivesTheSameBits) {
  for (const auto [from, to] : kRates) {
    const std::vector<float> x = sineOf(0.2 * std::min(from, to), from, 3000);
    const std::vector<float> expected = resampledOf(x, from, to);
    for (const std::size_t block : {1U, 7U, 64U, 299U}) {
      EXPECT_EQ(resampledOf(x, from, to, block), expected) << from << " " << to << " " << block;
    }
  }
}

TEST(Resampler, GoesOnFromAStateAndAllocatesNothing) {
  const std::vector<float> x = sineOf(1000, 44100, 2000);
  const std::vector<float> expected = resampledOf(x, 44100, 16000);
  Resampler first;
  first.prepare(44100, 16000, kBlock, -5000);
  first.prepare(44100, 16000, kBlock);
  std::vector<float> y = run(first, {x.begin(), x.begin() + 777}, kBlock);
  std::vector<float> state(first.stateFloats());
  first.saveState(state.data());
  Resampler second = first;
  second.reset();
  ASSERT_TRUE(second.loadState(state.data()));
  const std::vector<float> rest = run(second, {x.begin() + 777, x.end()}, kBlock);
  y.insert(y.end(), rest.begin(), rest.end());
  EXPECT_EQ(y, expected);

  std::vector<float> out(kBlock);
  AllocationGuard guard;
  second.reset();
  for (int i = 0; i < 5; ++i) {
    second.push(x.data() + i * kBlock, kBlock);
    second.pull(out.data(), second.ready());
  }
  EXPECT_EQ(guard.stop(), 0U);

  for (const std::size_t number : {1U, 2U, 3U}) {
    for (const float wrong : {-1.0F, 1e9F, std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> bad = state;
      bad[bad.size() - number] = wrong;
      EXPECT_FALSE(second.loadState(bad.data())) << number << " " << wrong;
    }
  }
}

}  // namespace
}  // namespace hiss
