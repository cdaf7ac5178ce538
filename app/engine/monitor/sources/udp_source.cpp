// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/sources/make_sources.h"
#include "app/engine/monitor/sources/sockets.h"
#include "app/engine/monitor/sources/source_thread.h"

namespace hiss {
namespace {

constexpr std::size_t kBatch = 32;
constexpr std::size_t kMostDatagramBytes = 65536;
constexpr int kLookMs = 1000;  // how often the system is asked what it has dropped

// udp://HOST:PORT: one thread takes datagrams, in batches; what finds no room is dropped.
class UdpSource final : public Source {
 public:
  UdpSource(const Endpoint& endpoint, MonitorLog& log)
      : UdpSource(endpoint, log, OptionReader(endpoint)) {}
  ~UdpSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t /*position*/) override {
    socket_ = openListener(SocketKind::kDatagram, host_, port_, name_);
    const int bytes = static_cast<int>(buffer_bytes_);
    ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    intake_.begin(host);
    intake_.setConnected(true);
    thread_.start(intake_, host, log_, [this] { read(); });
  }

  void stop() noexcept override {
    thread_.stop();
    socket_ = ByteFile();
  }

  [[nodiscard]] bool isLive() const noexcept override { return true; }
  [[nodiscard]] bool isDurable() const noexcept override { return false; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  UdpSource(const Endpoint& endpoint, MonitorLog& log, OptionReader options)
      : log_(log),
        name_(endpoint.name),
        host_(endpoint.uri.host),
        port_(portOf(endpoint)),
        stream_(options.text("name", fmt::format("udp:{}", port_))),
        buffer_bytes_(
            options.bytes("buffer", 4096, std::uint64_t{1} << 30, std::uint64_t{4} << 20)),
        intake_(name_, decodeSettings(options), RowIntake::WhenFull::kDrop, true, log),
        bytes_(kBatch * kMostDatagramBytes) {
    options.done();
    for (std::size_t i = 0; i < kBatch; ++i) {
      places_[i] = {bytes_.data() + i * kMostDatagramBytes, kMostDatagramBytes};
      messages_[i].msg_hdr.msg_iov = &places_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void read() {
    std::array<pollfd, 2> waits = {pollfd{thread_.wakeDescriptor(), POLLIN, 0},
                                   pollfd{socket_.descriptor(), POLLIN, 0}};
    while (!thread_.isStopping()) {
      ::poll(waits.data(), waits.size(), kLookMs);
      takeBatch();
      countLost();
    }
  }

  void takeBatch() {
    const int n = ::recvmmsg(socket_.descriptor(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    // Errors are of single datagrams, such as one that was sent back; the socket goes on.
    for (int i = 0; i < n; ++i) {
      const mmsghdr& message = messages_[static_cast<std::size_t>(i)];
      intake_.message(
          {static_cast<const char*>(message.msg_hdr.msg_iov->iov_base), message.msg_len}, stream_);
    }
  }

  // What the system dropped because its buffer was full.
  void countLost() {
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof(info);
    if (::getsockopt(socket_.descriptor(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0) return;
    const std::uint32_t lost = info[SK_MEMINFO_DROPS];
    intake_.countDropped(lost - std::exchange(lost_, lost));
  }

  MonitorLog& log_;
  std::string name_;
  std::string host_;
  int port_;
  std::string stream_;
  std::uint64_t buffer_bytes_;
  RowIntake intake_;
  ByteFile socket_;
  std::uint32_t lost_ = 0;   // as the system counts, which may wrap
  std::vector<char> bytes_;  // [kBatch][kMostDatagramBytes]
  std::array<iovec, kBatch> places_{};
  std::array<mmsghdr, kBatch> messages_{};
  SourceThread thread_;
};

}  // namespace

std::unique_ptr<Source> makeUdpSource(const Endpoint& endpoint, MonitorLog& log) {
  return std::make_unique<UdpSource>(endpoint, log);
}

}  // namespace hiss
