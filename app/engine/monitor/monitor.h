// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/engine/monitor/monitor_config.h"
#include "app/engine/monitor/monitor_status.h"
#include "app/engine/monitor/sink.h"
#include "app/engine/monitor/source.h"
#include "models/anomaly_detector.h"

namespace hiss {

// Watches many streams for weeks: rows come from sources, each stream has a detector and alert
// rules of its own, verdicts go to sinks, and all of the past is saved now and then.
//
// One thread (that of run()) scores rows and writes to sinks; sources and sinks have their own.
class Monitor {
 public:
  using MakeDetector = std::function<std::unique_ptr<AnomalyDetector>()>;

  // What makes sources and sinks; other than the usual ones in tests.
  struct Makers {
    std::function<std::unique_ptr<Source>(const Endpoint&, MonitorLog&)> source = makeSource;
    std::function<std::unique_ptr<Sink>(const Endpoint&, const SinkContext&)> sink = makeSink;
  };

  // Makes sources and sinks and loads the state. Throws Failure (kUsage, kInput, kOutput).
  Monitor(const MonitorConfig& config, MakeDetector make_detector, MonitorLog& log);
  Monitor(const MonitorConfig& config, MakeDetector make_detector, MonitorLog& log, Makers makers);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // Until all sources have ended or stop() is called; saves the state at the end.
  void run();

  // Of these all are [thread-safe].
  void stop() noexcept;
  [[nodiscard]] MonitorStatus status() const;
  // The rules, limits and sinks' and sources' options of another configuration; streams and what
  // they remember stay. Sources and sinks that stand unchanged in it are not touched. Waits until
  // it is done. Throws Failure and leaves everything as it was.
  void reload(const MonitorConfig& config);
  // Saves the state now; waits for it. Throws Failure(kOutput).
  void save();
  // The alerts that are on or have been in this run, newest first, at most `most`.
  [[nodiscard]] std::vector<AlertEvent> alerts(std::size_t most);
  // Tell every sink. False: there is no alert with this id among those above.
  bool acknowledge(const std::string& id, const std::string& note);
  // `label`: "normal" (learn it as usual) or "fault".
  bool label(const std::string& id, const std::string& label, const std::string& note);
  // No alerts of streams that match are told for so long; 0 ends it.
  void mute(const std::string& stream_glob, double seconds);
  // Of the stream's detector; null: no such stream, or its detector has no hidden state. Throws
  // Failure(kCancelled) once run() has ended.
  [[nodiscard]] std::shared_ptr<StateTap> stateTap(const std::string& stream);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hiss
