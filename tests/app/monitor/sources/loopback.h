// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "app/engine/byte_file.h"

namespace hiss {

inline sockaddr_in loopbackAddress(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// A socket of this machine, of a port that was free; `type`: SOCK_DGRAM or SOCK_STREAM.
inline std::pair<ByteFile, int> boundSocket(int type) {
  ByteFile socket = ByteFile::adopt(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopbackAddress(0);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.descriptor(), any, size) != 0 ||
      ::getsockname(socket.descriptor(), any, &size) != 0) {
    throw std::runtime_error("bind");
  }
  return {std::move(socket), ntohs(address.sin_port)};
}

inline int freePort(int type) { return boundSocket(type).second; }

inline ByteFile connectedSocket(int type, int port) {
  ByteFile socket = ByteFile::adopt(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopbackAddress(port);
  if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                sizeof(address)) != 0) {
    throw std::runtime_error("connect");
  }
  return socket;
}

// All of it. False once the peer is gone.
inline bool sendAll(const ByteFile& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace hiss
