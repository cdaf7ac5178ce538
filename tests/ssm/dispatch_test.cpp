// SPDX-License-Identifier: Apache-2.0
#include "ssm/simd/dispatch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace hiss {
namespace {

TEST(Dispatch, ForcedVariantIsTheRunningOne) {
  const char* forced = std::getenv(kSimdVariable);  // NOLINT(concurrency-mt-unsafe)
  if (forced == nullptr) GTEST_SKIP() << kSimdVariable << " is not set";
  EXPECT_STREQ(defaultKernels().name, forced);
}

TEST(Dispatch, OffersScalarFirstAndEachSetOnce) {
  const auto available = availableKernels();
  ASSERT_FALSE(available.empty());
  EXPECT_STREQ(available.front()->name, "scalar");
  EXPECT_EQ(available.front(), &scalarKernels());
  for (const Kernels* kernels : available) EXPECT_EQ(findKernels(kernels->name), kernels);
  EXPECT_EQ(findKernels("mmx"), nullptr);
  EXPECT_EQ(findKernels(""), nullptr);
}

TEST(Dispatch, ChoosesByNameOrTheBest) {
  for (const Kernels* kernels : availableKernels()) {
    EXPECT_EQ(&selectKernels(kernels->name), kernels);
  }
  EXPECT_EQ(&selectKernels(""), availableKernels().back());
}

TEST(Dispatch, ErrorNamesVariableValueAndWhatThereIs) {
  try {
    selectKernels("avx9");
    FAIL() << "expected std::runtime_error";
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("HISS_SIMD"), std::string::npos) << text;
    EXPECT_NE(text.find("avx9"), std::string::npos) << text;
    for (const Kernels* kernels : availableKernels()) {
      EXPECT_NE(text.find(kernels->name), std::string::npos) << text;
    }
  }
}

TEST(Dispatch, KernelsPromiseNotToThrow) {
  static_assert(std::is_nothrow_invocable_v<decltype(Kernels::gemm), const float*, std::ptrdiff_t,
                                            const float*, const float*, float*, std::ptrdiff_t, int,
                                            int, int>);
  static_assert(
      std::is_nothrow_invocable_v<decltype(Kernels::selectiveStateUpdate), const SelectiveStep&>);
  static_assert(noexcept(scalarKernels()));
}

}  // namespace
}  // namespace hiss
