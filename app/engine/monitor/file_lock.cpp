// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "app/engine/failure.h"

namespace hiss {

std::optional<FileLock> FileLock::tryTake(const std::filesystem::path& path) {
  // O_NOFOLLOW: nobody who may write into a folder shared by many should lead us out of it.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (file < 0) {
    throw Failure(FailureKind::kOutput, path.string(), "a lock file that can be opened",
                  errnoText(errno));
  }
  FileLock lock(file);
  while (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return std::nullopt;
    throw Failure(FailureKind::kOutput, path.string(), "a file that can be locked",
                  errnoText(errno));
  }
  return lock;
}

FileLock::~FileLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace hiss
