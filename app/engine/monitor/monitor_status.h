// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/engine/monitor/source.h"

namespace hiss {

// How a sink does; counts since its start.
struct SinkStatus {
  std::string uri;  // without password
  bool connected = false;
  std::uint64_t written = 0;  // events and rows that went out
  std::uint64_t queued = 0;   // that wait
  std::uint64_t dropped = 0;  // that were given up
  std::string problem;        // empty: none
};

// What is known of one stream.
struct StreamStatus {
  std::string stream;
  int channels = 0;
  std::uint64_t rows = 0;
  std::uint64_t alerts = 0;
  double score = 0.0;
  double p = 1.0;
  double interval_seconds = 0.0;   // usual time between rows; 0: not known
  double last_seen_seconds = 0.0;  // since the newest row, by the steady clock
  std::uint64_t gaps = 0;
  std::uint64_t out_of_order = 0;  // rows with the stamp of an earlier one, or before it
  bool warming_up = true;
  bool muted = false;
  bool no_data = false;
  std::string alert_id;  // that is on
};

// How the monitor does. Counts since its start.
struct MonitorStatus {
  double uptime_seconds = 0.0;
  std::uint64_t rows = 0;
  std::uint64_t values = 0;           // of all channels
  std::uint64_t alerts = 0;           // that began
  std::uint64_t malformed = 0;        // of all sources
  std::uint64_t dropped = 0;          // of all sources, and rows of refused streams
  std::uint64_t streams_refused = 0;  // beyond the limit, since the start
  double model_seconds = 0.0;         // in detectors
  double queue_rows = 0.0;            // that wait to be scored
  double state_age_seconds = -1.0;    // since the newest state went to disk; -1: none yet
  std::uint64_t state_bytes = 0;      // of it
  std::string state_problem;          // why the newest one did not; empty: it did
  // From a row's arrival until all sinks had its verdict; of the last one to two minutes.
  double latency_p50_seconds = 0.0;
  double latency_p99_seconds = 0.0;
  std::vector<SourceStatus> sources;
  std::vector<StreamStatus> streams;
  std::vector<SinkStatus> sinks;
};

}  // namespace hiss
