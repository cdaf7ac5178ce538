// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>

#include "dsp/realtime.h"

namespace hiss {

// Triple buffer: hands the newest complete value from one writer thread to one reader thread. The
// writer never waits and never fails; values the reader did not fetch in time are replaced.
//
// A slot may own memory (vectors): size all three with `prepare`, then only overwrite in place.
template <class T>
class LatestValue {
 public:
  LatestValue() = default;

  // Sets all three slots to `initial` and forgets what was published; neither side may be running.
  // [main-thread]
  void prepare(const T& initial) {
    slots_.fill(initial);
    reader_ = 0;
    writer_ = 1;
    shared_.store(2, std::memory_order_relaxed);
  }

  // The slot to fill next, with a value of some publications ago in it. Valid until `publish`.
  // [audio-thread] writer only
  T& writeSlot() noexcept HISS_NONBLOCKING { return slots_[writer_]; }

  // Makes the filled slot the newest value. [audio-thread] writer only
  void publish() noexcept HISS_NONBLOCKING {
    writer_ = shared_.exchange(writer_ | kFresh, std::memory_order_acq_rel) & kIndexMask;
  }

  // Whether the reader has not yet fetched what was published last; false before the first
  // `publish`. A writer may spare itself what nobody looks at. [audio-thread] writer only
  bool unread() const noexcept HISS_NONBLOCKING {
    return (shared_.load(std::memory_order_relaxed) & kFresh) != 0;
  }

  // Switches `read` to the newest value; false if there is none since the last call.
  // Reader only, any thread.
  bool update() noexcept HISS_NONBLOCKING {
    if ((shared_.load(std::memory_order_relaxed) & kFresh) == 0) return false;
    reader_ = shared_.exchange(reader_, std::memory_order_acq_rel) & kIndexMask;
    return true;
  }

  // The value chosen by the last `update`; stays unchanged until the next. Reader only.
  const T& read() const noexcept HISS_NONBLOCKING { return slots_[reader_]; }

 private:
  static constexpr unsigned kIndexMask = 3;
  static constexpr unsigned kFresh = 4;
  static_assert(std::atomic<unsigned>::is_always_lock_free);

  std::array<T, 3> slots_{};
  // Each of the three indices is held by exactly one of reader, writer and exchange.
  unsigned reader_ = 0;
  unsigned writer_ = 1;
  std::atomic<unsigned> shared_{2};
};

}  // namespace hiss
