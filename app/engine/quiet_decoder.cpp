// SPDX-License-Identifier: Apache-2.0
#include "app/engine/quiet_decoder.h"

#include <fcntl.h>
#include <unistd.h>

#include <mutex>

namespace hiss {
namespace {

std::mutex mutex;
int users = 0;
int saved = -1;  // the real standard error stream, while there are users

}  // namespace

ScopedQuietDecoder::ScopedQuietDecoder(bool active) : active_(active) {
  if (!active_) return;
  const std::lock_guard lock(mutex);
  if (users++ > 0) return;
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  saved = null < 0 ? -1 : ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) ::dup2(null, STDERR_FILENO);
  if (null >= 0) ::close(null);
}

ScopedQuietDecoder::~ScopedQuietDecoder() {
  if (!active_) return;
  const std::lock_guard lock(mutex);
  if (--users > 0 || saved < 0) return;
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  saved = -1;
}

}  // namespace hiss
