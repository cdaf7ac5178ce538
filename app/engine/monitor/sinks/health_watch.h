// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/monitor/monitor_status.h"

namespace hiss {

// Says whether a monitor does what it should, from what is seen of it each time it is asked.
// Unhealthy: a source has not been connected for more than a minute, the newest state could not be
// saved, or the engine has not moved for ten seconds. Times are the steady clock's, in ns.
// Not thread-safe.
class HealthWatch {
 public:
  static constexpr double kSourceSeconds = 60.0;
  static constexpr double kEngineSeconds = 10.0;

  struct Report {
    bool healthy = true;
    std::vector<std::string> problems;  // why it is not
    std::vector<std::string> warnings;  // what else ails it: sinks
  };
  Report look(const MonitorStatus& status, std::int64_t now_ns);

 private:
  std::map<std::string, std::int64_t> down_since_ns_;  // by source
  // The least of (now - uptime) seen: the start of the engine, as near as a status was fresh.
  std::optional<double> began_seconds_;
};

// The report as JSON, with a few figures.
std::string healthJson(const HealthWatch::Report& report, const MonitorStatus& status);

}  // namespace hiss
