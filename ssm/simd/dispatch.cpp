// SPDX-License-Identifier: Apache-2.0
#include "ssm/simd/dispatch.h"

#include <cstdlib>
#include <stdexcept>

#include "ssm/simd/kernels_hwy.h"

namespace hiss {

std::vector<const Kernels*> availableKernels() {
  const Kernels* vectorised[kMaxVectorKernels] = {};
  const int count = vectorKernels(vectorised, kMaxVectorKernels);
  std::vector<const Kernels*> available = {&scalarKernels()};
  available.insert(available.end(), vectorised, vectorised + count);
  return available;
}

const Kernels* findKernels(std::string_view name) {
  for (const Kernels* kernels : availableKernels()) {
    if (name == kernels->name) return kernels;
  }
  return nullptr;
}

const Kernels& selectKernels(std::string_view requested) {
  const std::vector<const Kernels*> available = availableKernels();
  if (requested.empty()) return *available.back();
  std::string names;
  for (const Kernels* kernels : available) {
    if (requested == kernels->name) return *kernels;
    names += names.empty() ? "" : ", ";
    names += kernels->name;
  }
  throw std::runtime_error(std::string(kSimdVariable) + ": expected one of " + names +
                           " (what this build and CPU have), found \"" + std::string(requested) +
                           "\"");
}

const Kernels& defaultKernels() {
  static const Kernels& chosen = []() -> const Kernels& {
    const char* requested = std::getenv(kSimdVariable);  // NOLINT(concurrency-mt-unsafe)
    return selectKernels(requested == nullptr ? "" : requested);
  }();
  return chosen;
}

}  // namespace hiss
