// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "app/engine/failure.h"

namespace hiss {

// The text of the Failure that `call` throws, which must be of the kind kUsage.
template <typename Call>
std::string usageFault(const Call& call) {
  try {
    call();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kUsage) << failure.what();
    return failure.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace hiss
