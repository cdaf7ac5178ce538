// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocation_guard.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <atomic>
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
thread_local std::uint64_t calls = 0;

void countCall() noexcept {
  if (armed_guards > 0) ++calls;
}

}  // namespace

#if defined(HISS_HOOK_SANITIZER)

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             size_t),
                                                         void (*free_hook)(const volatile void*));

namespace {

[[maybe_unused]] const int kHooksInstalled = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t) { countCall(); }, [](const volatile void*) { countCall(); });

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
  countCall();
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) noexcept {
  countCall();
  return __libc_calloc(count, size);
}

void* realloc(void* block, size_t size) noexcept {
  countCall();
  return __libc_realloc(block, size);
}

void* memalign(size_t alignment, size_t size) noexcept {
  countCall();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) noexcept {
  countCall();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** block, size_t alignment, size_t size) noexcept {
  countCall();
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

void free(void* block) noexcept {
  if (block != nullptr) countCall();
  __libc_free(block);
}
}  // extern "C"

namespace {

// The C library's own function of that name, looked up once.
template <class Function>
class Original {
 public:
  explicit constexpr Original(const char* name) noexcept : name_(name) {}

  template <class... Arguments>
  auto operator()(Arguments... arguments) noexcept {
    Function* function = function_.load(std::memory_order_acquire);
    if (function == nullptr) {
      function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
      function_.store(function, std::memory_order_release);
    }
    return function(arguments...);
  }

 private:
  const char* name_;
  std::atomic<Function*> function_ = nullptr;
};

constinit Original<int(pthread_mutex_t*)> original_mutex_lock("pthread_mutex_lock");
constinit Original<int(sem_t*)> original_sem_wait("sem_wait");
constinit Original<int(const timespec*, timespec*)> original_nanosleep("nanosleep");
constinit Original<int(clockid_t, int, const timespec*, timespec*)> original_clock_nanosleep(
    "clock_nanosleep");

}  // namespace

extern "C" {
int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  countCall();
  return original_mutex_lock(mutex);
}

int sem_wait(sem_t* semaphore) {
  countCall();
  return original_sem_wait(semaphore);
}

int nanosleep(const timespec* duration, timespec* left) {
  countCall();
  return original_nanosleep(duration, left);
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* duration, timespec* left) {
  countCall();
  return original_clock_nanosleep(clock, flags, duration, left);
}
}  // extern "C"

#else

void* operator new(std::size_t size) {
  countCall();
  if (void* block = std::malloc(size > 0 ? size : 1)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  countCall();
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  countCall();
  std::free(block);
}

#endif

namespace hiss {

AllocationGuard::AllocationGuard() noexcept : start_(calls) { ++armed_guards; }

bool AllocationGuard::countsLocks() noexcept {
#if defined(HISS_HOOK_GLIBC)
  return true;
#else
  return false;
#endif
}

AllocationGuard::~AllocationGuard() { stop(); }

std::uint64_t AllocationGuard::count() const noexcept {
  return (running_ ? calls : stopped_at_) - start_;
}

std::uint64_t AllocationGuard::stop() noexcept {
  if (running_) {
    running_ = false;
    stopped_at_ = calls;
    --armed_guards;
  }
  return stopped_at_ - start_;
}

}  // namespace hiss
