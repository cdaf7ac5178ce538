// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dlfcn.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace hiss::peers {

// A shared library opened by its path: the peers that come in Python packages have no headers.
// Not thread-safe.
class SharedLibrary {
 public:
  // Throws std::runtime_error with the loader's words.
  explicit SharedLibrary(const std::string& path)
      : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) throw std::runtime_error(dlerror());
  }

  // The function `name` as `Function*`; throws std::runtime_error if the library has none.
  template <typename Function>
  [[nodiscard]] Function* function(const char* name) const {
    void* const found = dlsym(handle_.get(), name);
    if (found == nullptr) throw std::runtime_error(dlerror());
    return reinterpret_cast<Function*>(found);
  }

 private:
  struct Close {
    void operator()(void* handle) const noexcept { dlclose(handle); }
  };
  std::unique_ptr<void, Close> handle_;
};

}  // namespace hiss::peers
