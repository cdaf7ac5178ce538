// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/engine/monitor/monitor_status.h"
#include "app/engine/monitor/sink.h"

namespace hiss {

class Monitor;

// What may be asked of a running monitor; the functions of Monitor of the same names. Called from
// the thread of the ControlServer.
class MonitorControls {
 public:
  MonitorControls() = default;
  MonitorControls(const MonitorControls&) = delete;
  MonitorControls& operator=(const MonitorControls&) = delete;
  virtual ~MonitorControls() = default;

  virtual MonitorStatus status() = 0;
  virtual std::vector<AlertEvent> alerts(std::size_t most) = 0;
  virtual bool acknowledge(const std::string& id, const std::string& note) = 0;
  virtual bool label(const std::string& id, const std::string& label, const std::string& note) = 0;
  virtual void mute(const std::string& stream_glob, double seconds) = 0;
  virtual void save() = 0;    // throws Failure
  virtual void reload() = 0;  // reads the configuration again; throws Failure
};

// Those of `monitor`, which must outlive it. `reload` reads the configuration and gives it to the
// monitor; it is called from another thread than the program's main one.
std::unique_ptr<MonitorControls> controlsOf(Monitor& monitor, std::function<void()> reload);

}  // namespace hiss
