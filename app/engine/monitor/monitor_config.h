// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/monitor_log.h"
#include "app/engine/monitor/stream_rules.h"

namespace hiss {

// All that `hiss monitor` is told.
struct MonitorConfig {
  std::vector<Endpoint> sources;
  std::vector<Endpoint> sinks;
  StreamRules defaults;
  std::vector<RulePatch> rules;
  std::string detector = "mamba";
  std::filesystem::path state_folder;  // empty: nothing is kept
  double save_every_seconds = 60.0;
  std::uint64_t most_streams = 10000;    // further ones are refused, and said so
  int most_channels = 256;               // of a stream; further fields are refused
  std::size_t queue_rows = 65536;        // that may wait to be scored
  std::filesystem::path control_socket;  // empty: none
  LogLevel log_level = LogLevel::kInfo;
};

// Reads a configuration file (TOML). Throws Failure(kUsage) "FILE:LINE: KEY: expected ..., found
// ...", also for keys it does not know.
MonitorConfig readMonitorConfig(const std::filesystem::path& path);

}  // namespace hiss
