// SPDX-License-Identifier: Apache-2.0
#include "dsp/spsc_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace hiss {
namespace {

static_assert(noexcept(std::declval<SpscRing<float>&>().push({})));
static_assert(noexcept(std::declval<SpscRing<float>&>().pop({})));
static_assert(noexcept(std::declval<SpscRing<float>&>().reset()));
static_assert(noexcept(std::declval<const SpscRing<float>&>().readable()));

TEST(SpscRing, GivesBackInOrderAndStopsWhenFull) {
  SpscRing<int> ring;
  ring.prepare(5);  // not a power of two: the capacity is still exact
  EXPECT_EQ(ring.capacity(), 5U);
  EXPECT_EQ(ring.writable(), 5U);
  const std::array<int, 7> values{1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(ring.push(values), 5U);
  EXPECT_EQ(ring.readable(), 5U);
  EXPECT_EQ(ring.writable(), 0U);
  EXPECT_EQ(ring.push(values), 0U);
  std::array<int, 3> out{};
  EXPECT_EQ(ring.pop(out), 3U);
  EXPECT_EQ(out, (std::array<int, 3>{1, 2, 3}));
  EXPECT_EQ(ring.pop(out), 2U);
  EXPECT_EQ(out[0], 4);
  EXPECT_EQ(out[1], 5);
  EXPECT_EQ(ring.pop(out), 0U);
}

TEST(SpscRing, WrapsAtEveryPositionAndLength) {
  for (std::size_t capacity = 1; capacity <= 17; ++capacity) {
    SpscRing<unsigned> ring;
    ring.prepare(capacity);
    unsigned next_in = 0;
    unsigned next_out = 0;
    std::mt19937 generator(static_cast<unsigned>(capacity));
    std::vector<unsigned> values;
    for (int i = 0; i < 2000; ++i) {
      values.resize(generator() % (capacity + 2));
      std::iota(values.begin(), values.end(), next_in);
      const std::size_t room = ring.writable();
      const std::size_t pushed = ring.push(values);
      ASSERT_EQ(pushed, std::min(room, values.size()));
      next_in += static_cast<unsigned>(pushed);
      values.resize(generator() % (capacity + 2));
      const std::size_t popped = ring.pop(values);
      for (std::size_t k = 0; k < popped; ++k) ASSERT_EQ(values[k], next_out++);
      ASSERT_EQ(ring.readable(), next_in - next_out);
    }
  }
}

TEST(SpscRing, DiscardForgetsTheOldest) {
  SpscRing<int> ring;
  ring.prepare(6);
  std::array<int, 6> values{1, 2, 3, 4, 5, 6};
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(ring.push(values), 6U);
    EXPECT_EQ(ring.discard(4), 4U);
    EXPECT_EQ(ring.readable(), 2U);
    std::array<int, 1> next{};
    EXPECT_EQ(ring.pop(next), 1U);
    EXPECT_EQ(next[0], 5);
    EXPECT_EQ(ring.discard(100), 1U);
    EXPECT_EQ(ring.discard(1), 0U);
  }
}

TEST(SpscRing, ResetEmpties) {
  SpscRing<float> ring;
  ring.prepare(8);
  const std::array<float, 3> values{1.0F, 2.0F, 3.0F};
  ring.push(values);
  ring.reset();
  EXPECT_EQ(ring.readable(), 0U);
  EXPECT_EQ(ring.writable(), 8U);
}

TEST(SpscRing, RefusesImpossibleCapacities) {
  SpscRing<char> ring;
  EXPECT_THROW(ring.prepare(0), std::invalid_argument);
  EXPECT_THROW(ring.prepare((std::size_t{1} << 31) + 1), std::invalid_argument);
}

TEST(SpscRing, TwoThreadsLoseAndReorderNothing) {
  // Values of several words, so that a torn element would show.
  struct Sample {
    std::uint64_t index;
    std::uint64_t check;
  };
  constexpr std::uint64_t kTotal = 300000;
  SpscRing<Sample> ring;
  ring.prepare(100);
  std::thread producer([&ring] {
    std::mt19937 generator(16);
    std::vector<Sample> block;
    std::uint64_t sent = 0;
    while (sent < kTotal) {
      block.resize(std::min<std::uint64_t>(1 + generator() % 64, kTotal - sent));
      for (std::size_t i = 0; i < block.size(); ++i) block[i] = {sent + i, ~(sent + i)};
      const std::size_t pushed = ring.push(block);
      sent += pushed;
      if (pushed == 0) std::this_thread::yield();
    }
  });
  std::mt19937 generator(17);
  std::vector<Sample> block;
  std::uint64_t received = 0;
  std::uint64_t wrong = 0;
  while (received < kTotal) {
    block.resize(1 + generator() % 64);
    const std::size_t popped = ring.pop(block);
    for (std::size_t i = 0; i < popped; ++i) {
      if (block[i].index != received || block[i].check != ~received) ++wrong;
      ++received;
    }
    if (popped == 0) std::this_thread::yield();
  }
  producer.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(ring.readable(), 0U);
}

}  // namespace
}  // namespace hiss
