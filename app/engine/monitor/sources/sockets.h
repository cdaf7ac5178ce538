// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/engine/byte_file.h"
#include "app/engine/monitor/endpoint.h"

struct sockaddr_storage;

namespace hiss {

enum class SocketKind { kDatagram, kStream };

// Sockets of the internet, not blocking. `name` is what messages call the source.

// The port of "udp://HOST:PORT". Throws Failure(kUsage) if there is none, or something behind it.
int portOf(const Endpoint& endpoint);

// Bound to the host (empty: this machine only, 127.0.0.1), and listening if it is a stream. Throws
// Failure(kInput).
ByteFile openListener(SocketKind kind, const std::string& host, int port, const std::string& name);

// Connected to the host, which is waited for until `wake` is readable or some seconds have passed.
// Throws Failure(kInput); kCancelled for `wake`.
ByteFile openConnection(const std::string& host, int port, int wake, const std::string& name);

// "127.0.0.1:5000" of what a socket is connected to or was accepted from.
std::string addressText(const sockaddr_storage& address);

// The system looks whether a peer that says nothing is still there.
void keepAlive(int descriptor) noexcept;

}  // namespace hiss
