// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace hiss {

// A fixed-size array of plain values that starts on a 64-byte boundary (one cache line, one AVX-512
// vector) and starts zeroed. Sized in `prepare`, never grown on the audio thread.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  static constexpr std::size_t kAlignment = 64;

  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size) { resize(size); }
  AlignedBuffer(const AlignedBuffer& other) : AlignedBuffer(other.size_) {
    std::copy(other.begin(), other.end(), begin());
  }
  AlignedBuffer(AlignedBuffer&& other) noexcept { swap(other); }
  AlignedBuffer& operator=(AlignedBuffer other) noexcept {
    swap(other);
    return *this;
  }
  ~AlignedBuffer() = default;

  // Replaces the contents by `size` zeroed elements. Throws std::bad_alloc. [main-thread]
  void resize(std::size_t size) {
    if (size > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    Storage fresh;
    if (size > 0) {
      fresh.reset(
          static_cast<T*>(::operator new[](size * sizeof(T), std::align_val_t{kAlignment})));
      std::uninitialized_fill_n(fresh.get(), size, T{});
    }
    storage_ = std::move(fresh);
    size_ = size;
  }

  T* data() noexcept { return storage_.get(); }
  const T* data() const noexcept { return storage_.get(); }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::span<T> span() noexcept { return {data(), size_}; }
  std::span<const T> span() const noexcept { return {data(), size_}; }
  T& operator[](std::size_t i) noexcept { return data()[i]; }
  const T& operator[](std::size_t i) const noexcept { return data()[i]; }
  T* begin() noexcept { return data(); }
  T* end() noexcept { return data() + size_; }
  const T* begin() const noexcept { return data(); }
  const T* end() const noexcept { return data() + size_; }
  void fill(const T& value) noexcept { std::fill(begin(), end(), value); }

  void swap(AlignedBuffer& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(size_, other.size_);
  }

 private:
  struct Free {
    void operator()(T* p) const noexcept { ::operator delete[](p, std::align_val_t{kAlignment}); }
  };
  using Storage = std::unique_ptr<T[], Free>;

  Storage storage_;
  std::size_t size_ = 0;
};

}  // namespace hiss
