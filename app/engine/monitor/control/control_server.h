// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "app/engine/monitor/control/monitor_controls.h"
#include "app/engine/monitor/monitor_log.h"

namespace hiss {

class LabelStore;

// Lets programs of the same user talk to a running monitor over a Unix socket with the mode 0600;
// control_protocol.h says what they say. A thread of its own answers requests one by one: at most
// kMostClients at a time, each silent for at most kIdleSeconds, with lines of at most
// kMostRequestBytes.
class ControlServer {
 public:
  static constexpr std::size_t kMostClients = 16;
  static constexpr std::size_t kMostRequestBytes = 65536;
  static constexpr double kIdleSeconds = 30.0;

  // Listens at once. A socket that a dead monitor left is taken over. `labels` may be null: then
  // labels reach the sinks, but are not kept. All must outlive this. Throws Failure: kUsage
  // (another monitor listens there, or the path is too long), kOutput (it cannot be made).
  ControlServer(const std::filesystem::path& path, MonitorControls& controls, LabelStore* labels,
                MonitorLog& log);
  // Waits for the request that is being answered and removes the socket.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hiss
