// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/health_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/engine/sensors/time_stamp.h"

namespace hiss {

HealthWatch::Report HealthWatch::look(const MonitorStatus& status, std::int64_t now_ns) {
  Report report;
  std::map<std::string, std::int64_t> down;
  for (const SourceStatus& source : status.sources) {
    if (source.connected || source.ended) continue;
    // One that was never there has been away since the start, whenever it is first asked for.
    const bool never = source.rows == 0 && source.reconnects == 0;
    const auto start = now_ns - static_cast<std::int64_t>(status.uptime_seconds * 1e9);
    const auto known = down_since_ns_.find(source.uri);
    const std::int64_t since = known != down_since_ns_.end() ? known->second
                               : never                       ? start
                                                             : now_ns;
    down.emplace(source.uri, since);
    const double seconds = static_cast<double>(now_ns - since) / 1e9;
    if (seconds <= kSourceSeconds) continue;
    report.problems.push_back(fmt::format("source {}: not connected for {}{}{}", source.uri,
                                          durationText(seconds), source.problem.empty() ? "" : ": ",
                                          source.problem));
  }
  down_since_ns_ = std::move(down);
  if (!status.state_problem.empty()) {
    report.problems.push_back("state: not saved: " + status.state_problem);
  }
  const double began = static_cast<double>(now_ns) / 1e9 - status.uptime_seconds;
  began_seconds_ = std::min(began_seconds_.value_or(began), began);
  if (const double still = began - *began_seconds_; still > kEngineSeconds) {
    report.problems.push_back("engine: has not moved for " + durationText(still));
  }
  for (const SinkStatus& sink : status.sinks) {
    if (!sink.problem.empty()) {
      report.warnings.push_back(fmt::format("sink {}: {}", sink.uri, sink.problem));
    }
  }
  report.healthy = report.problems.empty();
  return report;
}

std::string healthJson(const HealthWatch::Report& report, const MonitorStatus& status) {
  nlohmann::ordered_json json;
  json["healthy"] = report.healthy;
  json["problems"] = report.problems;
  json["warnings"] = report.warnings;
  json["uptime_seconds"] = status.uptime_seconds;
  json["streams"] = status.streams.size();
  json["rows"] = status.rows;
  json["alerts"] = status.alerts;
  json["queue_rows"] = status.queue_rows;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hiss
