// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <csignal>
#include <optional>
#include <thread>

#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "app/cli/stop_signals.h"
#include "app/engine/monitor/control/control_server.h"
#include "app/engine/monitor/control/label_store.h"
#include "app/engine/monitor/control/service_notify.h"
#include "app/engine/monitor/monitor.h"
#include "app/engine/monitor/wake_event.h"
#include "app/engine/sensors/load_detector.h"

namespace hiss {
namespace {

constexpr const char* kCommandLine = "the command line";
constexpr const char* kUsualSink = "jsonl:-";
constexpr const char* kLabels = "labels.jsonl";  // below the state folder

LogLevel logLevelOf(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  return name == "error" ? LogLevel::kError : LogLevel::kInfo;
}

// The file's, with what the command line says on top.
MonitorConfig configOf(const MonitorOptions& options) {
  MonitorConfig config;
  if (!options.config.empty()) config = readMonitorConfig(options.config);
  for (const std::string& uri : options.sources) {
    config.sources.push_back(makeEndpoint(uri, kCommandLine));
  }
  for (const std::string& uri : options.sinks) {
    config.sinks.push_back(makeEndpoint(uri, kCommandLine));
  }
  if (config.sources.empty()) {
    throw Failure(FailureKind::kUsage, options.config.empty() ? "monitor" : options.config,
                  "at least one source", "none");
  }
  if (config.sinks.empty()) config.sinks.push_back(makeEndpoint(kUsualSink, kCommandLine));
  if (!options.detector.empty()) config.detector = options.detector;
  if (!options.state.empty()) config.state_folder = options.state;
  if (options.save_every_s > 0.0) config.save_every_seconds = options.save_every_s;
  if (options.false_alarms > 0.0) {
    config.defaults.budget.false_alarms = options.false_alarms;
    config.defaults.budget.alarm_p = 0.0;
  }
  if (!options.control.empty()) config.control_socket = options.control;
  if (!options.log_level.empty()) config.log_level = logLevelOf(options.log_level);
  if (options.quiet) config.log_level = LogLevel::kError;
  return config;
}

// Obeys signals and feeds systemd's watchdog while the monitor runs, on a thread of its own.
class Attendant {
 public:
  Attendant(Monitor& monitor, StopSignals& signals, MonitorLog& log, const MonitorOptions& options,
            const ServiceNotify& service)
      : monitor_(monitor), signals_(signals), log_(log), options_(options), service_(service) {
    thread_ = std::thread([this] { attend(); });
  }
  Attendant(const Attendant&) = delete;
  Attendant& operator=(const Attendant&) = delete;
  ~Attendant() {
    done_.signal();
    thread_.join();
  }

  // Reads the configuration again. Throws Failure. [thread-safe]
  void reload() {
    if (options_.config.empty()) {
      throw Failure(FailureKind::kUsage, "reload", "a configuration file (--config)", "none");
    }
    monitor_.reload(configOf(options_));
  }

 private:
  void attend() {
    const std::optional<double> every = service_.watchdogSeconds();
    constexpr double kMs = 1000.0;
    const int wait_ms = every ? static_cast<int>(*every * kMs) : -1;
    for (;;) {
      std::array<pollfd, 2> waited{
          {{signals_.descriptor(), POLLIN, 0}, {done_.descriptor(), POLLIN, 0}}};
      const int ready = ::poll(waited.data(), waited.size(), wait_ms);
      if (waited[1].revents != 0) return;
      if (ready == 0) feedWatchdog();
      if (waited[0].revents != 0) obey(signals_.take());
    }
  }

  void obey(int signal) {
    if (signal == SIGHUP && !options_.config.empty()) {
      service_.reloading();
      try {
        reload();
        log_.info("the configuration was read again");
      } catch (const Failure& failure) {
        log_.error(fmt::format("the configuration stays as it was: {}", failure.what()));
      }
      service_.ready();
    } else if (signal != 0) {
      if (stopping_) endAtOnce(signal);
      stopping_ = true;
      service_.stopping();
      monitor_.stop();
    }
  }

  // Asked twice, as for a monitor whose standard output nobody reads any more.
  static void endAtOnce(int signal) {
    sigset_t mask;
    ::sigemptyset(&mask);
    ::sigaddset(&mask, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
    ::raise(signal);
  }

  // Only if the engine has moved since the last time.
  void feedWatchdog() {
    const double uptime = monitor_.status().uptime_seconds;
    if (uptime > fed_at_uptime_) service_.watchdog();
    fed_at_uptime_ = uptime;
  }

  Monitor& monitor_;
  StopSignals& signals_;
  MonitorLog& log_;
  const MonitorOptions& options_;
  const ServiceNotify& service_;
  WakeEvent done_;
  double fed_at_uptime_ = -1.0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

ExitCode runMonitor(const MonitorOptions& options) {
  // Before any thread begins, so that none of them gets a signal.
  StopSignals signals;
  const ServiceNotify service;
  const MonitorConfig config = configOf(options);
  const DetectorMaker detector = detectorMaker(config.detector, options.model);
  MonitorLog log(config.log_level, options.journal);
  if (options.check_config) {
    checkMonitorConfig(config, log);
    if (!options.quiet) {
      printText(fmt::format("{}: {} sources, {} sinks, {} rules\n",
                            options.config.empty() ? kCommandLine : options.config,
                            config.sources.size(), config.sinks.size(), config.rules.size()));
    }
    return ExitCode::kOk;
  }
  checkEndpointNames(config);
  Monitor monitor(config, detector.make, log);
  std::optional<LabelStore> labels;
  if (!config.state_folder.empty()) labels.emplace(config.state_folder / kLabels);
  {
    Attendant attendant(monitor, signals, log, options, service);
    const auto controls = controlsOf(monitor, [&attendant] { attendant.reload(); });
    std::optional<ControlServer> server;
    if (!config.control_socket.empty()) {
      server.emplace(config.control_socket, *controls, labels ? &*labels : nullptr, log);
    }
    log.info(fmt::format("hiss " HISS_VERSION " watches {} sources with the detector {}",
                         config.sources.size(), config.detector));
    service.ready();
    monitor.run();
  }
  const MonitorStatus status = monitor.status();
  log.info(fmt::format("the end: {} rows of {} streams, {} alerts", status.rows,
                       status.streams.size(), status.alerts));
  return ExitCode::kOk;
}

}  // namespace hiss
