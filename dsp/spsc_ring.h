// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <type_traits>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"

namespace hiss {

// Wait-free queue between exactly one producer thread and one consumer thread. Neither side ever
// waits: `push` takes what fits, `pop` gives what is there, and both say how much that was, so that
// the caller can count overruns and starvation.
template <class T>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Makes room for `capacity` elements and empties the ring; neither side may be running.
  // Throws std::invalid_argument unless 0 < capacity <= 2^31. [main-thread]
  void prepare(std::size_t capacity) {
    if (capacity == 0 || capacity > kMaxCapacity) {
      throw std::invalid_argument("ring: impossible capacity");
    }
    slots_.resize(std::bit_ceil(capacity));
    mask_ = slots_.size() - 1;
    capacity_ = capacity;
    reset();
  }

  // Appends the first elements of `values` that fit, all or none of each; returns how many.
  // [audio-thread] producer only
  std::size_t push(std::span<const T> values) noexcept HISS_NONBLOCKING {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    const std::size_t tail = tail_.load(std::memory_order_acquire);
    const std::size_t count = std::min(values.size(), capacity_ - (head - tail));
    const std::size_t first = std::min(count, slots_.size() - (head & mask_));
    std::copy_n(values.data(), first, slots_.data() + (head & mask_));
    std::copy_n(values.data() + first, count - first, slots_.data());
    head_.store(head + count, std::memory_order_release);
    return count;
  }

  // Moves the oldest elements to the front of `values`; returns how many there were to move.
  // [audio-thread] consumer only
  std::size_t pop(std::span<T> values) noexcept HISS_NONBLOCKING {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t head = head_.load(std::memory_order_acquire);
    const std::size_t count = std::min(values.size(), head - tail);
    const std::size_t first = std::min(count, slots_.size() - (tail & mask_));
    std::copy_n(slots_.data() + (tail & mask_), first, values.data());
    std::copy_n(slots_.data(), count - first, values.data() + first);
    tail_.store(tail + count, std::memory_order_release);
    return count;
  }

  // Forgets the oldest elements, at most `count`; returns how many. [audio-thread] consumer only
  std::size_t discard(std::size_t count) noexcept HISS_NONBLOCKING {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t head = head_.load(std::memory_order_acquire);
    const std::size_t forgotten = std::min(count, head - tail);
    tail_.store(tail + forgotten, std::memory_order_release);
    return forgotten;
  }

  // Elements that a `pop` would find at least, if the consumer asks. A snapshot that is never above
  // the capacity if another thread asks. [thread-safe]
  std::size_t readable() const noexcept HISS_NONBLOCKING {
    const std::size_t tail = tail_.load(std::memory_order_acquire);
    const std::size_t head = head_.load(std::memory_order_acquire);
    return std::min(head - tail, capacity_);
  }

  // Elements that a `push` would take at least, if the producer asks. [thread-safe]
  std::size_t writable() const noexcept HISS_NONBLOCKING { return capacity_ - readable(); }

  std::size_t capacity() const noexcept HISS_NONBLOCKING { return capacity_; }

  // Empties the ring; neither side may be running.
  void reset() noexcept HISS_NONBLOCKING {
    head_.store(0, std::memory_order_relaxed);
    tail_.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kMaxCapacity = std::size_t{1} << 31;
  static constexpr std::size_t kCacheLine = 64;
  static_assert(std::atomic<std::size_t>::is_always_lock_free);

  AlignedBuffer<T> slots_;  // a power of two, so that the counters may run through zero
  std::size_t mask_ = 0;
  std::size_t capacity_ = 0;
  // Counts of all elements ever pushed and popped, each on its own cache line.
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
};

}  // namespace hiss
