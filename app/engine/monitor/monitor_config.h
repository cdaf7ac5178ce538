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

// Reads a configuration file (TOML); app/packaging/monitor.toml has every key. Throws Failure
// (kUsage) "FILE:LINE: KEY: expected ..., found ...", also for keys it does not know; kInput if the
// file cannot be read. "${NAME}" in a text is the variable NAME of the environment, "$${" is "${"
// itself; in a URI a variable is put in after the URI was taken apart, so that it may hold any
// character. Relative paths are those below the file's folder. Keys of [[source]] and [[sink]] that
// are not of the configuration are the options of makeSource and makeSink, which check them.
MonitorConfig readMonitorConfig(const std::filesystem::path& path);

// The same from a text; `name` stands for the file in messages.
MonitorConfig parseMonitorConfig(const std::string& text, const std::string& name,
                                 const std::filesystem::path& folder);

// Whether it could run: there is a source and a sink, no two sources and no two sinks have one name
// (their states would be mixed up), and each can be made, which is tried; none is started. Throws
// Failure (kUsage, kInput).
void checkMonitorConfig(const MonitorConfig& config, MonitorLog& log);

// The part of that which needs nothing to be made.
void checkEndpointNames(const MonitorConfig& config);

}  // namespace hiss
