// SPDX-License-Identifier: Apache-2.0
#include "app/engine/byte_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 18;
constexpr const char* kReadable = "a readable file";

std::filesystem::path temporaryDirectory() {
  const char* configured = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  return configured != nullptr && *configured != '\0' ? configured : "/tmp";
}

bool isRegular(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

// A seekable file with the content of `source`.
ByteFile spool(ByteFile source, const std::string& name) {
  ByteFile copy = ByteFile::createUnlinked();
  bool failed_writing = false;
  const int error = copyBytes(source, copy, failed_writing);
  if (error != 0 && failed_writing) {
    throw Failure(FailureKind::kOutput, temporaryDirectory().string(),
                  "room for a temporary copy of " + name, errnoText(error));
  }
  if (error != 0) throw Failure(FailureKind::kInput, name, kReadable, errnoText(error));
  copy.seek(0, SEEK_SET);
  return copy;
}

}  // namespace

ByteFile::ByteFile(ByteFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), last_error_(other.last_error_) {}

ByteFile& ByteFile::operator=(ByteFile&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    last_error_ = other.last_error_;
  }
  return *this;
}

ByteFile::~ByteFile() { close(); }

ByteFile ByteFile::adopt(int descriptor) {
  ByteFile file;
  file.descriptor_ = descriptor;
  return file;
}

ByteFile ByteFile::openForReading(const std::filesystem::path& path) {
  ByteFile file = adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.isOpen()) {
    throw Failure(FailureKind::kInput, path.string(), kReadable, errnoText(errno));
  }
  struct stat status {};
  if (::fstat(file.descriptor_, &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Failure(FailureKind::kInput, path.string(), kReadable, "a directory");
  }
  if (S_ISREG(status.st_mode)) return file;
  return spool(std::move(file), path.string());
}

ByteFile ByteFile::openStandardInput() {
  ByteFile file = adopt(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!file.isOpen()) {
    throw Failure(FailureKind::kInput, "standard input", "an open stream", errnoText(errno));
  }
  // A redirected file is read in place only from its start: containers count offsets from there.
  if (isRegular(file.descriptor_) && file.position() == 0) return file;
  return spool(std::move(file), "standard input");
}

ByteFile ByteFile::createNew(const std::filesystem::path& path) {
  ByteFile file = adopt(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.isOpen()) file.last_error_ = errno;
  return file;
}

ByteFile ByteFile::createUnlinked() {
#ifdef O_TMPFILE
  const int nameless = ::open(temporaryDirectory().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (nameless >= 0) return adopt(nameless);
#endif
  // Not every file system can make a file without a name at once.
  std::string name = (temporaryDirectory() / "hiss-XXXXXX").string();
  ByteFile file = adopt(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.isOpen()) {
    throw Failure(FailureKind::kOutput, temporaryDirectory().string(),
                  "a directory for temporary files (TMPDIR)", errnoText(errno));
  }
  ::unlink(name.c_str());
  return file;
}

std::size_t ByteFile::read(std::span<std::byte> destination) noexcept {
  std::size_t done = 0;
  while (done < destination.size()) {
    const ssize_t n = ::read(descriptor_, destination.data() + done, destination.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n == 0) {
      break;
    } else if (errno != EINTR) {
      if (last_error_ == 0) last_error_ = errno;
      break;
    }
  }
  return done;
}

std::size_t ByteFile::write(std::span<const std::byte> source) noexcept {
  std::size_t done = 0;
  while (done < source.size()) {
    const ssize_t n = ::write(descriptor_, source.data() + done, source.size() - done);
    if (n >= 0) {
      done += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      if (last_error_ == 0) last_error_ = errno;
      break;
    }
  }
  return done;
}

std::int64_t ByteFile::seek(std::int64_t offset, int whence) noexcept {
  return ::lseek(descriptor_, offset, whence);
}

std::int64_t ByteFile::position() noexcept { return ::lseek(descriptor_, 0, SEEK_CUR); }

std::int64_t ByteFile::size() noexcept {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? status.st_size : -1;
}

void ByteFile::startWriting() noexcept {
  ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
}

bool ByteFile::sync() noexcept {
  // A pipe or device has nothing to force out: EINVAL and ENOTSUP are not failures.
  if (::fsync(descriptor_) == 0 || errno == EINVAL || errno == ENOTSUP) return true;
  if (last_error_ == 0) last_error_ = errno;
  return false;
}

bool ByteFile::close() noexcept {
  if (descriptor_ < 0) return true;
  const int result = ::close(std::exchange(descriptor_, -1));
  if (result == 0 || errno == EINTR) return true;
  if (last_error_ == 0) last_error_ = errno;
  return false;
}

int copyBytes(ByteFile& from, ByteFile& to, bool& failed_writing) {
  std::vector<std::byte> buffer(kCopyBytes);
  failed_writing = false;
  for (;;) {
    const std::size_t n = from.read(buffer);
    if (to.write({buffer.data(), n}) < n) {
      failed_writing = true;
      return to.lastError();
    }
    if (n < buffer.size()) return from.lastError();
  }
}

}  // namespace hiss
