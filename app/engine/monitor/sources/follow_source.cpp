// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/follow_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/sources/source_thread.h"

namespace hiss {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
constexpr double kLookSeconds = 0.1;  // how often a file that is at its end is looked at
constexpr int kOffsetBits = 48;       // of a position; the others tell the file
constexpr std::uint64_t kOffsetMask = (std::uint64_t{1} << kOffsetBits) - 1;

class FollowSource final : public Source {
 public:
  FollowSource(const Endpoint& endpoint, DecodeSettings settings, std::string file,
               std::string stream, MonitorLog& log)
      : log_(log),
        name_(endpoint.name),
        path_(std::move(file)),
        stream_(std::move(stream)),
        settings_(std::move(settings)),
        intake_(name_, settings_, RowIntake::WhenFull::kWait, true, log),
        decoder_(settings_),
        block_(kBlockBytes) {}
  ~FollowSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t position) override {
    position_ = position;
    intake_.begin(host);
    thread_.start(intake_, host, log_, [this] { follow(); });
  }
  void stop() noexcept override { thread_.stop(); }
  [[nodiscard]] bool isLive() const noexcept override { return true; }
  [[nodiscard]] bool isDurable() const noexcept override { return true; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  void follow() {
    double pause = 0.0;
    while (thread_.sleep(pause)) {
      pause = kLookSeconds;
      if (!file_.isOpen() && !open()) continue;
      if (!readToEnd()) return;
      if (!isReplaced()) continue;
      // What was on its way when the name was given to another.
      if (!readToEnd()) return;
      takeLastLine();
      file_ = ByteFile();
      pause = 0.0;
    }
  }

  // False: it is not there.
  bool open() {
    // What followed its end while the monitor was away, if the file was only renamed meanwhile.
    const bool is_elsewhere = position_ != 0 && openFile(path_ + ".1") && goesOn();
    if (!is_elsewhere && !openFile(path_)) {
      say(errnoText(errno));
      return false;
    }
    if (!said_.empty()) log_.info(fmt::format("{}: is there", name_));
    said_.clear();
    intake_.setConnected(true);
    if (was_open_) intake_.countReconnect();
    was_open_ = true;
    lines_.reset();
    decoder_.reset();
    offset_ = 0;
    done_ = 0;
    // The lines before the place to go on are not rows any more, but one of them may be a header.
    if (goesOn()) readHeader();
    position_ = 0;
    return true;
  }

  // False with errno.
  bool openFile(const std::string& path) {
    file_ = ByteFile::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (file_.isOpen() && ::fstat(file_.descriptor(), &status) == 0 && S_ISREG(status.st_mode)) {
      mark_ = fileMark(status);
      size_ = static_cast<std::uint64_t>(status.st_size);
      return true;
    }
    const int error = file_.isOpen() ? EINVAL : errno;
    file_ = ByteFile();
    errno = error;
    return false;
  }

  // Whether the position is one of this file.
  [[nodiscard]] bool goesOn() const { return position_ >> kOffsetBits == mark_ >> kOffsetBits; }

  // Device and inode in 16 bits, which are not 0.
  static std::uint64_t fileMark(const struct stat& status) {
    std::uint64_t mark = status.st_ino * 0x9E3779B97F4A7C15ULL ^ status.st_dev;
    mark ^= mark >> 32U;
    mark ^= mark >> 16U;
    return ((mark & 0xFFFFU) | 1U) << kOffsetBits;
  }

  void say(const std::string& found) {
    const std::string problem =
        Failure(FailureKind::kInput, name_, "a readable file", found).what();
    if (std::exchange(said_, problem) != problem) log_.warn(problem + "; waiting for it");
    intake_.setConnected(false, problem);
  }

  // Goes to the position, with the first line that says something if it is a header.
  void readHeader() {
    offset_ = std::min(position_ & kOffsetMask, size_);
    done_ = offset_;
    const ssize_t n = ::pread(file_.descriptor(), block_.data(), block_.size(), 0);
    std::string_view line;
    LineSplitter lines;
    lines.feed({block_.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))});
    std::vector<Observation> rows;
    std::string why;
    while (rows.empty() && lines.next(line)) decoder_.decode(line, stream_, rows, why);
  }

  // False: it is to stop.
  bool readToEnd() {
    for (;;) {
      if (thread_.isStopping()) return false;
      const ssize_t n =
          ::pread(file_.descriptor(), block_.data(), block_.size(), static_cast<off_t>(offset_));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        say(errnoText(errno));
        return true;
      }
      if (n == 0) return true;
      offset_ += static_cast<std::uint64_t>(n);
      lines_.feed({block_.data(), static_cast<std::size_t>(n)});
      std::string_view line;
      while (lines_.next(line)) {
        done_ = offset_ - lines_.waiting();
        if (!take(line)) return false;
      }
      for (; too_long_ < lines_.tooLong(); ++too_long_) {
        intake_.malformed(fmt::format("expected lines of at most {} bytes, found more",
                                      RowDecoder::kMostMessageBytes));
      }
    }
  }

  bool take(std::string_view line) {
    return intake_.message(decoder_, line, stream_, mark_ | (done_ & kOffsetMask));
  }

  void takeLastLine() {
    std::string_view line;
    if (!lines_.last(line)) return;
    done_ = offset_;
    take(line);
  }

  // Whether the name is of another file now, or the file was cut.
  bool isReplaced() {
    struct stat now {};
    if (::stat(path_.c_str(), &now) != 0) return false;
    struct stat mine {};
    if (::fstat(file_.descriptor(), &mine) != 0) return true;
    return now.st_ino != mine.st_ino || now.st_dev != mine.st_dev ||
           static_cast<std::uint64_t>(mine.st_size) < offset_;
  }

  MonitorLog& log_;
  std::string name_;
  std::string path_;
  std::string stream_;
  DecodeSettings settings_;
  RowIntake intake_;
  RowDecoder decoder_;
  LineSplitter lines_;
  ByteFile file_;
  std::vector<char> block_;
  std::uint64_t position_ = 0;  // where to go on, for the first file
  std::uint64_t mark_ = 0;      // of the file, in the high bits
  std::uint64_t size_ = 0;      // when it was opened
  std::uint64_t offset_ = 0;    // bytes that were read
  std::uint64_t done_ = 0;      // up to the end of the present line
  std::uint64_t too_long_ = 0;
  bool was_open_ = false;
  std::string said_;
  SourceThread thread_;
};

}  // namespace

std::unique_ptr<Source> makeFollowSource(const Endpoint& endpoint, OptionReader& options,
                                         const std::string& file, const std::string& stream,
                                         MonitorLog& log) {
  DecodeSettings settings = decodeSettings(options);
  settings.lines = true;
  options.done();
  return std::make_unique<FollowSource>(endpoint, std::move(settings), file, stream, log);
}

}  // namespace hiss
