// SPDX-License-Identifier: Apache-2.0
//
// long_session [HOURS]: memory of the window over a session of so many hours (8), which is played
// as fast as it goes: live sound at 16 kHz and 80 steps of a hidden state a second, 10 rows of
// sensors a second through the real monitor and its history, pages changed, windows resized, rows
// scrolled back. Prints a line of JSON each half hour. Fails if memory grows by more than
// kMostGrowthMib after the first two hours.
#include <unistd.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QTemporaryDir>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/gui/sensors/engine_feed.h"
#include "tests/ui/state/synthetic_state.h"
#include "ui/base/frame_clock.h"
#include "ui/live/live_engine.h"
#include "ui/live/live_page.h"
#include "ui/sensors/lanes_view.h"
#include "ui/sensors/sensors_page.h"
#include "ui/shell/main_window.h"
#include "ui/state/state_panel.h"

namespace hiss {
namespace {

constexpr double kFrameSeconds = 0.5;  // of the session: less than a page fetches at once
constexpr double kStepSeconds = 0.0125;
constexpr double kRowSeconds = 0.1;
constexpr int kRateHz = 16000;
constexpr double kSecondsOfPage = 900.0;
constexpr double kSecondsOfSample = 1800.0;
constexpr double kWarmUpSeconds = 7200.0;
constexpr double kMostGrowthMib = 8.0;
constexpr double kMib = 1024.0 * 1024.0;

double residentMib() {
  std::ifstream file("/proc/self/statm");
  double total = 0.0;
  double resident = 0.0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / kMib;
}

// Sound and hidden state of a denoiser, as much of both as the session has got to.
class MadeSound final : public LiveEngine {
 public:
  void advance(double now_s) {
    available_ = static_cast<std::uint64_t>(now_s * kRateHz);
    const auto steps = static_cast<std::uint64_t>(now_s / kStepSeconds);
    while (steps_ < steps) writeStep(*tap_, ++steps_);
    const auto swing = static_cast<float>(std::sin(now_s));
    status_.state = LiveStatus::State::kRunning;
    status_.figures.in = {-12.0F + 6.0F * swing, -30.0F + 10.0F * swing};
    status_.figures.out = {-20.0F + 6.0F * swing, -40.0F + 10.0F * swing};
    status_.figures.model_p99_s = 0.001 + 1e-4 * swing;
  }

  void start(const LiveSetup&) override {}
  void stop() override {}
  void setSound(const LiveSound&) override {}
  void record(const QString&, const QString&) override {}
  void stopRecording() override {}
  bool latestStatus(LiveStatus& status) override {
    status = status_;
    return true;
  }
  bool latestChoices(LiveChoices&) override { return false; }
  std::optional<Notice> nextNotice() override { return std::nullopt; }
  std::size_t takeSound(std::span<float> pairs, LiveStream& stream) override {
    const std::uint64_t n = std::min<std::uint64_t>(pairs.size() / 2, available_ - taken_);
    for (std::uint64_t i = 0; i < n; ++i) {
      noise_ = noise_ * 1664525U + 1013904223U;
      const float noise = static_cast<float>(noise_ >> 8U) / 8388608.0F - 1.0F;
      const float tone = wave_[(taken_ + i) % wave_.size()];
      pairs[2 * i] = tone + 0.1F * noise;
      pairs[2 * i + 1] = tone;
    }
    taken_ += n;
    stream = {1, kRateHz, 320, 0, 0};
    return 2 * n;
  }
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const override { return tap_; }

 private:
  std::shared_ptr<StateTap> tap_ = std::make_shared<StateTap>(syntheticLayout(kStepSeconds));
  std::uint64_t steps_ = 0;
  std::uint64_t available_ = 0;
  std::uint64_t taken_ = 0;
  std::uint32_t noise_ = 1;
  std::vector<float> wave_ = [] {
    std::vector<float> wave(3 * kRateHz);
    for (std::size_t i = 0; i < wave.size(); ++i) {
      const double t = static_cast<double>(i) / kRateHz;
      wave[i] = static_cast<float>(0.3 * std::sin(6000.0 * t + 900.0 * std::sin(2.0 * t)));
    }
    return wave;
  }();
  LiveStatus status_;
};

// Rows of four channels on the standard input, where a monitor of this process reads them; waits
// while it has no room for more.
class MadeRows {
 public:
  MadeRows() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0 || ::dup2(ends[0], STDIN_FILENO) < 0) std::abort();
    ::close(ends[0]);
    end_ = ends[1];
    write("time,flow,pressure,heat,current\n");
  }
  MadeRows(const MadeRows&) = delete;
  MadeRows& operator=(const MadeRows&) = delete;
  ~MadeRows() { ::close(end_); }

