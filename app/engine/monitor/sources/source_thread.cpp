// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/source_thread.h"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/engine/blocked_signals.h"
#include "app/engine/failure.h"

namespace hiss {

void SourceThread::start(RowIntake& intake, SourceHost& host, MonitorLog& log,
                         std::function<void()> work) {
  const ScopedBlockedSignals blocked;
  thread_ = std::thread([this, &intake, &host, &log, work = std::move(work)] {
    std::string problem;
    try {
      work();
    } catch (...) {
      problem = currentFailure(intake.status().uri).what();
      log.error(problem);
    }
    intake.setConnected(false, problem);
    if (isStopping()) return;
    intake.setEnded();
    host.finish();
  });
}

void SourceThread::stop() noexcept {
  stopping_.store(true);
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

bool SourceThread::sleep(double seconds) const noexcept {
  constexpr double kMostSeconds = 1e6;
  seconds = std::clamp(seconds, 0.0, kMostSeconds);
  timespec time{};
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
  pollfd wake{wakeDescriptor(), POLLIN, 0};
  ::ppoll(&wake, 1, &time, nullptr);
  return !isStopping();
}

}  // namespace hiss
