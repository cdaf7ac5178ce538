// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#if defined(__SSE__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

// The real-time vocabulary of the whole project.
//
// Tags in function comments say who may call:
//   [main-thread]   any one thread that is not the audio thread; may allocate, lock and throw
//   [audio-thread]  the thread that processes the stream; never allocates, locks, waits or throws
//   [thread-safe]   any thread at any time
// A class without a tag is owned by one thread at a time; handing it to another thread needs
// synchronisation by the caller.
//
// The verbs of every processor: `prepare` [main-thread] allocates and may throw; `process`
// [audio-thread] is noexcept and allocates nothing; `reset` [audio-thread] returns to the state
// after `prepare`; `latencySamples` is a query.

// HISS_NONBLOCKING stands after `noexcept` on each function that the audio thread calls. From
// clang 20 on the compiler checks it (-Wfunction-effects) and -fsanitize=realtime enforces it.
//
// HISS_TRUSTED_BEGIN / HISS_TRUSTED_END bracket calls into C libraries that carry no such
// attribute and that were found by reading, and by the allocation tests, not to block.
#if defined(__clang__) && __clang_major__ >= 20
#define HISS_NONBLOCKING [[clang::nonblocking]]
#define HISS_TRUSTED_BEGIN \
  _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wfunction-effects\"")
#define HISS_TRUSTED_END _Pragma("clang diagnostic pop")
#else
#define HISS_NONBLOCKING
#define HISS_TRUSTED_BEGIN
#define HISS_TRUSTED_END
#endif

namespace hiss {

// Makes the calling thread treat denormal floats as zero, as results (FTZ) and as operands (DAZ),
// for the lifetime of the object; restores the former mode afterwards. A decaying recurrent state
// otherwise ends in denormals, which cost some hundred cycles an operation.
// Does nothing on processors other than x86 with SSE and AArch64. [audio-thread]
class ScopedFlushDenormals {
 public:
  ScopedFlushDenormals() noexcept HISS_NONBLOCKING : saved_(readMode()) {
    writeMode(saved_ | kFlushBits);
  }
  ~ScopedFlushDenormals() { writeMode(saved_); }
  ScopedFlushDenormals(const ScopedFlushDenormals&) = delete;
  ScopedFlushDenormals& operator=(const ScopedFlushDenormals&) = delete;

 private:
#if defined(__SSE__) || defined(_M_X64)
  using Mode = unsigned int;
  static constexpr Mode kFlushBits = 0x8040;  // MXCSR: FTZ is bit 15, DAZ bit 6
  static Mode readMode() noexcept { return _mm_getcsr(); }
  static void writeMode(Mode mode) noexcept { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode kFlushBits = std::uint64_t{1} << 24;  // FPCR.FZ
  static Mode readMode() noexcept {
    Mode mode = 0;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void writeMode(Mode mode) noexcept { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  using Mode = unsigned int;
  static constexpr Mode kFlushBits = 0;
  static Mode readMode() noexcept { return 0; }
  static void writeMode(Mode) noexcept {}
#endif
  Mode saved_;
};

}  // namespace hiss
