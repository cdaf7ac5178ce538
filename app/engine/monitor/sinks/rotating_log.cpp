// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/rotating_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

#include "app/engine/atomic_output.h"
#include "app/engine/failure.h"
#include "app/engine/journal.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSendBytes = std::size_t{1} << 16;   // wait at most
constexpr std::size_t kBlockBytes = std::size_t{1} << 18;  // of a file that is read
constexpr std::size_t kCompactBytes = std::size_t{1} << 20;
constexpr std::uint64_t kFingerprintBytes = 4096;  // before a token's place
constexpr std::int64_t kRetryNs = 1'000'000'000;
constexpr const char* kWritable = "a file that can be written";

std::int64_t steadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// Up to `count` bytes at `offset`; fewer at the end or if they cannot be read.
std::string readAt(int file, std::uint64_t offset, std::uint64_t count) {
  std::string bytes(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n =
        ::pread(file, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

std::string fingerprintBefore(int file, std::uint64_t offset) {
  const std::uint64_t count = std::min(offset, kFingerprintBytes);
  return fingerprintOfText(readAt(file, offset - count, count));
}

std::optional<std::uint64_t> inodeOf(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status.st_ino;
}

}  // namespace

RotatingLog::RotatingLog(RotatingLogSettings settings, MonitorLog& log)
    : settings_(std::move(settings)), log_(log) {
  status_.uri = settings_.name;
}

fs::path RotatingLog::fileName(int number) const {
  if (number == 0) return settings_.path;
  fs::path path = settings_.path;
  path += fmt::format(".{}", number);
  return path;
}

void RotatingLog::open(const std::string& token, const KeyOf& key_of) {
  struct stat status {};
  is_stream_ = settings_.path == "-" ||
               (::stat(settings_.path.c_str(), &status) == 0 && !S_ISREG(status.st_mode));
  if (is_stream_) {
    openStream();
  } else {
    std::error_code ignored;  // what cannot be made is said when the file cannot
    if (settings_.path.has_parent_path()) {
      fs::create_directories(settings_.path.parent_path(), ignored);
    }
    if (const int error = openFile(0); error != 0) {
      throw Failure(FailureKind::kOutput, settings_.name,
                    error == EWOULDBLOCK ? "a file that nobody else writes" : kWritable,
                    error == EWOULDBLOCK ? "one that another run or sink holds" : errnoText(error));
    }
    cutTornLine();
    const std::string from = token.empty() ? takeStart() : token;
    if (!token.empty()) forgetStart();
    if (!from.empty()) readTail(from, key_of);
  }
  planned_ = size_;
  publish();
}

std::string RotatingLog::takeStart() {
  if (settings_.start_note.empty()) return {};
  std::ifstream note(settings_.start_note);
  if (std::string token; std::getline(note, token)) return token;
  // Renamed into place, for half a note would be worse than none.
  fs::path unfinished = settings_.start_note;
  unfinished += ".new";
  std::ofstream(unfinished) << tokenAt(end()) << '\n';
  std::error_code error;
  fs::rename(unfinished, settings_.start_note, error);
  if (error) {
    log_.warn(fmt::format("{}: {}: expected a note that can be written, found {}", settings_.name,
                          settings_.start_note.string(), errnoText(error.value())));
  }
  return {};
}

void RotatingLog::forgetStart() noexcept {
  std::error_code ignored;
  if (!settings_.start_note.empty()) fs::remove(settings_.start_note, ignored);
}

void RotatingLog::openStream() {
  file_ = ByteFile::adopt(settings_.path == "-"
                              ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                              : ::open(settings_.path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (!file_.isOpen()) {
    throw Failure(FailureKind::kOutput, settings_.name, kWritable, errnoText(errno));
  }
  parts_ = {{}};
}

int RotatingLog::openFile(std::uint64_t begin) {
  ByteFile file = ByteFile::adopt(
      ::open(settings_.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file.isOpen()) return errno;
  // Two writers would tear each other's lines.
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) return errno;
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) return errno;
  file_ = std::move(file);
  size_ = static_cast<std::uint64_t>(status.st_size);
  parts_.push_back({status.st_ino, begin});
  const auto most = static_cast<std::size_t>(settings_.keep) + 1;
  if (parts_.size() > most) parts_.erase(parts_.begin());
  renamed_ = true;  // the name may be new
  return 0;
}

// What a dead run left of its last line.
void RotatingLog::cutTornLine() {
  std::uint64_t end = size_;
  while (end > 0) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end, kBlockBytes);
    const std::string block = readAt(file_.descriptor(), begin, end - begin);
    if (const auto at = block.rfind('\n'); at != std::string::npos) {
      end = begin + at + 1;
      break;
    }
    end = begin;
  }
  if (end == size_) return;
  if (::ftruncate(file_.descriptor(), static_cast<off_t>(end)) != 0) {
    throw Failure(FailureKind::kOutput, settings_.name, kWritable, errnoText(errno));
  }
  size_ = end;
}

void RotatingLog::readTail(const std::string& token, const KeyOf& key_of) {
  std::istringstream in(token);
  int version = 0;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
  std::string fingerprint;
  if (!(in >> version >> inode >> offset >> fingerprint) || version != 1) {
    log_.warn(settings_.name + ": the state says nothing usable of this file; it is appended to");
    return;
  }
  // The file may have been renamed since, or have been copied to another disk with the state.
  // If it is not there any more, all that is there was written later.
  int found = -1;
  for (int number = 0; number <= settings_.keep; ++number) {
    const ByteFile file = ByteFile::adopt(::open(fileName(number).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.isOpen() || fingerprintBefore(file.descriptor(), offset) != fingerprint) continue;
    const bool same = inodeOf(fileName(number)) == inode;
    if (same || (offset > 0 && found < 0)) found = number;
    if (same) break;
  }
  const int oldest = found >= 0 ? found : settings_.keep;
  std::vector<Part> parts;
  std::uint64_t begin = 0;
  for (int number = oldest; number >= 0; --number) {
    const std::optional<std::uint64_t> id = inodeOf(fileName(number));
    if (!id) continue;  // a rotation was cut short
    parts.push_back({*id, begin});
    expectLines(number, number == found ? offset : 0, begin, key_of);
    std::error_code ignored;
    begin += fs::file_size(fileName(number), ignored);
  }
  if (!parts.empty()) parts_ = std::move(parts);
}

void RotatingLog::expectLines(int number, std::uint64_t offset, std::uint64_t begin,
                              const KeyOf& key_of) {
  const ByteFile file = ByteFile::adopt(::open(fileName(number).c_str(), O_RDONLY | O_CLOEXEC));
  std::string rest;
  for (;;) {
    const std::string block = readAt(file.descriptor(), offset + rest.size(), kBlockBytes);
    if (block.empty()) return;
    rest += block;
    std::size_t at = 0;
    for (std::size_t line_end = 0; (line_end = rest.find('\n', at)) != std::string::npos;
         at = line_end + 1) {
      const auto key = key_of(std::string_view(rest).substr(at, line_end - at));
      if (!key || repeats_.expect(*key, begin + offset + at)) continue;
      log_.warn(settings_.name +
                ": more was written since the last state than is remembered; "
                "some of it will come twice, with the same ids");
      return;
    }
    offset += at;
    rest.erase(0, at);
  }
}

void RotatingLog::append(std::string_view record, std::string_view key) {
  if (!repeats_.isEmpty() && repeats_.isRepeat(key)) return;
  const std::size_t bytes = record.size() + 1;
  if (waiting_.size() - sent_ + bytes > settings_.buffer_bytes) {
    ++dropped_;
    return;
  }
  if (!is_stream_ && planned_ > 0 && planned_ + bytes > settings_.max_bytes) {
    turns_.push_back(waiting_.size());
    planned_ = 0;
  }
  if (planned_ == 0 && !settings_.header.empty()) {
    waiting_.append(settings_.header).push_back('\n');
    planned_ += settings_.header.size() + 1;
  }
  waiting_.append(record).push_back('\n');
  planned_ += bytes;
  ++waiting_records_;
  if (waiting_.size() - sent_ >= kSendBytes) write(false);
}

void RotatingLog::flush() {
  write(false);
  publish();
}

void RotatingLog::write(bool even_if_failed) {
  if (retry_ns_ != 0 && !even_if_failed && steadyNs() < retry_ns_) return;
  while (sent_ < waiting_.size()) {
    if (!turns_.empty() && turns_.front() == sent_) {
      if (!rotate()) return;
      turns_.pop_front();
    }
    const std::size_t end = turns_.empty() ? waiting_.size() : turns_.front();
    const ssize_t n = file_.isOpen()
                          ? ::write(file_.descriptor(), waiting_.data() + sent_, end - sent_)
                          : (errno = EBADF, -1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(errno);
    sent_ += static_cast<std::size_t>(n);
    size_ += static_cast<std::uint64_t>(n);
    if (sent_ < kCompactBytes || sent_ == waiting_.size()) continue;
    const std::size_t line = waiting_.rfind('\n', sent_ - 1);  // the beginning of a torn one stays
    if (line == std::string::npos) continue;
    waiting_.erase(0, line + 1);
    sent_ -= line + 1;
    for (std::size_t& turn : turns_) turn -= line + 1;
  }
  waiting_.clear();
  sent_ = 0;
  written_ += std::exchange(waiting_records_, 0);
  if (retry_ns_ == 0) return;
  retry_ns_ = 0;
  problem_.clear();
  log_.sample(LogLevel::kInfo, settings_.name + " again",
              fmt::format("{}: written again, nothing that waited is lost", settings_.name));
}

void RotatingLog::fail(int error_number) {
  retry_ns_ = steadyNs() + kRetryNs;
  problem_ = errnoText(error_number);
  log_.sample(LogLevel::kError, settings_.name,
              fmt::format("{}: expected {}, found {}; {} records wait, {} are lost", settings_.name,
                          kWritable, problem_, waiting_records_, dropped_));
}

bool RotatingLog::rotate() {
  // If the file is closed already, only its successor is missing.
  if (file_.isOpen()) {
    file_.sync();
    // A chain of renamings that was cut short goes on where it was: at the first free name.
    int last = 1;
    while (last < settings_.keep && ::access(fileName(last).c_str(), F_OK) == 0) ++last;
    int error = 0;
    if (settings_.keep == 0 && ::unlink(fileName(0).c_str()) != 0) error = errno;
    for (int number = std::min(last, settings_.keep) - 1; number >= 0 && error == 0; --number) {
      const bool renamed = ::rename(fileName(number).c_str(), fileName(number + 1).c_str()) == 0;
      if (!renamed && errno != ENOENT) error = errno;
    }
    if (error != 0) {
      fail(error);
      return false;
    }
    file_.close();
  }
  if (const int error = openFile(parts_.back().begin + size_); error != 0) {
    fail(error);
    return false;
  }
  return true;
}

std::string RotatingLog::checkpoint() {
  write(true);
  if (is_stream_) {
    publish();
    return {};
  }
  const bool all_written = waiting_.empty();
  if (all_written && ::fdatasync(file_.descriptor()) != 0) fail(errno);
  if (!problem_.empty()) {
    publish();
    throw Failure(FailureKind::kOutput, settings_.name, kWritable, problem_);
  }
  if (std::exchange(renamed_, false)) {
    const fs::path folder = settings_.path.parent_path();
    syncFolder(folder.empty() ? "." : folder);
  }
  reopenIfMoved();
  repeats_.countCheckpoint();
  // The state of the first one may not have been saved.
  if (checkpoints_ < 2 && ++checkpoints_ == 2) forgetStart();
  publish();
  return tokenAt(repeats_.earliest().value_or(end()));
}

std::string RotatingLog::tokenAt(std::uint64_t position) const {
  auto part = std::find_if(parts_.rbegin(), parts_.rend(),
                           [&](const Part& candidate) { return candidate.begin <= position; });
  std::uint64_t offset = 0;
  if (part == parts_.rend()) {
    part = std::prev(parts_.rend());  // its file was removed by now: all that is left came later
  } else {
    offset = position - part->begin;
  }
  for (int number = 0; number <= settings_.keep; ++number) {
    if (inodeOf(fileName(number)) != part->inode) continue;
    const ByteFile file = ByteFile::adopt(::open(fileName(number).c_str(), O_RDONLY | O_CLOEXEC));
    return fmt::format("1 {} {} {}", part->inode, offset,
                       fingerprintBefore(file.descriptor(), offset));
  }
  // Somebody removed it: what will be there at a restart is not known, so nothing is left out.
  return {};
}

// A file that somebody else renamed or removed (logrotate, rm) is let go.
void RotatingLog::reopenIfMoved() {
  if (!waiting_.empty() || inodeOf(settings_.path) == parts_.back().inode) return;
  const std::uint64_t begin = end();
  if (const int error = openFile(begin); error != 0) return fail(error);
  planned_ = size_;
  repeats_.clear();
}

void RotatingLog::close() noexcept {
  try {
    write(true);
    if (!is_stream_ && file_.isOpen()) ::fdatasync(file_.descriptor());
    if (waiting_records_ > 0) {
      log_.error(fmt::format("{}: {} records could not be written and are lost", settings_.name,
                             waiting_records_));
    }
    publish();
  } catch (const std::exception& error) {
    log_.error(settings_.name + ": " + error.what());
  }
  file_.close();
}

void RotatingLog::publish() {
  const std::lock_guard lock(mutex_);
  status_.connected = problem_.empty();
  status_.written = written_;
  status_.queued = waiting_records_;
  status_.dropped = dropped_;
  status_.problem = problem_;
}

SinkStatus RotatingLog::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace hiss
