// SPDX-License-Identifier: Apache-2.0
#include "app/engine/atomic_output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

// Temporary files that a signal handler must remove. A slot is taken by its path being written
// while it is `kClaimed`; the file is created while it is `kCreating` and exists while `kArmed`.
enum SlotState : int { kFree, kClaimed, kCreating, kArmed };

struct Slot {
  std::atomic<int> state{kFree};
  std::atomic<int> thread{0};  // that creates the file
  std::array<char, 4096> path{};
};

std::array<Slot, 2 * kMaxOpenOutputs> slots;
// Set by the handler for good: no further file is created.
std::atomic<bool> dying{false};

static_assert(std::atomic<int>::is_always_lock_free, "a signal handler reads them");

int takeSlot(const fs::path& path) noexcept {
  const std::string& text = path.native();
  if (text.size() >= slots[0].path.size()) return -1;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    int expected = kFree;
    if (slots[i].state.compare_exchange_strong(expected, kClaimed)) {
      std::memcpy(slots[i].path.data(), text.c_str(), text.size() + 1);
      slots[i].thread.store(::gettid());
      slots[i].state.store(kCreating);
      return static_cast<int>(i);
    }
  }
  return -1;
}

void setSlot(int slot, SlotState state) noexcept {
  if (slot >= 0) slots[static_cast<std::size_t>(slot)].state.store(state);
}

void freeSlot(int slot) noexcept { setSlot(slot, kFree); }

// What a thread does that wants a file when the program is about to die: nothing more.
void waitForDeath(int slot) noexcept {
  freeSlot(slot);
  for (;;) ::pause();
}

constexpr std::string_view kTemporaryBegin = ".hiss-";
constexpr std::string_view kTemporaryEnd = ".tmp";

// Creates ".hiss-PID-N.tmp" in `folder`; the name never looks like a sound file. Armed first, so
// that no signal falls between.
ByteFile createTemporary(const fs::path& folder, fs::path& path, int& slot) {
  static std::atomic<unsigned> counter{0};
  for (;;) {
    path = folder / (std::string(kTemporaryBegin) + std::to_string(::getpid()) + "-" +
                     std::to_string(counter++) + std::string(kTemporaryEnd));
    slot = takeSlot(path);
    if (dying.load()) waitForDeath(slot);
    ByteFile file = ByteFile::createNew(path);
    if (file.isOpen()) {
      setSlot(slot, kArmed);
      // Who clears up after dead runs removes only what is not locked, but may have been faster.
      struct stat status {};
      ::flock(file.descriptor(), LOCK_EX);
      if (::fstat(file.descriptor(), &status) != 0 || status.st_nlink > 0) return file;
      freeSlot(std::exchange(slot, -1));
      continue;
    }
    freeSlot(std::exchange(slot, -1));
    if (file.lastError() != EEXIST) return file;
  }
}

int renameWithoutReplacing(const fs::path& from, const fs::path& to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  ::unlink(from.c_str());
  return 0;
}

}  // namespace

bool isTemporaryName(const std::string& name) {
  return name.size() > kTemporaryBegin.size() + kTemporaryEnd.size() &&
         name.starts_with(kTemporaryBegin) && name.ends_with(kTemporaryEnd);
}

void syncFolder(const fs::path& folder) {
  ByteFile directory = ByteFile::adopt(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.isOpen()) directory.sync();
}

void refuseNewOutputs() noexcept { dying.store(true); }

void removeUnfinishedOutputs() noexcept {
  const int own = ::gettid();
  for (Slot& slot : slots) {
    // Another thread may be about to create its file; it sees `dying` or is done soon. (This
    // thread cannot go on before the handler returns.)
    constexpr timespec kMoment{0, 1000000};
    for (int i = 0; i < 2000; ++i) {
      const int state = slot.state.load();
      if (state == kFree || state == kArmed || slot.thread.load() == own) break;
      ::nanosleep(&kMoment, nullptr);
    }
    const int state = slot.state.load();
    if (state == kArmed || state == kCreating) ::unlink(slot.path.data());
  }
}

AtomicOutput::AtomicOutput(const fs::path& target, Existing existing)
    : name_(target.string()), target_(target), existing_(existing) {
  struct stat status {};
  if (::stat(target.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      throw Failure(FailureKind::kOutput, name_, "a file name for the output", "a directory");
    }
    if (!S_ISREG(status.st_mode)) {
      stream_ = ByteFile::adopt(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
      if (!stream_.isOpen()) fail(errno);
      file_ = ByteFile::createUnlinked();
      return;
    }
    if (existing == Existing::kRefuse) {
      throw Failure(FailureKind::kOutput, name_, "no file there yet", "one that exists");
    }
    std::error_code error;
    const fs::path resolved = fs::canonical(target, error);
    if (!error) target_ = resolved;
  }
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  std::error_code error;
  fs::create_directories(folder, error);
  std::error_code ignored;
  if (error && !fs::is_directory(folder, ignored)) fail(error.value());
  fs::path temporary;
  file_ = createTemporary(folder, temporary, signal_slot_);
  if (!file_.isOpen()) fail(file_.lastError());
  temporary_ = temporary;
  lock_ = ByteFile::adopt(::fcntl(file_.descriptor(), F_DUPFD_CLOEXEC, 3));
  if (S_ISREG(status.st_mode)) ::fchmod(file_.descriptor(), status.st_mode & 07777);
}

AtomicOutput AtomicOutput::toStandardOutput() {
  AtomicOutput output;
  output.name_ = "standard output";
  output.stream_ = ByteFile::adopt(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!output.stream_.isOpen()) output.fail(errno);
  output.file_ = ByteFile::createUnlinked();
  return output;
}

AtomicOutput::AtomicOutput(AtomicOutput&& other) noexcept
    : file_(std::move(other.file_)),
      lock_(std::move(other.lock_)),
      stream_(std::move(other.stream_)),
      name_(std::move(other.name_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      existing_(other.existing_),
      sealed_(other.sealed_),
      signal_slot_(std::exchange(other.signal_slot_, -1)) {}

AtomicOutput::~AtomicOutput() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  freeSlot(signal_slot_);
}

void AtomicOutput::seal() {
  if (sealed_) return;
  if (!file_.sync()) fail(file_.lastError());
  sealed_ = true;
}

void AtomicOutput::commit() {
  if (stream_.isOpen()) {
    commitToStream();
  } else {
    commitToFile();
  }
}

void AtomicOutput::commitToStream() {
  bool failed_writing = false;
  file_.seek(0, SEEK_SET);
  const int error = copyBytes(file_, stream_, failed_writing);
  if (error != 0) fail(error);
  if (!stream_.close()) fail(stream_.lastError());
}

void AtomicOutput::commitToFile() {
  seal();
  syncFolder(giveName());
}

fs::path AtomicOutput::giveName() {
  if (!file_.close()) fail(file_.lastError());
  int error = 0;
  if (existing_ == Existing::kRefuse) {
    error = renameWithoutReplacing(temporary_, target_);
  } else if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    error = errno;
  }
  if (error == EEXIST) {
    throw Failure(FailureKind::kOutput, name_, "no file there yet", "one that exists");
  }
  if (error != 0) fail(error);
  temporary_.clear();
  freeSlot(std::exchange(signal_slot_, -1));
  lock_.close();
  return target_.has_parent_path() ? target_.parent_path() : fs::path(".");
}

void AtomicOutput::fail(int error_number) const {
  throw Failure(FailureKind::kOutput, name_, "an output that can be written",
                errnoText(error_number));
}

}  // namespace hiss