  void advance(double now_s) {
    for (; static_cast<double>(rows_) * kRowSeconds < now_s; ++rows_) {
      constexpr std::uint64_t kRowsToFault = 12'000;  // twenty minutes
      constexpr std::uint64_t kRowsOfFault = 300;
      const double t = static_cast<double>(rows_) * kRowSeconds;
      const double fault = rows_ % kRowsToFault >= kRowsToFault - kRowsOfFault ? 50.0 : 0.0;
      char line[128];
      std::snprintf(line, sizeof line, "%.1f,%.4f,%.4f,%.4f,%.4f\n", 1.7e9 + t, std::sin(0.1 * t),
                    std::cos(0.03 * t) + fault, std::sin(0.01 * t + 1.0),
                    std::sin(0.1 * t) * std::cos(0.05 * t));
      write(line);
    }
  }

 private:
  void write(const std::string& text) const {
    if (::write(end_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
  }

  int end_ = -1;
  std::uint64_t rows_ = 0;
};

class Session {
 public:
  explicit Session(const QString& folder)
      : feed_({{}, {}, folder.toStdString() + "/labels.jsonl"}),
        window_({{live_, QStringLiteral("live"), {}, {}},
                 {sensors_, QStringLiteral("sensors"), {}, {}}},
                new StatePanel),
        clock_(*window_.findChild<FrameClock*>()) {
    clock_.stop();  // from now on the session's own time
    live_->setEngine(&sound_);
    sensors_->setFeed(&feed_);
    SensorStart what;
    what.sources << QStringLiteral("stdin:");
    what.false_alarms_per_week = 1000.0;  // so that there are alerts to be kept
    feed_.start(what);
    window_.show();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    sensors_->setFeed(nullptr);
    live_->setEngine(nullptr);
  }

  void frame(double now_s) {
    sound_.advance(now_s);
    rows_.advance(now_s);
    emit clock_.frame(now_s);
    QCoreApplication::processEvents();
    if (now_s >= next_page_s_) {
      next_page_s_ += kSecondsOfPage;
      turn();
    }
    if (window_.shownPage() == QLatin1String("sensors") && ++scrolls_ % 100 == 0) scrollBack();
  }
  [[nodiscard]] std::uint64_t rows() { return feed_.snapshot()->rows; }
  [[nodiscard]] std::size_t alerts() { return feed_.snapshot()->alerts.size(); }

 private:
  void turn() {
    static const std::array<const char*, 3> kPages{"live", "sensors", "state"};
    window_.showPage(QLatin1String(kPages[++turns_ % kPages.size()]));
    window_.resize(turns_ % 2 == 0 ? QSize(1280, 800) : QSize(1920, 1080));
  }
  // To the oldest row, on from there, out over hours, and back to the newest row.
  void scrollBack() {
    static const std::array kKeys{Qt::Key_Home,  Qt::Key_PageDown, Qt::Key_Minus, Qt::Key_Minus,
                                  Qt::Key_Right, Qt::Key_Plus,     Qt::Key_Plus,  Qt::Key_End};
    QKeyEvent press(QEvent::KeyPress, kKeys[(scrolls_ / 100) % kKeys.size()], Qt::NoModifier);
    QCoreApplication::sendEvent(&sensors_->lanes(), &press);
  }

  MadeSound sound_;
  MadeRows rows_;
  EngineFeed feed_;
  LivePage* live_ = new LivePage;
  SensorsPage* sensors_ = new SensorsPage;
  MainWindow window_;  // owns the pages
  FrameClock& clock_;
  double next_page_s_ = kSecondsOfPage;
  std::size_t turns_ = 0;
  std::size_t scrolls_ = 0;
};

int play(double hours) {
  const QTemporaryDir folder;
  Session session(folder.path());
  QElapsedTimer timer;
  timer.start();
  double warm_mib = 0.0;  // once memory is what it will be
  double most_mib = 0.0;
  double next_sample_s = 0.0;
  const auto frames = static_cast<std::int64_t>(hours * 3600.0 / kFrameSeconds);
  for (std::int64_t k = 1; k <= frames; ++k) {
    const double now_s = kFrameSeconds * static_cast<double>(k);
    session.frame(now_s);
    if (now_s < next_sample_s && k < frames) continue;
    next_sample_s += kSecondsOfSample;
    const double mib = residentMib();
    std::printf(
        "{\"hours\": %.2f, \"resident_mib\": %.1f, \"rows\": %llu, \"alerts\": %zu, "
        "\"wall_s\": %.0f}\n",
        now_s / 3600.0, mib, static_cast<unsigned long long>(session.rows()), session.alerts(),
        1e-3 * static_cast<double>(timer.elapsed()));
    std::fflush(stdout);
    if (now_s < kWarmUpSeconds) continue;
    if (warm_mib == 0.0) warm_mib = mib;
    most_mib = std::max(most_mib, mib);
  }
  const double growth_mib = most_mib - warm_mib;
  std::printf("{\"growth_mib\": %.1f, \"most_mib\": %.1f}\n", growth_mib, kMostGrowthMib);
  return growth_mib <= kMostGrowthMib ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  return hiss::play(argc > 1 ? std::atof(argv[1]) : 8.0);
}
