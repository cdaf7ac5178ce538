// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/table_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
constexpr const char* kReadable = "a readable file";

std::string nameOf(const std::filesystem::path& path) {
  return path == "-" ? "standard input" : path.string();
}

ByteFile openStream(const std::filesystem::path& path) {
  ByteFile file = ByteFile::adopt(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                              : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.isOpen()) throw Failure(FailureKind::kInput, nameOf(path), kReadable, errnoText(errno));
  struct stat status {};
  if (::fstat(file.descriptor(), &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Failure(FailureKind::kInput, nameOf(path), kReadable, "a directory");
  }
  return file;
}

}  // namespace

TableReader::TableReader(const std::filesystem::path& path, TableWish wish)
    : name_(nameOf(path)),
      file_(openStream(path)),
      block_(kBlockBytes),
      parser_(name_, std::move(wish)) {
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) == 0 && S_ISREG(status.st_mode)) {
    bytes_in_all_ = status.st_size;
  }
  while (!parser_.prepare()) readMore();
}

bool TableReader::hasSeconds() const {
  const TableFormat& format = *parser_.format();
  return format.time_column >= 0 && (format.time_is_date || format.time_unit != TimeUnit::kRows);
}

// Not ByteFile::read, which waits until its block is full.
void TableReader::readMore() {
  if (on_wait_) on_wait_();
  ssize_t n = 0;
  do {
    n = ::read(file_.descriptor(), block_.data(), block_.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) throw Failure(FailureKind::kInput, name_, kReadable, errnoText(errno));
  if (n == 0) {
    parser_.finish();
    return;
  }
  bytes_read_ += n;
  parser_.feed(std::string_view(block_.data(), static_cast<std::size_t>(n)));
}

bool TableReader::next(SensorRow& row) {
  for (;;) {
    if (parser_.next(row)) return true;
    if (parser_.isFinished()) return false;
    readMore();
  }
}

}  // namespace hiss
