// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/retry_pause.h"
#include "app/engine/monitor/sources/make_sources.h"
#include "app/engine/monitor/sources/sockets.h"
#include "app/engine/monitor/sources/source_thread.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
constexpr std::chrono::seconds kIdle{60};  // a client that was silent so long may have to go
constexpr double kMostPauseSeconds = 30.0;

// One that sends lines.
struct Client {
  Client(ByteFile its_socket, std::string its_address, const DecodeSettings& settings)
      : socket(std::move(its_socket)), address(std::move(its_address)), decoder(settings) {}

  ByteFile socket;
  std::string address;
  RowDecoder decoder;
  LineSplitter lines;
  std::uint64_t too_long = 0;
  Clock::time_point heard = Clock::now();
  bool ended = false;
};

// tcp://HOST:PORT: one thread takes lines from all clients, a block of each in turn. While the
// monitor has enough to do nothing is read, which holds the senders up.
class TcpSource final : public Source {
 public:
  TcpSource(const Endpoint& endpoint, MonitorLog& log)
      : TcpSource(endpoint, log, OptionReader(endpoint)) {}
  ~TcpSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t /*position*/) override {
    intake_.begin(host);
    if (listens_) {
      listener_ = openListener(SocketKind::kStream, host_, port_, name_);
      intake_.setConnected(true);
    }
    thread_.start(intake_, host, log_, [this] { listens_ ? serve() : call(); });
  }

  void stop() noexcept override {
    thread_.stop();
    clients_.clear();
    listener_ = ByteFile();
  }

  [[nodiscard]] bool isLive() const noexcept override { return true; }
  [[nodiscard]] bool isDurable() const noexcept override { return false; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  TcpSource(const Endpoint& endpoint, MonitorLog& log, OptionReader options)
      : log_(log),
        name_(endpoint.name),
        host_(endpoint.uri.host),
        port_(portOf(endpoint)),
        listens_(options.oneOf("mode", {"listen", "connect"}, "listen") == "listen"),
        stream_(options.text("name", fmt::format("tcp:{}", port_))),
        most_clients_(static_cast<std::size_t>(options.integer("clients", 1, 10000, 64))),
        settings_(linesOf(options)),
        intake_(name_, settings_, RowIntake::WhenFull::kWait, true, log),
        block_(kBlockBytes) {
    options.done();
    if (!listens_ && host_.empty()) {
      throw Failure(FailureKind::kUsage, fmt::format("{}: {}", endpoint.origin, endpoint.name),
                    "tcp://HOST:PORT to connect to", "no host");
    }
  }

  static DecodeSettings linesOf(OptionReader& options) {
    DecodeSettings settings = decodeSettings(options);
    settings.lines = true;
    return settings;
  }

  void serve() {
    while (!thread_.isStopping()) {
      waits_.assign(
          {pollfd{thread_.wakeDescriptor(), POLLIN, 0}, pollfd{listener_.descriptor(), POLLIN, 0}});
      addClients();
      ::poll(waits_.data(), waits_.size(), -1);
      const bool is_called = waits_[1].revents != 0;
      if (!readReady(2)) return;
      if (is_called) accept();
    }
  }

  void call() {
    RetryPause pause(kMostPauseSeconds);
    for (bool first = true; !thread_.isStopping(); first = false) {
      if (!first) intake_.countReconnect();
      std::string problem;
      try {
        connect();
        pause.reset();
        if (!readUntilEnd()) return;
        problem = fmt::format("{}: expected a connection, found its end", name_);
      } catch (const Failure& failure) {
        if (failure.kind() == FailureKind::kCancelled) return;
        problem = failure.what();
      }
      // Said once, until it has come to work again.
      if (std::exchange(said_, problem) != problem) log_.warn(problem + "; trying again");
      intake_.setConnected(false, problem);
      if (!thread_.sleep(pause.next())) return;
    }
  }

  void connect() {
    clients_.clear();
    ByteFile socket = openConnection(host_, port_, thread_.wakeDescriptor(), name_);
    keepAlive(socket.descriptor());
    clients_.emplace_back(std::move(socket), name_, settings_);
    intake_.setConnected(true);
    if (!std::exchange(said_, {}).empty()) log_.info(fmt::format("{}: connected again", name_));
  }

  // False: it is to stop.
  bool readUntilEnd() {
    while (!clients_.empty()) {
      waits_.assign({pollfd{thread_.wakeDescriptor(), POLLIN, 0}});
      addClients();
      ::poll(waits_.data(), waits_.size(), -1);
      if (thread_.isStopping() || !readReady(1)) return false;
    }
    return true;
  }

  void addClients() {
    for (const Client& client : clients_) {
      waits_.push_back({client.socket.descriptor(), POLLIN, 0});
    }
  }

  // A block of each client that has one; the first of them waits at `first`. False: it is to stop.
  bool readReady(std::size_t first) {
    auto client = clients_.begin();
    for (std::size_t i = first; i < waits_.size(); ++i, ++client) {
      if (waits_[i].revents != 0 && !readBlock(*client)) return false;
    }
    clients_.remove_if([](const Client& each) { return each.ended; });
    return !thread_.isStopping();
  }

  bool readBlock(Client& client) {
    const ssize_t n = ::recv(client.socket.descriptor(), block_.data(), block_.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
    std::string_view line;
    if (n <= 0) {
      client.ended = true;
      return !client.lines.last(line) || takeLine(client, line);
    }
    client.heard = Clock::now();
    client.lines.feed({block_.data(), static_cast<std::size_t>(n)});
    while (client.lines.next(line)) {
      if (!takeLine(client, line)) return false;
    }
    for (; client.too_long < client.lines.tooLong(); ++client.too_long) {
      intake_.malformed(fmt::format("expected lines of at most {} bytes, found more from {}",
                                    RowDecoder::kMostMessageBytes, client.address));
    }
    return true;
  }

  bool takeLine(Client& client, std::string_view line) {
    return intake_.message(client.decoder, line, stream_);
  }

  void accept() {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    ByteFile socket =
        ByteFile::adopt(::accept4(listener_.descriptor(), reinterpret_cast<sockaddr*>(&address),
                                  &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.isOpen()) {
      // Without a descriptor to spare the caller stays in the queue; poll would return at once.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        log_.sample(LogLevel::kError, "accept " + name_,
                    fmt::format("{}: expected a descriptor for a client, found: {}", name_,
                                errnoText(errno)));
        thread_.sleep(0.1);
      }
      return;
    }
    if (clients_.size() >= most_clients_ && !dropIdle()) {
      log_.sample(LogLevel::kWarning, "clients " + name_,
                  fmt::format("{}: refused {}, for there are {} clients", name_,
                              addressText(address), clients_.size()));
      return;
    }
    keepAlive(socket.descriptor());
    clients_.emplace_back(std::move(socket), addressText(address), settings_);
  }

  // Lets the client go that was silent the longest, if that was long.
  bool dropIdle() {
    const auto idlest =
        std::min_element(clients_.begin(), clients_.end(),
                         [](const Client& a, const Client& b) { return a.heard < b.heard; });
    if (idlest == clients_.end() || Clock::now() - idlest->heard < kIdle) return false;
    log_.sample(LogLevel::kInfo, "idle " + name_,
                fmt::format("{}: let {} go, which was silent the longest", name_, idlest->address));
    clients_.erase(idlest);
    return true;
  }

  MonitorLog& log_;
  std::string name_;
  std::string host_;
  int port_;
  bool listens_;
  std::string stream_;
  std::size_t most_clients_;
  DecodeSettings settings_;
  RowIntake intake_;
  ByteFile listener_;
  std::list<Client> clients_;
  std::vector<pollfd> waits_;
  std::vector<char> block_;
  std::string said_;  // the newest problem, until it is over
  SourceThread thread_;
};

}  // namespace

std::unique_ptr<Source> makeTcpSource(const Endpoint& endpoint, MonitorLog& log) {
  return std::make_unique<TcpSource>(endpoint, log);
}

}  // namespace hiss
