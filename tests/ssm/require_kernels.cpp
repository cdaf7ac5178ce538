// SPDX-License-Identifier: Apache-2.0
// Skips the whole program where HISS_SIMD asks for a set that this CPU does not have, so that the
// tests of every set can be registered on any machine.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "ssm/simd/dispatch.h"

namespace hiss {
namespace {

class RequireKernels : public testing::Environment {
 public:
  void SetUp() override {
    const char* forced = std::getenv(kSimdVariable);  // NOLINT(concurrency-mt-unsafe)
    if (forced != nullptr && findKernels(forced) == nullptr) {
      // GoogleTest marks no single test here; the mark is what ctest looks for.
      GTEST_SKIP() << "[  SKIPPED ] this CPU has no " << forced;
    }
  }
};

[[maybe_unused]] const testing::Environment* const kRequireKernels =
    testing::AddGlobalTestEnvironment(new RequireKernels);  // owned by GoogleTest

}  // namespace
}  // namespace hiss
