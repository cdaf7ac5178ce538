// SPDX-License-Identifier: Apache-2.0
#include "dsp/latest_value.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace hiss {
namespace {

static_assert(noexcept(std::declval<LatestValue<int>&>().writeSlot()));
static_assert(noexcept(std::declval<LatestValue<int>&>().publish()));
static_assert(noexcept(std::declval<LatestValue<int>&>().update()));
static_assert(noexcept(std::declval<const LatestValue<int>&>().read()));

TEST(LatestValue, GivesTheNewestAndSaysWhetherItIsNew) {
  LatestValue<int> value;
  EXPECT_FALSE(value.update());
  EXPECT_EQ(value.read(), 0);
  for (int i = 1; i <= 3; ++i) {
    value.writeSlot() = i;
    value.publish();
  }
  EXPECT_TRUE(value.update());
  EXPECT_EQ(value.read(), 3) << "older values are replaced, not queued";
  EXPECT_FALSE(value.update());
  EXPECT_EQ(value.read(), 3);
}

TEST(LatestValue, TellsTheWriterWhetherItWasRead) {
  LatestValue<int> value;
  EXPECT_FALSE(value.unread());
  value.publish();
  value.publish();
  EXPECT_TRUE(value.unread());
  value.update();
  EXPECT_FALSE(value.unread());
  value.publish();
  EXPECT_TRUE(value.unread());
}

TEST(LatestValue, ReadingDoesNotSeeWhatIsBeingWritten) {
  LatestValue<int> value;
  value.writeSlot() = 1;
  value.publish();
  value.update();
  for (int i = 2; i < 10; ++i) {
    value.writeSlot() = i;
    EXPECT_EQ(value.read(), 1);
    value.publish();
    EXPECT_EQ(value.read(), 1);
  }
}

TEST(LatestValue, PrepareSizesAllSlots) {
  LatestValue<std::vector<float>> value;
  value.prepare(std::vector<float>(7, 0.5F));
  EXPECT_EQ(value.read().size(), 7U);
  EXPECT_FALSE(value.update());
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(value.writeSlot().size(), 7U);
    value.publish();
    value.update();
    ASSERT_EQ(value.read().size(), 7U);
  }
}

TEST(LatestValue, TwoThreadsNeverSeeATornOrOlderValue) {
  using Value = std::array<std::uint64_t, 32>;
  constexpr std::uint64_t kTotal = 100000;
  LatestValue<Value> value;
  std::thread writer([&value] {
    for (std::uint64_t i = 1; i <= kTotal; ++i) {
      value.writeSlot().fill(i);
      value.publish();
      if (i % 64 == 0) std::this_thread::yield();
    }
  });
  std::uint64_t last = 0;
  std::uint64_t torn = 0;
  std::uint64_t backwards = 0;
  while (last < kTotal) {
    if (!value.update()) {
      std::this_thread::yield();
      continue;
    }
    const Value& seen = value.read();
    for (const std::uint64_t v : seen) torn += v != seen[0] ? 1 : 0;
    backwards += seen[0] <= last ? 1 : 0;
    last = seen[0];
  }
  writer.join();
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ(backwards, 0U);
  EXPECT_EQ(last, kTotal) << "the last value published is always delivered";
}

}  // namespace
}  // namespace hiss
