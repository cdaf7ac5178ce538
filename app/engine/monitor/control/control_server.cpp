// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/control_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <list>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/engine/blocked_signals.h"
#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/control/control_protocol.h"
#include "app/engine/monitor/wake_event.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBacklog = 16;

sockaddr_un addressOf(const std::filesystem::path& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.empty() || name.size() >= sizeof address.sun_path) {
    throw Failure(FailureKind::kUsage, "control socket " + name,
                  fmt::format("a path of 1 to {} bytes", sizeof address.sun_path - 1),
                  fmt::format("{}", name.size()));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  return address;
}

int bindTo(const ByteFile& socket, const sockaddr_un& address) {
  return ::bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

ByteFile newSocket() {
  return ByteFile::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// Whether the other end is of the user of this process, or root.
bool isOfThisUser(int descriptor) {
  ucred who = {};
  socklen_t length = sizeof who;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 &&
         (who.uid == ::geteuid() || who.uid == 0);
}

struct Client {
  ByteFile socket;
  std::string input;
  std::string output;
  std::size_t sent = 0;
  bool closes = false;  // when all is sent
  Clock::time_point last_active;
};

}  // namespace

struct ControlServer::Impl {
  Impl(const std::filesystem::path& socket_path, MonitorControls& monitor_controls,
       LabelStore* label_store, MonitorLog& monitor_log)
      : path(socket_path), controls(monitor_controls), labels(label_store), log(monitor_log) {
    listen();
    const ScopedBlockedSignals blocked;
    thread = std::thread([this] { serve(); });
  }

  ~Impl() {
    stops = true;
    wake.signal();
    thread.join();
    removeSocket();
  }

  void listen() {
    const sockaddr_un address = addressOf(path);
    listener = newSocket();
    if (!listener.isOpen()) fail("a socket", errno);
    if (bindTo(listener, address) != 0) {
      if (errno != EADDRINUSE) fail("a place for a socket", errno);
      takeOver(address);
      if (bindTo(listener, address) != 0) fail("a place for a socket", errno);
    }
    struct stat status {};
    // Nobody can connect before listen(), so that it was never open to others.
    if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::stat(path.c_str(), &status) != 0 ||
        ::listen(listener.descriptor(), kBacklog) != 0) {
      const int error = errno;
      ::unlink(path.c_str());
      fail("a place for a socket", error);
    }
    device = status.st_dev;
    inode = status.st_ino;
  }

  // Removes the socket of a monitor that is dead.
  void takeOver(const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
      throw Failure(FailureKind::kUsage, path.string(), "a socket or nothing", "another file");
    }
    const ByteFile probe = newSocket();
    if (::connect(probe.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) == 0 ||
        errno == EAGAIN) {
      throw Failure(FailureKind::kUsage, path.string(), "no other monitor that listens there",
                    "one");
    }
    if (errno != ECONNREFUSED && errno != ENOENT) fail("a place for a socket", errno);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("a place for a socket", errno);
  }

  // Unless somebody has put another one there.
  void removeSocket() const noexcept {
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && status.st_dev == device && status.st_ino == inode) {
      ::unlink(path.c_str());
    }
  }

  [[noreturn]] void fail(std::string_view expected, int error) const {
    throw Failure(FailureKind::kOutput, path.string(), expected, errnoText(error));
  }

  void serve() {
    std::vector<pollfd> polled;
    while (!stops) {
      polled.clear();
      polled.push_back({wake.descriptor(), POLLIN, 0});
      polled.push_back({listener.descriptor(), POLLIN, 0});
      for (const Client& client : clients) {
        const short events = client.output.empty() ? POLLIN : POLLOUT;
        polled.push_back({client.socket.descriptor(), events, 0});
      }
      if (::poll(polled.data(), polled.size(), waitMilliseconds()) < 0 && errno != EINTR) {
        log.error("control socket: poll: " + errnoText(errno));
        return;
      }
      if (stops) return;
      std::size_t at = 2;
      for (auto client = clients.begin(); client != clients.end(); ++at) {
        const bool stays = polled[at].revents == 0 ? isPatient(*client) : attend(*client);
        client = stays ? std::next(client) : clients.erase(client);
      }
      if (polled[1].revents != 0) accept();
    }
  }

  int waitMilliseconds() const {
    if (clients.empty()) return -1;
    Clock::time_point oldest = Clock::time_point::max();
    for (const Client& client : clients) oldest = std::min(oldest, client.last_active);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        oldest + std::chrono::duration<double>(kIdleSeconds) - Clock::now());
    return std::max(0, static_cast<int>(left.count()) + 1);
  }

  static bool isPatient(const Client& client) {
    return Clock::now() - client.last_active < std::chrono::duration<double>(kIdleSeconds);
  }

  void accept() {
    ByteFile socket = ByteFile::adopt(
        ::accept4(listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.isOpen()) return;
    if (!isOfThisUser(socket.descriptor())) {
      log.sample(LogLevel::kWarning, "control peer", "control socket: another user was refused");
      return;
    }
    Client client;
    client.socket = std::move(socket);
    client.last_active = Clock::now();
    if (clients.size() >= kMostClients) {
      client.output =
          controlRefusal("control socket: expected a free place, found too many clients") + "\n";
      send(client);  // it fits into the socket's own buffer
      return;
    }
    clients.push_back(std::move(client));
  }

  // False: the client is done with, or gone.
  bool attend(Client& client) {
    client.last_active = Clock::now();
    if (client.output.empty() && !receive(client)) return false;
    while (!stops) {
      if (!client.output.empty()) {
        if (!send(client)) return false;
        if (!client.output.empty()) return true;  // the rest, and further requests, have to wait
        if (client.closes) return false;
      }
      if (!answerLine(client)) return true;
    }
    return false;
  }

  static bool receive(Client& client) {
    std::array<char, 16384> bytes = {};
    const ssize_t count = ::recv(client.socket.descriptor(), bytes.data(), bytes.size(), 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    client.input.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  // False: no whole line is there.
  bool answerLine(Client& client) {
    const std::size_t end = client.input.find('\n');
    if (end == std::string::npos && client.input.size() <= kMostRequestBytes) return false;
    if (end == std::string::npos || end > kMostRequestBytes) {
      client.output = controlRefusal(
          fmt::format("request: expected at most {} bytes, found more", kMostRequestBytes));
      client.closes = true;
    } else {
      const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::system_clock::now().time_since_epoch());
      client.output = answerControlRequest(std::string_view(client.input).substr(0, end), controls,
                                           labels, now.count());
      client.input.erase(0, end + 1);
      client.last_active = Clock::now();  // it may have taken long
    }
    client.output += '\n';
    return true;
  }

  // As much of the output as there is room for; it is empty when all is sent. False: nobody is
  // there any more.
  static bool send(Client& client) {
    while (client.sent < client.output.size()) {
      const ssize_t count = ::send(client.socket.descriptor(), client.output.data() + client.sent,
                                   client.output.size() - client.sent, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno == EAGAIN;
      client.sent += static_cast<std::size_t>(count);
    }
    client.output.clear();
    client.output.shrink_to_fit();
    client.sent = 0;
    return true;
  }

  std::filesystem::path path;
  MonitorControls& controls;
  LabelStore* labels;
  MonitorLog& log;
  WakeEvent wake;
  ByteFile listener;
  dev_t device = 0;
  ino_t inode = 0;
  std::list<Client> clients;
  std::atomic<bool> stops{false};
  std::thread thread;
};

ControlServer::ControlServer(const std::filesystem::path& path, MonitorControls& controls,
                             LabelStore* labels, MonitorLog& log)
    : impl_(std::make_unique<Impl>(path, controls, labels, log)) {}

ControlServer::~ControlServer() = default;

}  // namespace hiss
