// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr int kConnectMs = 10'000;
constexpr int kBacklog = 64;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(SocketKind kind, const std::string& host, int port, bool passive,
                  const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = kind == SocketKind::kDatagram ? SOCK_DGRAM : SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const std::string node = host.empty() ? "127.0.0.1" : host;
  const int error = ::getaddrinfo(node.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) {
    throw Failure(FailureKind::kInput, name, fmt::format("the address of \"{}\"", node),
                  error == EAI_SYSTEM ? errnoText(errno) : std::string(::gai_strerror(error)));
  }
  return {found, &::freeaddrinfo};
}

ByteFile makeSocket(const addrinfo& address) {
  return ByteFile::adopt(::socket(
      address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
}

void setOption(int descriptor, int level, int option, int value) noexcept {
  ::setsockopt(descriptor, level, option, &value, sizeof(value));
}

// 0, or an errno.
int finishConnecting(int descriptor, int wake, const std::string& name) {
  std::array<pollfd, 2> waits = {pollfd{wake, POLLIN, 0}, pollfd{descriptor, POLLOUT, 0}};
  const int ready = ::poll(waits.data(), waits.size(), kConnectMs);
  if (waits[0].revents != 0) {
    throw Failure(FailureKind::kCancelled, name, "a connection", "the end");
  }
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

}  // namespace

int portOf(const Endpoint& endpoint) {
  const Uri& uri = endpoint.uri;
  const bool has_path = !uri.path.empty() && uri.path != "/";
  if (uri.port && !has_path && uri.user.empty()) return *uri.port;
  throw Failure(FailureKind::kUsage, fmt::format("{}: {}", endpoint.origin, endpoint.name),
                fmt::format("{}://HOST:PORT", uri.scheme),
                has_path   ? fmt::format("\"{}\" behind it", uri.path)
                : uri.port ? "a user"
                           : "no port");
}

ByteFile openListener(SocketKind kind, const std::string& host, int port, const std::string& name) {
  const Addresses addresses = resolve(kind, host, port, true, name);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    ByteFile socket = makeSocket(*at);
    if (!socket.isOpen()) {
      error = errno;
      continue;
    }
    // A restarted monitor must not wait for its predecessor's closed connections. For datagrams it
    // would let two of them share a port, and each get a part.
    if (kind == SocketKind::kStream) setOption(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, 1);
    const bool good =
        ::bind(socket.descriptor(), at->ai_addr, at->ai_addrlen) == 0 &&
        (kind == SocketKind::kDatagram || ::listen(socket.descriptor(), kBacklog) == 0);
    if (good) return socket;
    error = errno;
  }
  throw Failure(FailureKind::kInput, name,
                fmt::format("port {} of {} to be free", port, host.empty() ? "127.0.0.1" : host),
                errnoText(error));
}

ByteFile openConnection(const std::string& host, int port, int wake, const std::string& name) {
  const Addresses addresses = resolve(SocketKind::kStream, host, port, false, name);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    ByteFile socket = makeSocket(*at);
    if (!socket.isOpen()) {
      error = errno;
      continue;
    }
    error = ::connect(socket.descriptor(), at->ai_addr, at->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) error = finishConnecting(socket.descriptor(), wake, name);
    if (error == 0) return socket;
  }
  throw Failure(FailureKind::kInput, name, "a connection", errnoText(error));
}

std::string addressText(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
    return fmt::format("{}:{}", text.data(), ntohs(four.sin_port));
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  ::inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
  return fmt::format("[{}]:{}", text.data(), ntohs(six.sin6_port));
}

void keepAlive(int descriptor) noexcept {
  setOption(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
  setOption(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  setOption(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 20);
  setOption(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

}  // namespace hiss
