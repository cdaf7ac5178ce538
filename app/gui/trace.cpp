// SPDX-License-Identifier: Apache-2.0
#include "app/gui/trace.h"

#include <unistd.h>

#include <QTimer>
#include <array>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <numeric>
#include <ostream>
#include <sstream>
#include <string>

#include "ui/live/live_page.h"
#include "ui/shell/main_window.h"

namespace hiss {
namespace {

double secondsOf(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void print(std::ostream& out, const char* name, const FrameTimes& times) {
  out << "hiss-gui: " << name << " frames " << times.count() << " p50_ms "
      << times.percentileMs(0.5) << " p99_ms " << times.percentileMs(0.99) << " max_ms "
      << times.maxMs() << '\n';
}

}  // namespace

double secondsSinceStart() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  // Field 22 is the start in ticks since boot; field 2 may hold anything, but ends with ')'.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  constexpr int kFieldsBefore = 19;
  for (int i = 0; i < kFieldsBefore; ++i) fields >> field;
  double ticks = 0.0;
  fields >> ticks;
  return secondsOf(CLOCK_BOOTTIME) - ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void traceGaps(std::ostream& out, MainWindow& window) {
  const auto* const live = window.findChild<const LivePage*>();
  if (live == nullptr) return;
  auto* const timer = new QTimer(&window);
  QObject::connect(timer, &QTimer::timeout, &window,
                   [&out, live, before = std::array<std::uint64_t, kGapKinds>{}]() mutable {
                     const LiveFigures& figures = live->status().figures;
                     if (figures.gaps == before) return;
                     before = figures.gaps;
                     out << "hiss-gui: gaps";
                     for (const std::uint64_t gaps : before) out << ' ' << gaps;
                     out << " last_s " << std::setprecision(12) << figures.last_gap_s << std::endl;
                   });
  constexpr std::chrono::milliseconds kLook{50};
  timer->start(kLook);
}

void traceFrames(std::ostream& out, const MainWindow& window, double interactive_s) {
  out << "hiss-gui: start_ms " << 1e3 * interactive_s << '\n';
  print(out, "move", window.moveTimes());
  print(out, "paint", window.paintTimes());
  if (const auto* const live = window.findChild<const LivePage*>()) {
    const auto& gaps = live->status().figures.gaps;
    out << "hiss-gui: live gaps " << std::accumulate(gaps.begin(), gaps.end(), std::uint64_t{0})
        << '\n';
  }
  const double wall_s = secondsSinceStart();
  out << "hiss-gui: seconds " << wall_s << " gui_cpu_share "
      << secondsOf(CLOCK_THREAD_CPUTIME_ID) / wall_s << " process_cpu_share "
      << secondsOf(CLOCK_PROCESS_CPUTIME_ID) / wall_s << std::endl;
}

}  // namespace hiss
