// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocation_guard.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HISS_HOOK_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HISS_HOOK_SANITIZER 1
#endif
#endif
#if !defined(HISS_HOOK_SANITIZER) && defined(__GLIBC__)
#define HISS_HOOK_GLIBC 1
#endif

namespace {

thread_local int armed_guards = 0;
thread_local std::uint64_t heap_calls = 0;

void countHeapCall() noexcept {
  if (armed_guards > 0) ++heap_calls;
}

}  // namespace

#if defined(HISS_HOOK_SANITIZER)

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             size_t),
                                                         void (*free_hook)(const volatile void*));

namespace {

[[maybe_unused]] const int kHooksInstalled =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, size_t) { countHeapCall(); },
                                              [](const volatile void*) { countHeapCall(); });

}  // namespace

#elif defined(HISS_HOOK_GLIBC)

// glibc exports its allocator under these names for exactly this purpose.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* block);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

void* malloc(size_t size) noexcept {
  countHeapCall();
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) noexcept {
  countHeapCall();
  return __libc_calloc(count, size);
}

void* realloc(void* block, size_t size) noexcept {
  countHeapCall();
  return __libc_realloc(block, size);
}

void* memalign(size_t alignment, size_t size) noexcept {
  countHeapCall();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) noexcept {
  countHeapCall();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** block, size_t alignment, size_t size) noexcept {
  countHeapCall();
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

void free(void* block) noexcept {
  if (block != nullptr) countHeapCall();
  __libc_free(block);
}
}  // extern "C"

#else

void* operator new(std::size_t size) {
  countHeapCall();
  if (void* block = std::malloc(size > 0 ? size : 1)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  countHeapCall();
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  countHeapCall();
  std::free(block);
}

#endif

namespace hiss {

AllocationGuard::AllocationGuard() noexcept : start_(heap_calls) { ++armed_guards; }

AllocationGuard::~AllocationGuard() { stop(); }

std::uint64_t AllocationGuard::count() const noexcept {
  return (running_ ? heap_calls : stopped_at_) - start_;
}

std::uint64_t AllocationGuard::stop() noexcept {
  if (running_) {
    running_ = false;
    stopped_at_ = heap_calls;
    --armed_guards;
  }
  return stopped_at_ - start_;
}

}  // namespace hiss
