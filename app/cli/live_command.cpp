// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <limits>
#include <optional>
#include <thread>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/live_report.h"
#include "app/cli/report.h"
#include "app/engine/live/device_list.h"
#include "app/engine/live/live_recorder.h"
#include "app/engine/live/virtual_mic.h"

namespace hiss {
namespace {

constexpr std::chrono::milliseconds kLook{50};
constexpr double kStatsEvery = 1.0;    // s
constexpr double kStatusEvery = 0.2;   // s
constexpr double kRestoreEvery = 1.0;  // s
constexpr float kLimitStep = 3.0F;     // dB
constexpr float kMostLimit = 60.0F;    // dB; beyond it there is none

volatile std::sig_atomic_t stop_asked = 0;

// The second one ends the program as if there were no handler.
extern "C" void onStopSignal(int signal_number) {
  stop_asked = 1;
  std::signal(signal_number, SIG_DFL);
}

// SIGINT, SIGTERM and a terminal that goes away end the session instead of the program, while one
// of these lives.
class StopSignals {
 public:
  StopSignals() : interrupt_(take(SIGINT)), terminate_(take(SIGTERM)), hang_up_(take(SIGHUP)) {
    stop_asked = 0;
  }
  ~StopSignals() {
    std::signal(SIGINT, interrupt_);
    std::signal(SIGTERM, terminate_);
    std::signal(SIGHUP, hang_up_);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  using Handler = void (*)(int);
  static Handler take(int number) {
    const Handler before = std::signal(number, onStopSignal);
    if (before == SIG_IGN) std::signal(number, SIG_IGN);
    return before;
  }
  Handler interrupt_;
  Handler terminate_;
  Handler hang_up_;
};

// Single keys from the terminal, if standard input is one.
class Keys {
 public:
  Keys() : is_terminal_(::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  ~Keys() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  // The next key, waiting at most `wait`; 0: none.
  char next(std::chrono::milliseconds wait) const {
    if (!is_terminal_) {
      std::this_thread::sleep_for(wait);
      return 0;
    }
    pollfd input{STDIN_FILENO, POLLIN, 0};
    char key = 0;
    if (::poll(&input, 1, static_cast<int>(wait.count())) <= 0) return 0;
    return ::read(STDIN_FILENO, &key, 1) == 1 ? key : '\0';
  }

 private:
  termios before_{};
  bool is_terminal_;
};

// PortAudio and ALSA write to the standard error stream when a device goes. While one of these
// lives that stream leads nowhere for them, and `write` is the only way there.
class OwnStandardError {
 public:
  OwnStandardError() : saved_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved_ >= 0 && null >= 0) ::dup2(null, STDERR_FILENO);
    if (null >= 0) ::close(null);
  }
  ~OwnStandardError() {
    if (saved_ < 0) return;
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
  }
  OwnStandardError(const OwnStandardError&) = delete;
  OwnStandardError& operator=(const OwnStandardError&) = delete;

  [[nodiscard]] bool isTerminal() const { return ::isatty(saved_) == 1; }
  // What cannot be written is not worth ending the sound for.
  void write(const std::string& text) const {
    if (::write(saved_, text.data(), text.size()) < 0) return;
  }
  // Columns of the terminal; 0: not known.
  [[nodiscard]] std::size_t width() const {
    winsize size{};
    return ::ioctl(saved_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0U;
  }

 private:
  int saved_;
};

AudioStreamRequest requestOf(const LiveOptions& options) {
  AudioStreamRequest request;
  request.input = options.input;
  request.output = options.virtual_mic ? VirtualMic::kDevice : options.output;
  request.in_rate_hz = options.rate_hz;
  request.out_rate_hz = options.rate_hz;
  request.in_channels = options.input_channels;
  request.out_channels = options.output_channels;
  request.block = options.block;
  request.latency_s = deviceLatency(options.latency);
  return request;
}

class LiveCommand {
 public:
  explicit LiveCommand(const LiveOptions& options)
      : options_(options),
        console_(options.quiet),
        has_status_(!options.quiet && error_.isTerminal()) {
    moment_.controls.attenuation_limit_db = options.model.attenuation_limit_db;
    moment_.controls.mix = options.model.mix;
  }

  ExitCode run() {
    if (!options_.record_in.empty() && options_.record_in == options_.record_out) {
      throw Failure(FailureKind::kUsage, options_.record_out, "two files to record to", "one");
    }
    model_ = loadModel(options_.model);
    if (options_.virtual_mic) virtual_mic_.emplace();
    device_ = makeSystemAudioDevice();
    LiveConfig config;
    config.request = requestOf(options_);
    config.worker.latency = options_.latency;
    session_.emplace(*device_, *model_.denoiser, config);
    const AudioStreamFormat format = session_->open();
    const int channels = LiveWorker::processedChannels(format);
    openRecorder(record_in_, options_.record_in, format.in_rate_hz, channels);
    openRecorder(record_out_, options_.record_out, format.in_rate_hz, channels);
    say(fmt::format("{} ({} Hz, {} ch) -> {} -> {} ({} Hz, {} ch){}", format.input,
                    format.in_rate_hz, format.in_channels, model_.name, format.output,
                    format.out_rate_hz, format.out_channels,
                    format.one_clock ? "" : ", two clocks kept in step"));
    const StopSignals signals;
    session_->start(record_in_ ? &*record_in_ : nullptr, record_out_ ? &*record_out_ : nullptr);
    // What was recorded so far is kept, however the session ends.
    try {
      loop();
    } catch (const Failure&) {
      finish();
      throw;
    }
    finish();
    return ExitCode::kOk;
  }

