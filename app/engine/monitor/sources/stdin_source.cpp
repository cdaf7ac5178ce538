// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/sources/make_sources.h"
#include "app/engine/monitor/sources/source_thread.h"

namespace hiss {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

// stdin: lines of standard input until its end. Rows without a time have none, so that a file that
// is piped in gives the same scores every time, unless live=yes says that they come as they are
// measured.
class StdinSource final : public Source {
 public:
  StdinSource(const Endpoint& endpoint, MonitorLog& log)
      : StdinSource(endpoint, log, OptionReader(endpoint)) {}
  ~StdinSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t /*position*/) override {
    input_ = ByteFile::adopt(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!input_.isOpen()) {
      throw Failure(FailureKind::kInput, "standard input", "a readable file", errnoText(errno));
    }
    intake_.begin(host);
    intake_.setConnected(true);
    thread_.start(intake_, host, log_, [this] { read(); });
  }

  void stop() noexcept override {
    thread_.stop();
    input_ = ByteFile();
  }

  [[nodiscard]] bool isLive() const noexcept override { return live_; }
  [[nodiscard]] bool isDurable() const noexcept override { return false; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  StdinSource(const Endpoint& endpoint, MonitorLog& log, OptionReader options)
      : log_(log),
        live_(options.flag("live", false)),
        stream_(options.text("name", "stdin")),
        intake_(endpoint.name, linesOf(options), RowIntake::WhenFull::kWait, live_, log) {
    options.done();
    if (endpoint.uri.path.empty() || endpoint.uri.path == "-") return;
    throw Failure(FailureKind::kUsage, fmt::format("{}: {}", endpoint.origin, endpoint.name),
                  "stdin: without a name", fmt::format("\"{}\"", endpoint.uri.path));
  }

  static DecodeSettings linesOf(OptionReader& options) {
    DecodeSettings settings = decodeSettings(options);
    settings.lines = true;
    return settings;
  }

  void read() {
    std::vector<char> block(kBlockBytes);
    std::array<pollfd, 2> waits = {pollfd{thread_.wakeDescriptor(), POLLIN, 0},
                                   pollfd{input_.descriptor(), POLLIN, 0}};
    std::string_view line;
    for (;;) {
      ::poll(waits.data(), waits.size(), -1);
      if (thread_.isStopping()) return;
      if (waits[1].revents == 0) continue;
      const ssize_t n = ::read(input_.descriptor(), block.data(), block.size());
      if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (n < 0) {
        throw Failure(FailureKind::kInput, "standard input", "a readable file", errnoText(errno));
      }
      if (n == 0) break;
      lines_.feed({block.data(), static_cast<std::size_t>(n)});
      while (lines_.next(line)) {
        if (!intake_.message(line, stream_)) return;
      }
      for (; too_long_ < lines_.tooLong(); ++too_long_) {
        intake_.malformed(fmt::format("expected lines of at most {} bytes, found more",
                                      RowDecoder::kMostMessageBytes));
      }
    }
    if (lines_.last(line)) intake_.message(line, stream_);
  }

  MonitorLog& log_;
  bool live_;
  std::string stream_;
  RowIntake intake_;
  ByteFile input_;
  LineSplitter lines_;
  std::uint64_t too_long_ = 0;
  SourceThread thread_;
};

}  // namespace

std::unique_ptr<Source> makeStdinSource(const Endpoint& endpoint, MonitorLog& log) {
  return std::make_unique<StdinSource>(endpoint, log);
}

}  // namespace hiss
