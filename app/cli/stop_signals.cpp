// SPDX-License-Identifier: Apache-2.0
#include "app/cli/stop_signals.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <span>

namespace hiss {

StopSignals::StopSignals() {
  sigset_t stopping;
  ::sigemptyset(&stopping);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&stopping, number);
  ::pthread_sigmask(SIG_BLOCK, &stopping, &saved_);
  file_ = ByteFile::adopt(::signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK));
}

// What arrived is taken before the signals are let through again: it has been obeyed.
StopSignals::~StopSignals() {
  signalfd_siginfo taken{};
  while (file_.read(std::as_writable_bytes(std::span(&taken, 1))) == sizeof(taken)) {
  }
  ::pthread_sigmask(SIG_SETMASK, &saved_, nullptr);
}

int StopSignals::take() {
  signalfd_siginfo taken{};
  if (file_.read(std::as_writable_bytes(std::span(&taken, 1))) != sizeof(taken)) return 0;
  return static_cast<int>(taken.ssi_signo);
}

bool StopSignals::arrived() const {
  pollfd waited{file_.descriptor(), POLLIN, 0};
  return ::poll(&waited, 1, 0) > 0;
}

}  // namespace hiss
