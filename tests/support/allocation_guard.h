// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hiss {

// Counts the heap calls (malloc, calloc, realloc, aligned_alloc, posix_memalign, free and hence new
// and delete) that the constructing thread makes while the guard lives:
//
//   AllocationGuard guard;
//   processor.process(in, out, n);
//   EXPECT_EQ(guard.count(), 0u);
//
// With glibc it also counts what makes a thread wait: pthread_mutex_lock, sem_wait, nanosleep and
// clock_nanosleep; an exception is counted by the memory it takes.
//
// Linking this file replaces the program's malloc family and those calls (glibc), or hooks the
// sanitizer's heap when built with one; elsewhere it replaces operator new and delete. Guards may
// nest.
class AllocationGuard {
 public:
  AllocationGuard() noexcept;
  ~AllocationGuard();
  AllocationGuard(const AllocationGuard&) = delete;
  AllocationGuard& operator=(const AllocationGuard&) = delete;

  // Whether locks and sleeps are counted in this build (glibc, no sanitizer).
  static bool countsLocks() noexcept;

  // Counted calls of this thread since construction; stop() freezes the number.
  std::uint64_t count() const noexcept;

  // Stops counting, so that the test itself may allocate again, and returns the count.
  std::uint64_t stop() noexcept;

 private:
  std::uint64_t start_;
  std::uint64_t stopped_at_ = 0;
  bool running_ = true;
};

}  // namespace hiss
