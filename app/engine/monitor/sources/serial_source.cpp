// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/serial_source.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/monitor/retry_pause.h"
#include "app/engine/monitor/serial/serial_port.h"
#include "app/engine/monitor/sources/row_intake.h"
#include "app/engine/monitor/wake_event.h"

namespace hiss {
namespace {

constexpr std::size_t kReadBytes = 65536;
constexpr int kMostEmptyReads = 100;  // in a row, of a port that says it has bytes
constexpr double kQuietSeconds = 0.02;
constexpr double kQuietCharacters = 30.0;
constexpr double kBitsOfCharacter = 10.0;

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point time) {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

// Whether a line has control characters, as noise and the wrong baud rate make them. Such a line is
// not even looked at, so that it cannot pass for a header of strange names.
bool isBinary(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7f;
  });
}

struct SerialSourceSettings {
  SerialSettings port;
  DecodeSettings decode;
  double longest_pause_seconds = 5.0;
};

SerialSourceSettings takeSettings(const Endpoint& endpoint) {
  OptionReader options(endpoint);
  SerialSourceSettings settings;
  SerialSettings& port = settings.port;
  port.path = endpoint.uri.path;
  if (port.path.empty() || endpoint.uri.has_authority) {
    throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                  "a device, as in serial:/dev/ttyUSB0", port.path.empty() ? "none" : "a host");
  }
  port.baud = static_cast<int>(options.integer("baud", 50, 4000000, port.baud));
  port.bits = static_cast<int>(options.integer("bits", 5, 8, port.bits));
  port.stop_bits = static_cast<int>(options.integer("stop", 1, 2, port.stop_bits));
  const std::string parity = options.oneOf("parity", {"none", "even", "odd"}, "none");
  if (parity != "none") port.parity = parity == "even" ? SerialParity::kEven : SerialParity::kOdd;
  const std::string flow = options.oneOf("flow", {"none", "rtscts", "xonxoff"}, "none");
  if (flow != "none") {
    port.flow = flow == "rtscts" ? SerialFlow::kRtsCts : SerialFlow::kXonXoff;
  }
  settings.longest_pause_seconds =
      options.seconds("retry", 0.05, 3600, settings.longest_pause_seconds);
  settings.decode = decodeSettings(options);
  settings.decode.lines = true;
  options.done();
  return settings;
}

class SerialSource final : public Source {
 public:
  SerialSource(const SerialSourceSettings& settings, const std::string& name, MonitorLog& log)
      : settings_(settings),
        name_(name),
        stream_(std::filesystem::path(settings.port.path).filename().string()),
        log_(log),
        intake_(name, settings.decode, RowIntake::WhenFull::kWait, true, log),
        pause_(settings.longest_pause_seconds) {
    if (stream_.empty()) stream_ = settings.port.path;
  }
  ~SerialSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t /*position*/) override {
    intake_.begin(host);
    thread_ = std::thread([this] { run(); });
  }

  void stop() noexcept override {
    stopping_ = true;
    wake_.signal();
    if (thread_.joinable()) thread_.join();
  }

  [[nodiscard]] bool isLive() const noexcept override { return true; }
  [[nodiscard]] bool isDurable() const noexcept override { return false; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  void run() {
    while (!stopping_) {
      std::string problem;
      try {
        const SerialPort port(settings_.port);
        connected();
        problem = listen(port);
      } catch (const Failure& failure) {
        problem = failure.what();
      }
      if (stopping_) break;
      intake_.setConnected(false, problem);
      // Each new reason once: a device that is away for days is not worth a line a second.
      if (problem != std::exchange(said_, problem)) {
        log_.sample(LogLevel::kWarning, name_ + problem,
                    fmt::format("{}: {}; trying again", name_, problem));
      }
      wait(pause_.next());
    }
    intake_.setConnected(false);
  }

  void connected() {
    intake_.setConnected(true);
    log_.sample(LogLevel::kInfo, name_ + ": open", name_ + ": open");
    if (std::exchange(was_open_, true)) intake_.countReconnect();
    said_.clear();
    pause_.reset();
    lines_.reset();
    too_long_ = lines_.tooLong();
  }

  // Until the device goes or the source is stopped. Returns why.
  std::string listen(const SerialPort& port) {
    const Clock::time_point opened = Clock::now();
    bool first = true;
    int empty_reads = 0;
    std::array<pollfd, 2> fds = {};
    fds[0] = {.fd = port.descriptor(), .events = POLLIN, .revents = 0};
    fds[1] = {.fd = wake_.descriptor(), .events = POLLIN, .revents = 0};
    while (!stopping_) {
      if (::poll(fds.data(), fds.size(), -1) < 0) continue;
      if (fds[0].revents == 0) continue;
      const int got = port.read(buffer_);
      const bool hung_up = (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
      if (got < 0 || (got == 0 && (hung_up || ++empty_reads > kMostEmptyReads))) {
        return "the device is gone";
      }
      if (got == 0) continue;
      empty_reads = 0;
      if (std::exchange(first, false)) skipping_ = secondsSince(opened) < quietSeconds();
      if (!take({buffer_.data(), static_cast<std::size_t>(got)})) return {};
    }
    return {};
  }

  // What comes sooner is of a line that had begun before the port was opened.
  [[nodiscard]] double quietSeconds() const {
    return kQuietSeconds + kQuietCharacters * kBitsOfCharacter / settings_.port.baud;
  }

  // False: the monitor stops.
  bool take(std::string_view bytes) {
    if (skipping_) {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos) return true;
      skipping_ = false;
      bytes.remove_prefix(end + 1);
    }
    lines_.feed(bytes);
    std::string_view line;
    while (lines_.next(line)) {
      if (isBinary(line)) {
        intake_.malformed("expected a line of text, found bytes (is the baud rate right?)");
      } else if (!intake_.message(line, stream_)) {
        return false;
      }
    }
    for (; too_long_ < lines_.tooLong(); ++too_long_) {
      intake_.malformed("expected lines of at most 1 MiB, found a longer one");
    }
    return true;
  }

  void wait(double seconds) {
    const Clock::time_point began = Clock::now();
    while (!stopping_ && secondsSince(began) < seconds) {
      pollfd fd = {.fd = wake_.descriptor(), .events = POLLIN, .revents = 0};
      ::poll(&fd, 1, static_cast<int>((seconds - secondsSince(began)) * 1e3) + 1);
    }
  }

  SerialSourceSettings settings_;
  std::string name_;
  std::string stream_;
  MonitorLog& log_;
  RowIntake intake_;
  WakeEvent wake_;  // signalled once, by stop()
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  // Of the thread.
  RetryPause pause_;
  LineSplitter lines_;
  std::array<char, kReadBytes> buffer_ = {};
  bool skipping_ = false;  // up to the end of the line
  bool was_open_ = false;
  std::uint64_t too_long_ = 0;
  std::string said_;
};

}  // namespace

std::unique_ptr<Source> makeSerialSource(const Endpoint& endpoint, MonitorLog& log) {
  return std::make_unique<SerialSource>(takeSettings(endpoint), endpoint.name, log);
}

}  // namespace hiss
