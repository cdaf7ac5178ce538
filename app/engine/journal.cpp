// SPDX-License-Identifier: Apache-2.0
#include "app/engine/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/engine/atomic_output.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kJournalName = ".hiss-journal";
constexpr int kMostJournals = 1000;

std::uint64_t fnv1a(std::uint64_t hash, std::span<const char> bytes) {
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  }
  return hash;
}

constexpr std::uint64_t kFnvBegin = 0xCBF29CE484222325ULL;

FileStamp stampOf(const struct stat& status) {
  return {status.st_size,
          static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000000000 + status.st_mtim.tv_nsec};
}

// File names are bytes, JSON texts are UTF-8: what is not ASCII, and '%', is written %XX.
std::string asAscii(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7E || c == '%') {
      text += fmt::format("%{:02X}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string absoluteText(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return asAscii((error ? path : absolute).lexically_normal().string());
}

bool isLockedElsewhere(int descriptor) {
  return ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace

std::optional<FileStamp> fileStamp(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return stampOf(status);
}

std::optional<FileStamp> fileStamp(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return std::nullopt;
  return stampOf(status);
}

std::string fingerprintOfText(const std::string& text) {
  return fmt::format("{:016x}", fnv1a(kFnvBegin, text));
}

std::string fingerprintOfFile(const fs::path& path) {
  ByteFile file = ByteFile::openForReading(path);
  std::array<char, 65536> block{};
  std::uint64_t hash = kFnvBegin;
  while (const std::size_t n = file.read(std::as_writable_bytes(std::span(block)))) {
    hash = fnv1a(hash, std::span(block).first(n));
  }
  return fmt::format("{:016x}", hash);
}

Journal::Journal(fs::path folder, std::string settings, const Shard& shard)
    : folder_(std::move(folder)), settings_(std::move(settings)), shard_(shard) {}

std::string Journal::outputKey(const BatchEntry& entry) const {
  return asAscii(entry.output.lexically_relative(folder_).lexically_normal().string());
}

void Journal::read() {
  is_read_ = true;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with(kJournalName)) readFile(at->path());
  }
}

void Journal::readFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  for (std::string text; std::getline(file, text);) {
    const json line = json::parse(text, nullptr, false);
    if (line.is_discarded()) continue;  // cut off
    try {
      lines_[line.at("output")].push_back({line.at("input"),
                                           line.at("settings"),
                                           {line.at("bytes"), line.at("mtime_ns")},
                                           {line.at("output_bytes"), line.at("output_mtime_ns")}});
    } catch (const json::exception&) {
      continue;  // none of ours
    }
  }
}

Journal::State Journal::state(const BatchEntry& entry) const {
  const std::string key = outputKey(entry);
  const std::optional<FileStamp> input = fileStamp(entry.input);
  const std::optional<FileStamp> output = fileStamp(entry.output);
  const std::string name = absoluteText(entry.input);
  const std::lock_guard lock(mutex_);
  const auto found = lines_.find(key);
  if (found == lines_.end()) return State::kUnknown;
  for (const Line& line : found->second) {
    if (line.input_stamp == input && line.output_stamp == output && line.settings == settings_ &&
        line.input == name) {
      return State::kDone;
    }
  }
  return State::kChanged;
}

void Journal::open() {
  std::error_code error;
  fs::create_directories(folder_, error);
  std::string name(kJournalName);
  if (shard_.count > 1) name += fmt::format("-{}-of-{}", shard_.index, shard_.count);
  for (int i = 1; i <= kMostJournals; ++i) {
    if (tryOpen(folder_ / (i == 1 ? name : fmt::format("{}.{}", name, i)))) return;
  }
  throw Failure(FailureKind::kOutput, folder_.string(), "a journal that no other run holds",
                fmt::format("{} that are held", kMostJournals));
}

bool Journal::tryOpen(const fs::path& path) {
  name_ = path.string();
  file_ = ByteFile::adopt(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
  if (!file_.isOpen()) {
    throw Failure(FailureKind::kOutput, name_, "a journal that can be written", errnoText(errno));
  }
  // (Where files cannot be locked, runs must not share a folder except as shards.)
  if (isLockedElsewhere(file_.descriptor())) return false;
  // What a dead run did not finish shall not swallow the next line.
  const std::int64_t size = file_.seek(0, SEEK_END);
  char last = '\n';
  if (size > 0) {
    file_.seek(size - 1, SEEK_SET);
    file_.read(std::as_writable_bytes(std::span(&last, 1)));
  }
  if (last != '\n') file_.write(std::as_bytes(std::span("\n", 1)));
  return true;
}

void Journal::add(std::span<const JournalLine> lines) {
  if (lines.empty()) return;
  const std::lock_guard lock(mutex_);
  if (!file_.isOpen()) open();
  // After a line that the disk had no room for begins another.
  std::string text(torn_ ? "\n" : "");
  for (const JournalLine& line : lines) {
    const std::string key = outputKey(*line.entry);
    const std::string input = absoluteText(line.entry->input);
    const json object = {{"output", key},
                         {"input", input},
                         {"bytes", line.input.bytes},
                         {"mtime_ns", line.input.mtime_ns},
                         {"settings", settings_},
                         {"output_bytes", line.output.bytes},
                         {"output_mtime_ns", line.output.mtime_ns}};
    text += object.dump() + "\n";
    if (is_read_) lines_[key] = {{input, settings_, line.input, line.output}};
  }
  const bool written = file_.write(std::as_bytes(std::span(text))) == text.size();
  torn_ = !written;
  if (!written || !file_.sync()) {
    throw Failure(FailureKind::kOutput, name_, "a journal that can be written",
                  errnoText(file_.lastError()));
  }
}

void removeStrayTemporaries(const std::vector<BatchEntry>& entries) {
  std::set<fs::path> folders;
  for (const BatchEntry& entry : entries) {
    if (!entry.failure) folders.insert(entry.output.parent_path());
  }
  for (const fs::path& folder : folders) {
    std::error_code error;
    const fs::path searched = folder.empty() ? "." : folder;
    for (fs::directory_iterator at(searched, error), end; !error && at != end;
         at.increment(error)) {
      if (!isTemporaryName(at->path().filename().string())) continue;
      const ByteFile file = ByteFile::adopt(
          ::open(at->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
      if (file.isOpen() && ::flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0) {
        ::unlink(at->path().c_str());
      }
    }
  }
}

}  // namespace hiss