 private:
  void openRecorder(std::optional<LiveRecorder>& recorder, const std::string& path, int rate_hz,
                    int channels) const {
    if (path.empty()) return;
    recorder.emplace(
        path, rate_hz, channels,
        options_.force ? AtomicOutput::Existing::kReplace : AtomicOutput::Existing::kRefuse);
  }

  void loop() {
    const Keys keys;
    const double begin_s = device_->now();
    double stats_s = begin_s;
    double status_s = begin_s;
    bool priority_said = false;
    while (stop_asked == 0 &&
           (options_.duration_s <= 0.0F || device_->now() - begin_s < options_.duration_s)) {
      const char key = keys.next(kLook);
      if (key == 'q') break;
      press(key);
      restoreMicrophone();
      if (const auto line = session_->supervise()) console_.error(*line);
      if (record_in_) record_in_->pump();
      if (record_out_) record_out_->pump();
      update();
      if (!priority_said && session_->priorityError() != 0) {
        priority_said = true;
        say("no real-time priority (" + errnoText(session_->priorityError()) +
            "); a busy machine may cause gaps");
      }
      const double now_s = device_->now();
      if (options_.json_stats && now_s - stats_s >= kStatsEvery) {
        stats_s += kStatsEvery;
        printText(toJson(moment_).dump() + "\n");
      }
      if (has_status_ && now_s - status_s >= kStatusEvery) {
        status_s = now_s;
        showStatus();
      }
    }
  }

  // A sound server that was started again knows nothing of the microphone.
  void restoreMicrophone() {
    if (!virtual_mic_ || !session_->isLost() || device_->now() < next_restore_s_) return;
    virtual_mic_->restore();
    next_restore_s_ = device_->now() + kRestoreEvery;
  }

  void update() {
    session_->latestStats(moment_.stats);
    moment_.reconnections = session_->reconnections();
    moment_.lost = session_->isLost();
    if (model_.denoiser->latestSnapshot(snapshot_)) moment_.state_rms = snapshot_.ssm_state_rms;
  }

  void press(char key) {
    LiveControls& controls = moment_.controls;
    float& limit = controls.attenuation_limit_db;
    switch (key) {
      case 'b':
        controls.bypass = !controls.bypass;
        model_.denoiser->setBypass(controls.bypass);
        return;
      case 'r':
        controls.removed = !controls.removed;
        model_.denoiser->setListenRemoved(controls.removed);
        return;
      case '+':
        limit += kLimitStep;
        if (limit > kMostLimit) limit = std::numeric_limits<float>::infinity();
        break;
      case '-':
        limit = std::isfinite(limit) ? std::max(limit - kLimitStep, 0.0F) : kMostLimit;
        break;
      default:
        return;
    }
    model_.denoiser->setAttenuationLimitDb(limit);
  }

  // Ends the sound, then completes both recordings; the first failure is thrown.
  void finish() {
    clearStatus();
    session_->close();
    std::optional<Failure> failed;
    for (std::optional<LiveRecorder>* recorder : {&record_in_, &record_out_}) {
      if (!*recorder) continue;
      try {
        (*recorder)->finish();
        if ((*recorder)->lostSamples() > 0) {
          console_.error(
              fmt::format("recording: expected a disk that keeps up, found {} samples lost",
                          (*recorder)->lostSamples()));
        }
      } catch (const Failure& failure) {
        if (!failed) failed = failure;
      }
    }
    if (failed) throw *failed;
  }

  void say(const std::string& text) {
    if (options_.quiet) return;
    clearStatus();
    console_.error(text);
  }

  // One line, cut to the terminal's width so that it never wraps.
  void showStatus() {
    std::string text = toText(moment_);
    if (error_.width() > 0) text.resize(std::min(text.size(), error_.width() - 1));
    error_.write("\r\x1b[K" + text);
    status_shown_ = true;
  }

  void clearStatus() {
    if (std::exchange(status_shown_, false)) error_.write("\r\x1b[K");
  }

  const LiveOptions& options_;
  Console console_;
  const OwnStandardError error_;  // after console_, which keeps a way there of its own
  bool has_status_;
  bool status_shown_ = false;
  double next_restore_s_ = 0.0;
  LoadedModel model_;
  DenoiserSnapshot snapshot_;
  LiveMoment moment_;
  std::optional<VirtualMic> virtual_mic_;
  std::unique_ptr<AudioDevice> device_;
  std::optional<LiveRecorder> record_in_;
  std::optional<LiveRecorder> record_out_;
  std::optional<LiveSession> session_;  // last: it ends before what it uses
};

}  // namespace

ExitCode runLive(const LiveOptions& options) { return LiveCommand(options).run(); }

}  // namespace hiss
