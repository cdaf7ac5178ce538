// SPDX-License-Identifier: Apache-2.0
#include "app/gui/live/live_bridge.h"

#include <QFileInfo>
#include <QLocale>
#include <QStandardPaths>
#include <algorithm>
#include <utility>

#include "app/engine/live/demo_device.h"
#include "app/engine/live/no_output_device.h"
#include "app/engine/live/silent_device.h"
#include "app/engine/live/virtual_mic.h"
#include "app/gui/demo_files.h"
#include "app/gui/live/live_choices.h"
#include "ui/live/live_page.h"
#include "ui/live/setup_box.h"

namespace hiss {
namespace {

using DeskState = LiveDeskStatus::State;

constexpr double kHzPerKhz = 1000.0;

QString text(const std::string& utf8) { return QString::fromStdString(utf8); }

bool isFile(const QString& id) { return id.startsWith(QLatin1String(SetupBox::kAskFile)); }

std::filesystem::path fileOf(const QString& id) {
  return id.mid(QLatin1String(SetupBox::kAskFile).size()).toStdString();
}

std::string deviceOf(const QString& id) {
  const QLatin1String prefix(kDeviceId);
  return id.startsWith(prefix) ? id.mid(prefix.size()).toStdString() : std::string();
}

LiveLatency latencyOf(LiveDelay delay) {
  switch (delay) {
    case LiveDelay::kLow:
      return LiveLatency::kLow;
    case LiveDelay::kBalanced:
      return LiveLatency::kBalanced;
    case LiveDelay::kSafe:
      break;
  }
  return LiveLatency::kSafe;
}

LiveStatus::State stateOf(DeskState state) {
  switch (state) {
    case DeskState::kStopped:
      return LiveStatus::State::kStopped;
    case DeskState::kStarting:
      return LiveStatus::State::kStarting;
    case DeskState::kRunning:
      return LiveStatus::State::kRunning;
    case DeskState::kWaiting:
      break;
  }
  return LiveStatus::State::kWaiting;
}

LiveFigures figuresOf(const LiveDeskStatus& status) {
  const LiveStats& stats = status.stats;
  const LiveLatencyParts& parts = stats.latency;
  LiveFigures figures;
  figures.in = {stats.in.peak_db, stats.in.rms_db};
  figures.out = {stats.out.peak_db, stats.out.rms_db};
  figures.latency_s = {parts.device_in, parts.ring_in,  parts.model,
                       parts.resampler, parts.ring_out, parts.device_out};
  figures.window_s = stats.window_s;
  figures.model_p50_s = stats.model_p50_s;
  figures.model_p99_s = stats.model_p99_s;
  figures.gaps = {
      stats.faults.input_overflows, stats.faults.output_underflows, stats.worker_late,
      stats.output_overflows,       stats.faults.device_in,         stats.faults.device_out};
  figures.last_gap_s = stats.faults.last_gap_s;
  figures.drift_ppm = stats.drift_ppm;
  figures.two_clocks = !status.format.one_clock;
  figures.reconnections = status.reconnections;
  return figures;
}

}  // namespace

LiveBridge::LiveBridge(LivePage& page, const ModelRegistry& registry, LiveSystem system)
    : page_(page),
      system_(std::move(system)),
      demo_(demoFile(kDemoRecording)),
      has_pactl_(!QStandardPaths::findExecutable(QStringLiteral("pactl")).isEmpty()),
      desk_(registry, system_.list) {
  page_.setEngine(this);
}

LiveBridge::~LiveBridge() { page_.setEngine(nullptr); }

bool LiveBridge::hasOutputs() const {
  return std::any_of(offer_.devices.begin(), offer_.devices.end(),
                     [](const AudioDeviceInfo& device) { return device.out_channels > 0; });
}

void LiveBridge::start(const LiveSetup& setup) {
  setup_ = setup;
  refused_model_.clear();
  LiveOrder order;
  order.latency = latencyOf(setup.delay);
  order.model = isFile(setup.model) ? fileOf(setup.model).string() : setup.model.toStdString();
  if (order.model.empty()) order.model = kDefaultModelName;  // started before the list was there
  order.virtual_mic = setup.output == QLatin1String(kVirtualMicId);
  order.request.input = deviceOf(setup.input);
  order.request.output = order.virtual_mic ? VirtualMic::kDevice : deviceOf(setup.output);
  order.request.latency_s = deviceLatency(order.latency);
  std::optional<std::filesystem::path> recording;
  if (setup.input == QLatin1String(SetupBox::kDemo)) recording = demo_;
  if (isFile(setup.input)) recording = fileOf(setup.input);
  // The demo needs no sound system at all.
  const bool has_output = setup.output != QLatin1String(kNoOutputId) &&
                          !(recording && offer_.devices_known && !hasOutputs());
  order.make_device = [make = system_.make, recording,
                       has_output]() -> std::unique_ptr<AudioDevice> {
    if (recording) {
      auto output = has_output ? make() : std::make_unique<SilentDevice>();
      return std::make_unique<DemoDevice>(*recording, std::move(output));
    }
    if (has_output) return make();
    return std::make_unique<NoOutputDevice>(make());
  };
  desk_.start(std::move(order));
}

void LiveBridge::setSound(const LiveSound& sound) {
  desk_.setControls({sound.limit_db, sound.mix, sound.bypass, sound.removed});
}

void LiveBridge::record(const QString& in_path, const QString& out_path) {
  desk_.record(in_path.toStdString(), out_path.toStdString());
}

bool LiveBridge::latestStatus(LiveStatus& status) {
  if (!desk_.latestStatus(desk_status_)) return false;
  status.state = stateOf(desk_status_.state);
  status.waiting_for = text(desk_status_.format.input);
  status.description = describe(desk_status_);
  status.model = desk_status_.model.empty() ? QString() : setup_.model;
  status.refused_model = refused_model_;
  if (!refused_model_.isEmpty()) status.model = text(desk_status_.model);
  status.figures = figuresOf(desk_status_);
  status.recording = desk_status_.recording;
  status.recorded_s = desk_status_.recorded_s;
  return true;
}

QString LiveBridge::describe(const LiveDeskStatus& status) const {
  const QLocale locale;
  const QString model = QFileInfo(text(status.model)).completeBaseName();
  const QString output = text(status.format.output);
  return tr("%1 → %2 → %3, %4 kHz")
      .arg(text(status.format.input), model, output.isEmpty() ? tr("no output") : output,
           locale.toString(status.format.in_rate_hz / kHzPerKhz, 'g', 4));
}

bool LiveBridge::latestChoices(LiveChoices& choices) {
  if (!desk_.latestOffer(offer_)) return false;
  choices = liveChoices(offer_, demo_.has_value(), has_pactl_);
  const QString failure = text(offer_.device_failure);
  if (failure != device_failure_ && !failure.isEmpty()) {
    no_devices_ = Notice{Notice::Kind::kInfo, tr("No sound device was found."),
                         tr("Connect a microphone: it will appear in the list. Until then the demo "
                            "recording shows what Hiss does."),
                         failure};
  }
  device_failure_ = failure;
  return true;
}

std::optional<Notice> LiveBridge::nextNotice() {
  if (no_devices_) return std::exchange(no_devices_, std::nullopt);
  LiveEvent event;
  while (desk_.nextEvent(event)) {
    if (auto notice = noticeOf(event)) return notice;
  }
  return std::nullopt;
}

Notice LiveBridge::refusedDevice(const LiveEvent& event) const {
  Notice notice{Notice::Kind::kError, {}, {}, text(event.text)};
  const bool is_file = isFile(setup_.input) || setup_.input == QLatin1String(SetupBox::kDemo);
  if (event.failure == FailureKind::kInput && is_file) {
    notice.text = tr("The recording cannot be played.");
    notice.advice = tr("Choose another recording, or a microphone.");
  } else if (event.failure == FailureKind::kInput) {
    notice.text = tr("The microphone cannot be used.");
    notice.advice = tr("Close other programs that use it, or choose another input.");
  } else if (event.failure == FailureKind::kOutput) {
    notice.text = tr("The output cannot be used.");
    notice.advice = tr("Close other programs that use it, or choose another output.");
  } else {
    notice.text = tr("The sound cannot be started with these devices.");
    notice.advice = tr("Choose another input or output.");
  }
  return notice;
}

std::optional<Notice> LiveBridge::noticeOf(const LiveEvent& event) {
  const QString details = text(event.text);
  switch (event.kind) {
    case LiveEvent::Kind::kModelRefused:
      refused_model_ = setup_.model;
      return Notice{Notice::Kind::kError, tr("The model cannot be used."),
                    tr("Choose another model. What ran before goes on."), details};
    case LiveEvent::Kind::kDeviceRefused:
      return refusedDevice(event);
    case LiveEvent::Kind::kDeviceLost:
      return Notice{Notice::Kind::kWarning, tr("The sound device is gone."),
                    tr("Connect it again: the sound goes on by itself once it is back."), details};
    case LiveEvent::Kind::kDeviceBack:
      return Notice{Notice::Kind::kInfo, tr("The sound device is back."), {}, details};
    case LiveEvent::Kind::kRecordingRefused:
      return Notice{Notice::Kind::kError, tr("Nothing can be recorded to this file."),
                    tr("Choose another folder or another ending, such as .wav."), details};
    case LiveEvent::Kind::kRecordingFailed:
      return Notice{Notice::Kind::kError, tr("The recording has ended because of an error."),
                    tr("Make room on the disk, or record to another one."), details};
    case LiveEvent::Kind::kRecordingSaved:
      return Notice{Notice::Kind::kInfo, tr("The recording is complete: %1").arg(details), {}, {}};
    case LiveEvent::Kind::kNoPriority:
      if (std::exchange(priority_told_, true)) return std::nullopt;
      return Notice{Notice::Kind::kInfo, tr("Sound gets no priority on this computer."),
                    tr("If you hear gaps, choose a longer delay or close other programs."),
                    details};
    case LiveEvent::Kind::kFailed:
      break;
  }
  return Notice{Notice::Kind::kError, tr("Something went wrong, and the sound has stopped."),
                tr("Start it again."), details};
}

// What a session pushed before it ended comes before what the next one pushes.
std::size_t LiveBridge::takeSound(std::span<float> pairs, LiveStream& stream) {
  const auto take = [&]() -> std::size_t {
    if (!feed_) return 0;
    const std::size_t n = feed_->pop(pairs);
    if (n > 0) {
      stream = {feed_->number(), feed_->sampleRate(), feed_->latencySamples(), feed_->lost(),
                feed_->begin()};
    }
    return n;
  };
  if (const std::size_t n = take()) return n;
  const std::shared_ptr<LiveFeed> newest = desk_.feed();
  if (newest == feed_) return 0;
  // All of the last session is there now.
  if (const std::size_t n = take()) return n;
  feed_ = newest;
  return take();
}

std::shared_ptr<StateTap> LiveBridge::stateTap() const {
  const std::shared_ptr<Denoiser> denoiser = desk_.denoiser();
  return denoiser ? denoiser->stateTap() : nullptr;
}

}  // namespace hiss
