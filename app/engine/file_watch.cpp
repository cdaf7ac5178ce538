// SPDX-License-Identifier: Apache-2.0
#include "app/engine/file_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr int kPollMs = 50;
constexpr unsigned kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// A read lease is refused while anybody has the file open for writing; where there are no leases
// (network file systems, files of others) the size alone must do.
bool isBeingWritten(const fs::path& path) {
  const ByteFile file = ByteFile::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.isOpen()) return false;
  if (::fcntl(file.descriptor(), F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN;
  ::fcntl(file.descriptor(), F_SETLEASE, F_UNLCK);
  return false;
}

}  // namespace

FileWatch::FileWatch(fs::path root, bool recursive)
    : root_(std::move(root)),
      recursive_(recursive),
      inotify_(ByteFile::adopt(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))) {
  addFolder(root_);
  if (folders_.empty()) {
    throw Failure(FailureKind::kInput, root_.string(), "a folder that can be watched",
                  errnoText(errno));
  }
}

// Watched first, then searched, so that nothing is lost between.
void FileWatch::addFolder(const fs::path& folder) {
  const int watch = ::inotify_add_watch(inotify_.descriptor(), folder.c_str(), kEvents);
  if (watch < 0) {
    if (errno == ENOENT || errno == ENOTDIR || folder == root_) return;  // gone again
    throw Failure(FailureKind::kInput, folder.string(), "a folder that can be watched",
                  errnoText(errno));
  }
  folders_[watch] = folder;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().native().front() == '.') continue;
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      if (recursive_ && !at->is_symlink(ignored)) addFolder(at->path());
    } else {
      pending_.try_emplace(at->path());
    }
  }
}

std::vector<fs::path> FileWatch::wait(int stop_descriptor) {
  for (;;) {
    std::array<pollfd, 2> waited = {pollfd{inotify_.descriptor(), POLLIN, 0},
                                    pollfd{stop_descriptor, POLLIN, 0}};
    if (::poll(waited.data(), waited.size(), pending_.empty() ? -1 : kPollMs) < 0 &&
        errno != EINTR) {
      throw Failure(FailureKind::kInternal, root_.string(), "to wait for files", errnoText(errno));
    }
    if (waited[1].revents != 0) return {};
    if (waited[0].revents != 0) readEvents();
    if (std::vector<fs::path> complete = takeComplete(); !complete.empty()) return complete;
  }
}

void FileWatch::readEvents() {
  alignas(inotify_event) std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t n = ::read(inotify_.descriptor(), buffer.data(), buffer.size());
    if (n <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + sizeof(event);
      handle(event.wd, event.mask, event.len > 0 ? name : "");
      at += sizeof(event) + event.len;
    }
  }
}

void FileWatch::handle(int watch, unsigned mask, const std::string& name) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    addFolder(root_);  // what was missed is found again
    return;
  }
  const auto folder = folders_.find(watch);
  if (folder == folders_.end()) return;
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
    if (folder->second == root_) {
      throw Failure(FailureKind::kInput, root_.string(), "a folder that stays",
                    "it was removed or renamed");
    }
    if ((mask & IN_IGNORED) != 0) folders_.erase(folder);
    return;
  }
  if (name.empty() || name.front() == '.') return;
  const fs::path path = folder->second / name;
  if ((mask & IN_ISDIR) != 0) {
    if (recursive_) addFolder(path);
  } else if ((mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
    pending_[path] = {};  // settles anew
  }
}

std::vector<fs::path> FileWatch::takeComplete() {
  const Clock::time_point now = Clock::now();
  std::vector<fs::path> complete;
  for (auto at = pending_.begin(); at != pending_.end();) {
    Pending& file = at->second;
    const std::optional<FileStamp> stamp = fileStamp(at->first);
    if (!stamp) {
      at = pending_.erase(at);
      continue;
    }
    if (stamp != file.stamp) {
      file = {stamp, now};
    } else if (now - file.since >= kSettle && !isBeingWritten(at->first)) {
      complete.push_back(at->first);
      at = pending_.erase(at);
      continue;
    }
    ++at;
  }
  return complete;
}

}  // namespace hiss
