// SPDX-License-Identifier: Apache-2.0
#include "app/gui/quit_on_signal.h"

#include <sys/socket.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QSocketNotifier>
#include <array>
#include <csignal>

namespace hiss {
namespace {

// A signal handler may do little more than write; the event loop reads the other end.
std::array<int, 2> wake_sockets = {-1, -1};

extern "C" void onQuitSignal(int) {
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_sockets[0], &byte, 1);
}

}  // namespace

void quitOnSignal() {
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, wake_sockets.data())) {
    return;
  }
  auto* const notifier = new QSocketNotifier(wake_sockets[1], QSocketNotifier::Read, qApp);
  // Not quit(), which would let the window ask.
  QObject::connect(notifier, &QSocketNotifier::activated, qApp, [] { QCoreApplication::exit(0); });
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(number, onQuitSignal) == SIG_IGN) std::signal(number, SIG_IGN);
  }
}

}  // namespace hiss
