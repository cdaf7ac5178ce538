// SPDX-License-Identifier: Apache-2.0
#include "dsp/realtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>
#include <type_traits>

namespace hiss {
namespace {

static_assert(std::is_nothrow_default_constructible_v<ScopedFlushDenormals>);
static_assert(!std::is_copy_constructible_v<ScopedFlushDenormals>);

// Half of the smallest normal float, computed at run time.
float halfOfSmallestNormal() {
  volatile float smallest = std::numeric_limits<float>::min();
  volatile float half = 0.5F;
  return smallest * half;
}

// A denormal operand scaled back into the normal range: zero only if operands are flushed too.
float scaledUpDenormal() {
  volatile float denormal = std::numeric_limits<float>::denorm_min();
  volatile float large = 1e30F;
  return denormal * large;
}

#if defined(__SSE__) || defined(__aarch64__)
TEST(ScopedFlushDenormals, FlushesResultsAndOperandsAndRestores) {
  ASSERT_GT(halfOfSmallestNormal(), 0.0F);
  ASSERT_GT(scaledUpDenormal(), 0.0F);
  {
    const ScopedFlushDenormals guard;
    EXPECT_EQ(halfOfSmallestNormal(), 0.0F);
    EXPECT_EQ(scaledUpDenormal(), 0.0F);
    {
      const ScopedFlushDenormals nested;
      EXPECT_EQ(halfOfSmallestNormal(), 0.0F);
    }
    EXPECT_EQ(halfOfSmallestNormal(), 0.0F) << "the inner guard must restore what it found";
  }
  EXPECT_GT(halfOfSmallestNormal(), 0.0F);
  EXPECT_GT(scaledUpDenormal(), 0.0F);
}

TEST(ScopedFlushDenormals, ConcernsItsOwnThreadOnly) {
  // The other thread exists before the guard: a new one would inherit the mode.
  std::atomic<bool> guarded{false};
  float other = 0.0F;
  std::thread thread([&] {
    while (!guarded.load()) std::this_thread::yield();
    other = halfOfSmallestNormal();
  });
  {
    const ScopedFlushDenormals guard;
    guarded.store(true);
    thread.join();
    EXPECT_EQ(halfOfSmallestNormal(), 0.0F);
  }
  EXPECT_GT(other, 0.0F);
}
#endif

TEST(ScopedFlushDenormals, LeavesNormalNumbersAlone) {
  const ScopedFlushDenormals guard;
  volatile float x = 3.0F;
  EXPECT_EQ(x * 1.5F, 4.5F);
  volatile float smallest = std::numeric_limits<float>::min();
  EXPECT_EQ(smallest * 2.0F, 2.0F * std::numeric_limits<float>::min());
}

}  // namespace
}  // namespace hiss
