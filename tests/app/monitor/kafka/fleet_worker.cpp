// SPDX-License-Identifier: Apache-2.0
// A monitor with one source and one sink, for tests to kill: fleet_worker SOURCE SINK STATE_FOLDER.
// It saves its state on SIGUSR1 and at its end.
#include <pthread.h>
#include <signal.h>

#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include "app/engine/monitor/monitor.h"
#include "models/anomaly_detector.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads
  try {
    hiss::MonitorLog log(hiss::LogLevel::kInfo);
    hiss::MonitorConfig config;
    config.sources.push_back(hiss::makeEndpoint(argv[1], "the test"));
    config.sinks.push_back(hiss::makeEndpoint(argv[2], "the test"));
    config.state_folder = argv[3];
    config.detector = "rls-ar";
    config.save_every_seconds = 1e6;
    config.defaults.budget.alarm_p = 0.01;  // so that there is what to tell
    config.defaults.limits.push_back({"a", std::nullopt, 30.0});
    hiss::Monitor monitor(
        config, [] { return hiss::makeDetector("rls-ar", nullptr); }, log);
    std::thread waiter([&] {
      int signal = 0;
      while (sigwait(&signals, &signal) == 0 && signal == SIGUSR1) monitor.save();
      monitor.stop();
    });
    monitor.run();
    pthread_kill(waiter.native_handle(), SIGTERM);  // if it has not come from outside
    waiter.join();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
