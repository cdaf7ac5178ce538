// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/state_keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "app/engine/atomic_output.h"
#include "app/engine/byte_file.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

std::int64_t steadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// Who writes a file holds a lock on it; what is not locked belongs to nobody any more.
void removeUnfinished(const fs::path& folder) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (!isTemporaryName(entry.path().filename().string())) continue;
    const ByteFile file =
        ByteFile::adopt(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.isOpen() || ::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) continue;
    std::error_code ignored;
    fs::remove(entry.path(), ignored);
  }
}

}  // namespace

StateKeeper::StateKeeper(fs::path folder, MonitorLog& log, OnSaved on_saved)
    : folder_(std::move(folder)), log_(log), on_saved_(std::move(on_saved)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  std::error_code ignored;
  if (!fs::is_directory(folder_, ignored)) {
    throw Failure(FailureKind::kOutput, folder_.string(), "a folder for states",
                  error ? error.message() : "something else");
  }
  removeUnfinished(folder_);
  thread_ = std::thread([this] { work(); });
}

StateKeeper::~StateKeeper() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

fs::path StateKeeper::fileOf(const std::string& name) const {
  std::string safe;
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || (c == '.' && !safe.empty());
    safe += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  return folder_ / (safe + ".state");
}

std::future<void> StateKeeper::write(std::vector<File> files) {
  Job job;
  job.files = std::move(files);
  std::future<void> done = job.done.get_future();
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
  return done;
}

void StateKeeper::tellNotSaved(const std::string& why) {
  log_.sample(LogLevel::kError, "state not saved", fmt::format("the state is not saved: {}", why));
  const std::lock_guard lock(mutex_);
  progress_.problem = why;
}

bool StateKeeper::isBusy() const {
  const std::lock_guard lock(mutex_);
  return busy_ || !jobs_.empty();
}

StateKeeper::Progress StateKeeper::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

void StateKeeper::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = true;
    lock.unlock();
    doJob(job);
    lock.lock();
    busy_ = false;
  }
}

void StateKeeper::doJob(Job& job) {
  try {
    std::uint64_t bytes = 0;
    for (File& file : job.files) {
      bytes += writeSavedShard(file.state, fileOf(file.name));
      on_saved_(file.shard, file.state.places);
      file.state = {};
    }
    {
      const std::lock_guard lock(mutex_);
      if (!progress_.problem.empty()) log_.info("the state is saved again");
      progress_ = {steadyNs(), bytes, {}};
    }
    job.done.set_value();
  } catch (const std::exception&) {
    const Failure failure = currentFailure(folder_.string());
    tellNotSaved(failure.what());
    job.done.set_exception(std::make_exception_ptr(failure));
  }
}

}  // namespace hiss
