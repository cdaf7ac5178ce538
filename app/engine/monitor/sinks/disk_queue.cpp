// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/disk_queue.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/failure.h"
#include "app/engine/journal.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "segment-";
constexpr std::size_t kSumBytes = 16;
constexpr std::uint64_t kOffsetBits = 40;
constexpr std::size_t kSentBytes = 21;  // twenty digits and a line end

std::uint64_t positionOf(std::uint64_t segment, std::uint64_t offset) {
  return segment << kOffsetBits | offset;
}
std::uint64_t segmentOf(std::uint64_t position) { return position >> kOffsetBits; }
std::uint64_t offsetOf(std::uint64_t position) {
  return position & ((std::uint64_t{1} << kOffsetBits) - 1);
}

std::optional<std::uint64_t> numberIn(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The record of a line without its end, if its checksum is right.
std::optional<std::string_view> recordOf(std::string_view line) {
  if (line.size() <= kSumBytes || line[kSumBytes] != ' ') return std::nullopt;
  const std::string_view record = line.substr(kSumBytes + 1);
  if (fingerprintOfText(std::string(record)) != line.substr(0, kSumBytes)) return std::nullopt;
  return record;
}

// Numbers of the segments there are, rising.
std::vector<std::uint64_t> segmentsIn(const fs::path& folder) {
  std::vector<std::uint64_t> numbers;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kPrefix, 0) != 0) continue;
    if (const auto number = numberIn(std::string_view(name).substr(kPrefix.size()))) {
      numbers.push_back(*number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// errno, or 0.
int writeAll(int file, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return 0;
}

}  // namespace

DiskQueue::DiskQueue(DiskQueueSettings settings) : settings_(std::move(settings)) {}

fs::path DiskQueue::segmentName(std::uint64_t number) const {
  return settings_.folder / fmt::format("{}{:08}", kPrefix, number);
}

void DiskQueue::open(const std::string& token, const KeyOf& key_of) {
  if (settings_.folder.empty()) return;
  const std::lock_guard guard(mutex_);
  std::error_code error;
  fs::create_directories(settings_.folder, error);
  if (!error) {
    // What it holds may be for few eyes, and stays on the disk for long.
    fs::permissions(settings_.folder, fs::perms::owner_all, error);
  }
  if (error) {
    throw Failure(FailureKind::kOutput, settings_.folder.string(), "a folder for a queue",
                  errnoText(error.value()));
  }
  lock_ = FileLock::tryTake(settings_.folder / "lock");
  if (!lock_) {
    throw Failure(FailureKind::kOutput, settings_.folder.string(), "a queue that nobody else uses",
                  "one that another run or sink holds");
  }
  sent_file_ = ByteFile::adopt(
      ::open((settings_.folder / "sent").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  sent_ = readSent();
  // No state: a new start, or a run that died before its first one, all of whose alerts come again.
  const std::uint64_t state = numberIn(token).value_or(0);
  const std::vector<std::uint64_t> segments = segmentsIn(settings_.folder);
  for (const std::uint64_t number : segments) {
    readSegment(number, sent_, state, key_of);
  }
  oldest_segment_ = segments.empty() ? 1 : segments.front();
  // A segment of its own for each run: what a dead one left at the end of its last stays apart.
  std::uint64_t next = segments.empty() ? 1 : segments.back() + 1;
  if (next > 1 && fs::file_size(segmentName(next - 1), error) == 0 && !error) --next;
  known_ = durable_ = state;
  if (!openSegment(next)) {
    throw Failure(FailureKind::kOutput, settings_.folder.string(), "a folder that can be written",
                  problem_);
  }
  sent_ = entries_.empty() ? end() : entries_.front().position;
  writeSent();
  removeOld();
}

void DiskQueue::readSegment(std::uint64_t number, std::uint64_t sent, std::uint64_t known,
                            const KeyOf& key_of) {
  std::ifstream file(segmentName(number), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t line_end = std::min(bytes.find('\n', at), bytes.size());
    const std::uint64_t position = positionOf(number, at);
    const auto record = recordOf(std::string_view(bytes).substr(at, line_end - at));
    const bool is_torn = line_end == bytes.size();
    at = line_end + 1;
    if (!record || is_torn) {
      if (position >= sent && !is_torn) ++damaged_;
      continue;
    }
    if (position >= known) {
      if (const auto key = key_of(*record)) repeats_.expect(*key, position);
    }
    if (position < sent) continue;
    bytes_ += record->size();
    entries_.push_back({position, static_cast<std::uint32_t>(record->size()), true, {}});
  }
}

std::uint64_t DiskQueue::readSent() {
  std::string text(kSentBytes - 1, '\0');
  const ssize_t n = ::pread(sent_file_.descriptor(), text.data(), text.size(), 0);
  if (n != static_cast<ssize_t>(text.size())) return 0;
  return numberIn(text).value_or(0);
}

void DiskQueue::writeSent() {
  // Not forced to the disk: after a failure of power something may be sent twice.
  if (!sent_file_.isOpen()) return;
  static_cast<void>(writeAll(sent_file_.descriptor(), fmt::format("{:020}\n", sent_), 0));
}

bool DiskQueue::openSegment(std::uint64_t number) {
  ByteFile file = ByteFile::adopt(
      ::open(segmentName(number).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.isOpen()) {
    problem_ = errnoText(errno);
    return false;
  }
  if (segment_.isOpen()) ::fdatasync(segment_.descriptor());
  segment_ = std::move(file);
  segment_number_ = number;
  segment_size_ = 0;
  torn_ = false;
  syncFolder(settings_.folder);
  return true;
}

bool DiskQueue::push(std::string_view record, std::string_view key) {
  const std::lock_guard guard(mutex_);
  if (!key.empty() && repeats_.isRepeat(key)) return true;
  if (bytes_ + record.size() > settings_.most_bytes) return false;
  bytes_ += record.size();
  entries_.push_back({0, static_cast<std::uint32_t>(record.size()), false, std::string(record)});
  ++in_memory_;
  writeWaiting();
  return true;
}

void DiskQueue::writeWaiting() {
  if (settings_.folder.empty()) return;
  while (in_memory_ > 0) {
    if (!writeEntry(entries_[entries_.size() - in_memory_])) return;
    --in_memory_;
  }
  problem_.clear();
}

bool DiskQueue::writeEntry(Entry& entry) {
  if (torn_ && ::ftruncate(segment_.descriptor(), static_cast<off_t>(segment_size_)) != 0) {
    problem_ = errnoText(errno);
    return false;
  }
  torn_ = false;
  if (segment_size_ >= settings_.segment_bytes && !openSegment(segment_number_ + 1)) return false;
  const std::string line = fingerprintOfText(entry.record) + ' ' + entry.record + '\n';
  if (const int error = writeAll(segment_.descriptor(), line, segment_size_); error != 0) {
    torn_ = true;
    problem_ = errnoText(error);
    return false;
  }
  entry.position = positionOf(segment_number_, segment_size_);
  entry.on_disk = true;
  entry.record = {};
  segment_size_ += line.size();
  dirty_ = true;
  return true;
}

void DiskQueue::sync() {
  const std::lock_guard guard(mutex_);
  writeWaiting();
  if (dirty_ && ::fdatasync(segment_.descriptor()) == 0) {
    dirty_ = false;
  } else if (dirty_) {
    problem_ = errnoText(errno);
  }
}

std::uint64_t DiskQueue::end() const { return positionOf(segment_number_, segment_size_); }

std::string DiskQueue::checkpoint() {
  sync();
  if (settings_.folder.empty()) return {};
  const std::lock_guard guard(mutex_);
  if (!problem_.empty()) {
    throw Failure(FailureKind::kOutput, settings_.folder.string(), "a queue that can be written",
                  problem_);
  }
  repeats_.countCheckpoint();
  durable_ = known_;
  known_ = repeats_.earliest().value_or(end());
  removeOld();
  return fmt::format("{}", known_);
}

// Segments that were sent and that no state looks back on; or that are just too many.
void DiskQueue::removeOld() {
  const std::uint64_t sent_segment = std::min(segmentOf(sent_), segment_number_);
  const std::uint64_t needed = std::min(sent_segment, segmentOf(durable_));
  const std::uint64_t most = 2 * settings_.most_bytes / settings_.segment_bytes + 2;
  const std::uint64_t too_old = segment_number_ > most ? segment_number_ - most : 0;
  const std::uint64_t keep_from = std::max(needed, std::min(sent_segment, too_old));
  for (; oldest_segment_ < keep_from; ++oldest_segment_) {
    std::error_code ignored;
    fs::remove(segmentName(oldest_segment_), ignored);
  }
}

std::optional<std::string> DiskQueue::front() {
  const std::lock_guard guard(mutex_);
  while (!entries_.empty()) {
    const Entry& entry = entries_.front();
    if (!entry.on_disk) return entry.record;
    std::string line(kSumBytes + 1 + entry.bytes, '\0');
    const ByteFile file = ByteFile::adopt(
        ::open(segmentName(segmentOf(entry.position)).c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t n = ::pread(file.descriptor(), line.data(), line.size(),
                              static_cast<off_t>(offsetOf(entry.position)));
    const auto record = recordOf(line);
    if (n == static_cast<ssize_t>(line.size()) && record) return std::string(*record);
    ++damaged_;  // the disk lost it, or somebody removed the file
    bytes_ -= entry.bytes;
    entries_.pop_front();
  }
  return std::nullopt;
}

void DiskQueue::pop() {
  const std::lock_guard guard(mutex_);
  if (entries_.empty()) return;
  bytes_ -= entries_.front().bytes;
  if (!entries_.front().on_disk) --in_memory_;
  entries_.pop_front();
  if (settings_.folder.empty()) return;
  const bool has_next = !entries_.empty() && entries_.front().on_disk;
  sent_ = has_next ? entries_.front().position : end();
  writeSent();
  removeOld();
}

std::size_t DiskQueue::size() const {
  const std::lock_guard guard(mutex_);
  return entries_.size();
}

std::string DiskQueue::problem() const {
  const std::lock_guard guard(mutex_);
  return problem_;
}

std::uint64_t DiskQueue::damaged() const {
  const std::lock_guard guard(mutex_);
  return damaged_;
}

}  // namespace hiss
