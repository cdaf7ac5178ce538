// SPDX-License-Identifier: Apache-2.0
#include "app/gui/sensors/monitor_session.h"

#include <chrono>
#include <utility>

#include "app/engine/history/history_sink.h"
#include "app/engine/monitor/control/label_store.h"

namespace hiss {
namespace {

constexpr const char* kScheme = "window";
constexpr std::size_t kQueueRows = 2048;  // so that a stop has little left to score

MonitorConfig withWindow(MonitorConfig config) {
  config.queue_rows = std::min(config.queue_rows, kQueueRows);
  config.sinks.push_back(makeEndpoint(std::string(kScheme) + ":history", "the window"));
  return config;
}

// The glob that matches this name alone.
std::string globOf(const std::string& name) {
  std::string glob;
  for (const char c : name) {
    const bool is_special = c == '*' || c == '?' || c == '[';
    glob += is_special ? std::string{'[', c, ']'} : std::string(1, c);
  }
  return glob;
}

}  // namespace

MonitorSession::MonitorSession(MonitorConfig config, Monitor::MakeDetector make_detector,
                               std::filesystem::path labels)
    : config_(withWindow(std::move(config))), labels_(std::move(labels)), log_(LogLevel::kError) {
  checkEndpointNames(config_);
  Monitor::Makers makers;
  makers.sink = [this](const Endpoint& endpoint, const SinkContext& context) {
    if (endpoint.uri.scheme != kScheme) return makeSink(endpoint, context);
    return std::unique_ptr<Sink>(std::make_unique<HistorySink>(endpoint.name, history_, alerts_));
  };
  monitor_ = std::make_unique<Monitor>(config_, std::move(make_detector), log_, std::move(makers));
  thread_ = std::thread([this] {
    try {
      monitor_->run();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = currentFailure("the monitor");
    }
    ended_ = true;
  });
}

MonitorSession::~MonitorSession() {
  monitor_->stop();
  thread_.join();
}

std::optional<Failure> MonitorSession::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

// False: it has ended.
template <class F>
bool MonitorSession::whileItRuns(F&& ask) {
  try {
    ask();
    return true;
  } catch (const Failure& failure) {
    if (failure.kind() != FailureKind::kCancelled) throw;
    return false;
  }
}

bool MonitorSession::acknowledge(const std::string& id, const std::string& note) {
  std::optional<AlertEvent> event = alerts_.find(id);
  if (!event) return false;
  if (whileItRuns([&] { monitor_->acknowledge(id, note); })) return true;
  event->phase = AlertPhase::kAcknowledged;
  event->note = note;
  alerts_.note(*event);
  return true;
}

bool MonitorSession::label(const std::string& id, const std::string& label,
                           const std::string& note) {
  std::optional<AlertEvent> event = alerts_.find(id);
  if (!event) return false;
  std::filesystem::create_directories(labels_.parent_path());
  const std::int64_t now =
      std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  LabelStore(labels_).add(labelOf(*event, label, note, now));
  if (whileItRuns([&] { monitor_->label(id, label, note); })) return true;
  event->phase = AlertPhase::kLabelled;
  event->label = label;
  event->note = note;
  alerts_.note(*event);
  return true;
}

void MonitorSession::mute(const std::string& stream, double seconds) {
  whileItRuns([&] { monitor_->mute(globOf(stream), seconds); });
}

void MonitorSession::setFalseAlarms(double per_week) {
  MonitorConfig changed = config_;
  changed.defaults.budget.false_alarms = per_week;
  changed.defaults.budget.alarm_p = 0.0;
  if (whileItRuns([&] { monitor_->reload(changed); })) config_ = std::move(changed);
}

std::shared_ptr<StateTap> MonitorSession::stateTap(const std::string& stream) {
  std::shared_ptr<StateTap> tap;
  whileItRuns([&] { tap = monitor_->stateTap(stream); });
  return tap;
}

}  // namespace hiss
