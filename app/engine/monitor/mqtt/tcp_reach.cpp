// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/mqtt/tcp_reach.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr int kSliceMs = 50;  // of waiting, before it looks whether it is to stop

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// Returns an errno value; 0: it is connected.
int tryOne(const addrinfo& address, double seconds, const std::atomic<bool>& stopping) {
  using Clock = std::chrono::steady_clock;
  const ByteFile socket =
      ByteFile::adopt(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.isOpen()) return errno;
  if (::connect(socket.descriptor(), address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(seconds));
  pollfd fd = {.fd = socket.descriptor(), .events = POLLOUT, .revents = 0};
  while (::poll(&fd, 1, kSliceMs) <= 0) {
    if (stopping) return ECANCELED;
    if (Clock::now() > until) return ETIMEDOUT;
  }
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace

std::string reachTcp(const std::string& host, int port, double seconds,
                     const std::atomic<bool>& stopping, std::string& address) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) return "the host's name: " + std::string(::gai_strerror(code));
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  int error = 0;
  for (const addrinfo* at = list.get(); at != nullptr; at = at->ai_next) {
    error = tryOne(*at, seconds, stopping);
    if (error != 0) continue;
    std::array<char, NI_MAXHOST> text = {};
    if (::getnameinfo(at->ai_addr, at->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      return "the host's address cannot be written down";
    }
    address = text.data();
    return {};
  }
  return errnoText(error);
}

}  // namespace hiss
