// SPDX-License-Identifier: Apache-2.0
// The positive control: a guard that never fires would let every "no allocation" test pass.
#include "tests/support/allocation_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

namespace hiss {
namespace {

// Keeps the compiler from removing an allocation that nobody reads.
void* volatile sink = nullptr;

TEST(AllocationGuard, CountsNothingWhereNothingIsAllocated) {
  const AllocationGuard guard;
  EXPECT_EQ(guard.count(), 0u);
}

TEST(AllocationGuard, CountsEveryKindOfHeapCall) {
  AllocationGuard guard;
  void* block = std::malloc(64);
  sink = block;
  const std::uint64_t after_malloc = guard.count();
  std::free(block);
  const std::uint64_t after_free = guard.count();
  auto number = std::make_unique<int>(7);
  sink = number.get();
  const std::uint64_t after_new = guard.count();
  number.reset();
  std::vector<float> values;
  values.push_back(1.0f);
  sink = values.data();
  const std::uint64_t after_vector = guard.count();
  void* aligned = ::operator new (64, std::align_val_t{64});
  sink = aligned;
  ::operator delete (aligned, std::align_val_t{64});
  const std::uint64_t total = guard.stop();
#if defined(__GLIBC__)
  EXPECT_EQ(after_malloc, 1u);
  EXPECT_EQ(after_free, 2u);
#endif
  EXPECT_GT(after_new, after_free);
  EXPECT_GT(after_vector, after_new);
  EXPECT_GT(total, after_vector);
}

TEST(AllocationGuard, CountsLocksSleepsAndExceptions) {
  if (!AllocationGuard::countsLocks()) GTEST_SKIP() << "a sanitizer owns these calls here";
  std::mutex mutex;
  AllocationGuard guard;
  mutex.lock();
  mutex.unlock();
  const std::uint64_t after_lock = guard.count();
  std::this_thread::sleep_for(std::chrono::microseconds(1));
  const std::uint64_t after_sleep = guard.count();
  try {
    throw std::runtime_error("control");
  } catch (const std::runtime_error&) {
  }
  const std::uint64_t total = guard.stop();
  EXPECT_EQ(after_lock, 1u);
  EXPECT_EQ(after_sleep, 2u);
  EXPECT_GT(total, after_sleep);
}

TEST(AllocationGuard, StopsAndNests) {
  AllocationGuard outer;
  {
    AllocationGuard inner;
    sink = std::malloc(8);
    std::free(sink);
    EXPECT_EQ(inner.stop(), 2u);
  }
  EXPECT_EQ(outer.stop(), 2u);
  sink = std::malloc(8);
  std::free(sink);
  EXPECT_EQ(outer.count(), 2u);
}

TEST(AllocationGuard, LeavesOtherThreadsAlone) {
  std::atomic<bool> armed = false;
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!armed) std::this_thread::yield();
    sink = std::malloc(8);
    std::free(sink);
    done = true;
  });
  AllocationGuard guard;
  armed = true;
  while (!done) std::this_thread::yield();
  const std::uint64_t counted = guard.stop();
  other.join();
  EXPECT_EQ(counted, 0u);
}

}  // namespace
}  // namespace hiss
