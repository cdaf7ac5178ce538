// SPDX-License-Identifier: Apache-2.0
#include "dsp/hop_adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/dsp/signals.h"

namespace hiss {
namespace {

struct NoOp {
  void operator()(const float*, float*) const noexcept {}
};
static_assert(noexcept(std::declval<HopAdapter&>().process(std::declval<const float*>(),
                                                           std::declval<float*>(), 0, NoOp{})));
static_assert(noexcept(std::declval<HopAdapter&>().reset()));
static_assert(noexcept(std::declval<const HopAdapter&>().latencySamples()));

constexpr int kHop = 256;

// A processor with memory, so that a hop called twice, missed or out of order shows.
struct LeakySum {
  float sum = 0.0F;
  int calls = 0;
  void operator()(const float* in, float* out) noexcept {
    for (int i = 0; i < kHop; ++i) {
      sum = 0.999F * sum + in[i];
      out[i] = sum;
    }
    ++calls;
  }
};

std::vector<float> inBlocks(const std::vector<float>& x, const std::vector<int>& sizes,
                            bool in_place) {
  HopAdapter adapter;
  adapter.prepare(kHop);
  LeakySum processor;
  std::vector<float> y = in_place ? x : std::vector<float>(x.size());
  std::size_t at = 0;
  for (std::size_t block = 0; at < x.size(); ++block) {
    const int n = std::min(sizes[block % sizes.size()], static_cast<int>(x.size() - at));
    adapter.process(in_place ? y.data() + at : x.data() + at, y.data() + at, n, processor);
    at += static_cast<std::size_t>(n);
  }
  EXPECT_EQ(processor.calls, static_cast<int>(x.size()) / kHop);
  return y;
}

TEST(HopAdapter, OutputIsTheProcessorsOutputOneHopLater) {
  const auto x = test::noise(20 * kHop, 8);
  std::vector<float> direct(x.size());
  LeakySum processor;
  for (std::size_t i = 0; i < x.size(); i += kHop) processor(x.data() + i, direct.data() + i);
  const auto y = inBlocks(x, {kHop}, false);
  for (int i = 0; i < kHop; ++i) EXPECT_EQ(y[i], 0.0F);
  EXPECT_TRUE(std::equal(y.begin() + kHop, y.end(), direct.begin()));
}

TEST(HopAdapter, AnyBlockSizeGivesTheSameBits) {
  const auto x = test::noise(20 * kHop + 77, 9);
  const auto expected = inBlocks(x, {kHop}, false);
  for (const int size : {1, 7, 64, 160, 255, 257, 441, 1024, 100000}) {
    EXPECT_EQ(inBlocks(x, {size}, false), expected) << "block size " << size;
    EXPECT_EQ(inBlocks(x, {size}, true), expected) << "in place, block size " << size;
  }
  std::mt19937 generator(10);
  std::vector<int> sizes(97);
  for (int& size : sizes) size = static_cast<int>(generator() % 700);  // empty blocks too
  EXPECT_EQ(inBlocks(x, sizes, true), expected);
}

TEST(HopAdapter, TakesTheHopsOfAllChannelsTogether) {
  constexpr int kChannels = 3;
  constexpr int kLength = 20 * kHop + 50;
  std::vector<std::vector<float>> x;
  std::vector<std::vector<float>> expected;
  for (int c = 0; c < kChannels; ++c) {
    x.push_back(test::noise(kLength, static_cast<std::uint32_t>(40 + c)));
    expected.push_back(inBlocks(x.back(), {kHop}, false));
  }
  for (const int block : {1, 100, 256, 1000}) {
    HopAdapter adapter;
    adapter.prepare(kHop, kChannels);
    EXPECT_EQ(adapter.latencySamples(), kHop);
    std::vector<LeakySum> processors(kChannels);
    std::vector<std::vector<float>> y = x;  // channel 0 and 1 in place
    std::vector<float> last(x[2].size());
    for (int i = 0; i < kLength; i += block) {
      const int n = std::min(block, kLength - i);
      const std::vector<const float*> in = {&y[0][i], &y[1][i], &x[2][i]};
      const std::vector<float*> out = {&y[0][i], &y[1][i], &last[i]};
      adapter.process(in.data(), out.data(), n,
                      [&](const float* const* in_hops, float* const* out_hops) noexcept {
                        for (int c = 0; c < kChannels; ++c) processors[c](in_hops[c], out_hops[c]);
                      });
      if (i / block == 7) {  // another goes on
        std::vector<float> state(adapter.stateFloats());
        adapter.saveState(state.data());
        HopAdapter next;
        next.prepare(kHop, kChannels);
        next.loadState(state.data());
        adapter = std::move(next);
      }
    }
    EXPECT_EQ(y[0], expected[0]) << block;
    EXPECT_EQ(y[1], expected[1]) << block;
    EXPECT_EQ(last, expected[2]) << block;
  }
}

TEST(HopAdapter, ResetStartsAnew) {
  const auto x = test::noise(1000, 11);
  HopAdapter adapter;
  adapter.prepare(kHop);
  std::vector<float> first(x.size());
  std::vector<float> second(x.size());
  adapter.process(x.data(), first.data(), 1000, LeakySum{});
  adapter.reset();
  adapter.process(x.data(), second.data(), 1000, LeakySum{});
  EXPECT_EQ(first, second);
}

TEST(HopAdapter, StateContinuesBitForBit) {
  const auto x = test::noise(2000, 12);
  const auto expected = inBlocks(x, {2000}, false);
  HopAdapter a;
  a.prepare(kHop);
  LeakySum processor;
  std::vector<float> y(x.size());
  a.process(x.data(), y.data(), 777, processor);
  std::vector<float> state(a.stateFloats());
  a.saveState(state.data());
  HopAdapter b;
  b.prepare(kHop);
  b.loadState(state.data());
  b.process(x.data() + 777, y.data() + 777, 2000 - 777, processor);
  EXPECT_EQ(y, expected);
}

TEST(HopAdapter, AWrongFillCountInAStateIsHarmless) {
  HopAdapter adapter;
  adapter.prepare(kHop);
  std::vector<float> state(adapter.stateFloats());
  std::vector<float> y(1000);
  for (const float filled : {-1.0F, 256.0F, 1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    state.back() = filled;
    adapter.loadState(state.data());
    adapter.process(y.data(), y.data(), 1000, NoOp{});
  }
}

TEST(HopAdapter, RefusesAnEmptyHop) {
  HopAdapter adapter;
  EXPECT_THROW(adapter.prepare(0), std::invalid_argument);
  EXPECT_THROW(adapter.prepare(-1), std::invalid_argument);
  EXPECT_THROW(adapter.prepare(kHop, 0), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
