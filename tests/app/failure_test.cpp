// SPDX-License-Identifier: Apache-2.0
#include "app/engine/failure.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <new>
#include <stdexcept>

namespace hiss {
namespace {

TEST(Failure, TextNamesSubjectExpectedAndFound) {
  const Failure failure(FailureKind::kInput, "a.wav", "a sound file", "an empty file");
  EXPECT_STREQ(failure.what(), "a.wav: expected a sound file, found an empty file");
  EXPECT_EQ(failure.kind(), FailureKind::kInput);
}

TEST(Failure, TextIsAlwaysOneLine) {
  const Failure failure(FailureKind::kOutput, "a\nhiss: b\r\x1b[31m", "x\t", "y\x7f");
  EXPECT_STREQ(failure.what(), "a\\x0ahiss: b\\x0d\\x1b[31m: expected x\\x09, found y\\x7f");
  EXPECT_STREQ(Failure(FailureKind::kModel, "two\nlines").what(), "two\\x0alines");
}

TEST(Failure, OneLineKeepsUtf8) { EXPECT_EQ(oneLine("Café 日本"), "Café 日本"); }

TEST(Failure, ErrnoTextIsTheSystemsOwn) { EXPECT_EQ(errnoText(ENOSPC), "No space left on device"); }

TEST(CurrentFailure, IsTheFailureItselfOrAnInternalOne) {
  const auto caught = [](const auto& thrown) -> Failure {
    try {
      throw thrown;
    } catch (const std::exception&) {
      return currentFailure("a.wav");
    }
  };
  const Failure own(FailureKind::kOutput, "x", "y", "z");
  EXPECT_EQ(caught(own).kind(), FailureKind::kOutput);
  EXPECT_STREQ(caught(own).what(), own.what());
  EXPECT_EQ(caught(std::bad_alloc()).kind(), FailureKind::kInternal);
  EXPECT_STREQ(caught(std::bad_alloc()).what(), "a.wav: expected enough memory, found too little");
  EXPECT_STREQ(caught(std::runtime_error("odd")).what(),
               "a.wav: expected no internal error, found odd");
}

}  // namespace
}  // namespace hiss
