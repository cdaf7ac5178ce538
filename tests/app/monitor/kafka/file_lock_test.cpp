// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class FileLockTest : public TemporaryFolderTest {};

TEST_F(FileLockTest, IsHeldByOneAtATime) {
  std::optional<FileLock> first = FileLock::tryTake(path("shard.lock"));
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(FileLock::tryTake(path("shard.lock")).has_value());
  EXPECT_TRUE(FileLock::tryTake(path("other.lock")).has_value());
  FileLock moved = std::move(*first);
  first.reset();
  EXPECT_FALSE(FileLock::tryTake(path("shard.lock")).has_value()) << "it was moved, not given up";
  { const FileLock ended = std::move(moved); }
  EXPECT_TRUE(FileLock::tryTake(path("shard.lock")).has_value());
}

TEST_F(FileLockTest, IsFreeWhenItsProcessWasKilled) {
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::optional<FileLock> lock = FileLock::tryTake(path("shard.lock"));
    const char byte = lock ? 'y' : 'n';
    if (::write(told[1], &byte, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(told[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_FALSE(FileLock::tryTake(path("shard.lock")).has_value());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(told[0]);
  ::close(told[1]);
  EXPECT_TRUE(FileLock::tryTake(path("shard.lock")).has_value());
}

TEST_F(FileLockTest, SaysWhyAFileCannotBeLocked) {
  EXPECT_THROW(FileLock::tryTake(path("no/such/folder/shard.lock")), Failure);
  std::filesystem::create_symlink(path("elsewhere"), path("link.lock"));
  EXPECT_THROW(FileLock::tryTake(path("link.lock")), Failure);
  EXPECT_FALSE(std::filesystem::exists(path("elsewhere")));
}

}  // namespace
}  // namespace hiss
