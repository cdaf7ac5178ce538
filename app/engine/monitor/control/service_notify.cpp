// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/service_notify.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>

#include "app/engine/byte_file.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

std::string variable(const char* name) {
  const char* const value = ::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

ServiceNotify::ServiceNotify() : socket_(variable("NOTIFY_SOCKET")) {
  const std::string process = variable("WATCHDOG_PID");
  const std::optional<std::int64_t> interval_us = parseInteger(variable("WATCHDOG_USEC"));
  if (interval_us && *interval_us > 0 &&
      (process.empty() || process == std::to_string(::getpid()))) {
    watchdog_seconds_ = static_cast<double>(*interval_us) * 1e-6 / 2.0;
  }
  // "/path", or "@name" of the abstract name space.
  const bool is_socket = socket_.size() > 1 && (socket_[0] == '/' || socket_[0] == '@') &&
                         socket_.size() < sizeof(sockaddr_un{}.sun_path);
  if (!is_socket) {
    socket_.clear();
    watchdog_seconds_.reset();
  }
  for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"}) {
    ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): as above
  }
}

void ServiceNotify::ready() const noexcept { send("READY=1"); }

void ServiceNotify::reloading() const {
  // Newer systemd tells by the time which reload this is.
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  char text[64] = {};
  const auto end =
      fmt::format_to_n(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC={}", now.count());
  send({text, std::min<std::size_t>(end.size, sizeof text)});
}

void ServiceNotify::stopping() const noexcept { send("STOPPING=1"); }

void ServiceNotify::watchdog() const noexcept { send("WATCHDOG=1"); }

void ServiceNotify::status(std::string_view text) const {
  constexpr std::size_t kMostBytes = 200;
  char line[kMostBytes] = {};
  const auto end =
      fmt::format_to_n(line, sizeof line, "STATUS={}", text.substr(0, text.find('\n')));
  send({line, std::min<std::size_t>(end.size, sizeof line)});
}

void ServiceNotify::send(std::string_view message) const noexcept {
  if (socket_.empty()) return;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const ByteFile file =
      ByteFile::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!file.isOpen()) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)::sendto(file.descriptor(), message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace hiss
