// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/wake_event.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "app/engine/failure.h"

namespace hiss {

WakeEvent::WakeEvent() : event_(ByteFile::adopt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  if (!event_.isOpen()) {
    throw Failure(FailureKind::kInternal, "eventfd", "a descriptor", errnoText(errno));
  }
}

// Not through ByteFile, whose record of errors is for one thread.
void WakeEvent::signal() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.descriptor(), &one, sizeof(one));
}

void WakeEvent::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_.descriptor(), &count, sizeof(count));
}

}  // namespace hiss
