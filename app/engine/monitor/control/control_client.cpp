// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostAnswerBytes = std::size_t{1} << 28;

class Talk {
 public:
  Talk(const std::filesystem::path& path, double seconds)
      : path_(path.string()),
        end_(Clock::now() +
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path_.empty() || path_.size() >= sizeof address.sun_path) {
      fail("the path of a control socket",
           "one of that many bytes: " + std::to_string(path_.size()));
    }
    std::memcpy(address.sun_path, path_.data(), path_.size());
    socket_ = ByteFile::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // Of a Unix socket this is done at once, or EAGAIN while too many wait.
    while (::connect(socket_.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                     sizeof address) != 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN && Clock::now() < end_) {
        ::poll(nullptr, 0, 20);
        continue;
      }
      fail("a monitor that listens there", errno == EACCES   ? "one that this user may not ask"
                                           : errno == EAGAIN ? "one that does not answer"
                                                             : "none (" + errnoText(errno) + ")");
    }
  }

  void send(std::string_view text) {
    while (!text.empty()) {
      await(POLLOUT);
      const ssize_t count = ::send(socket_.descriptor(), text.data(), text.size(), MSG_NOSIGNAL);
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
      // It may have said why before it closed.
      if (count < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
      if (count < 0 && errno != EAGAIN && errno != EINTR) failAnswer(errnoText(errno));
    }
  }

  std::string receiveLine() {
    std::string line;
    std::array<char, 65536> bytes = {};
    while (true) {
      await(POLLIN);
      const ssize_t count = ::recv(socket_.descriptor(), bytes.data(), bytes.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (count < 0) failAnswer(errnoText(errno));
      if (count == 0) failAnswer("the end");
      const std::string_view got(bytes.data(), static_cast<std::size_t>(count));
      const std::size_t end = got.find('\n');
      line += got.substr(0, end);
      if (end != std::string_view::npos) return line;
      if (line.size() > kMostAnswerBytes) failAnswer("a longer line");
    }
  }

 private:
  void await(short events) {
    while (true) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now()).count();
      if (left <= 0) failAnswer("none in time");
      pollfd polled = {socket_.descriptor(), events, 0};
      const int count = ::poll(&polled, 1, static_cast<int>(std::min<long>(left + 1, 1000)));
      if (count > 0) return;
      if (count < 0 && errno != EINTR) failAnswer(errnoText(errno));
    }
  }

  [[noreturn]] void fail(std::string_view expected, std::string_view found) const {
    throw Failure(FailureKind::kInput, path_, expected, found);
  }
  [[noreturn]] void failAnswer(std::string_view found) const {
    fail("an answer of the monitor", found);
  }

  std::string path_;
  Clock::time_point end_;
  ByteFile socket_;
};

}  // namespace

std::string askMonitor(const std::filesystem::path& socket, const std::string& request,
                       double seconds) {
  Talk talk(socket, seconds);
  talk.send(request + "\n");
  return talk.receiveLine();
}

}  // namespace hiss
