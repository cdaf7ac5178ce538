// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/engine/sensors/sensor_watch.h"
#include "app/engine/sensors/table_format.h"

namespace hiss {

// One table or recording to watch.
struct DetectJob {
  std::filesystem::path input;   // "-": standard input
  std::filesystem::path output;  // scores; "-": standard output, row by row
  std::filesystem::path plot;    // picture; empty: none
  std::filesystem::path state;   // where the stream's past is kept; empty: nowhere
  bool replace = false;          // output and picture, if they exist
  bool audio = false;            // the input is sound
  bool allow_truncated = false;  // of sound
  TableWish table;
  std::string detector;  // name, for states and messages
  WatchSettings watch;
};

struct DetectReport {
  std::uint64_t first_row = 0;  // rows of earlier runs of the same stream
  std::uint64_t rows = 0;       // of this run
  std::vector<std::string> channels;
  bool has_seconds = false;
  double interval_s = 0.0;  // usual time between rows; 0: not known
  double alarm_p = 0.0;     // at the end
  int warm_up_rows = 0;
  std::size_t state_bytes_per_channel = 0;
  SourceEvents events;
  ClockState clock;  // what its stamps were like; counts are of the whole stream
  double peak_score = 0.0;
  std::uint64_t peak_row = 0;
  std::string peak_time;
  std::uint64_t alerts = 0;
  bool flapping = false;  // at the end
  std::vector<AlertRecord> records;
  double detector_seconds = 0.0;  // wall time of all but reading the first rows
};

struct DetectHooks {
  // A detector that has not run yet.
  std::function<std::unique_ptr<AnomalyDetector>()> make_detector;
  // Parts done and in all (-1: not known), some times a second; false: give up.
  std::function<bool(std::int64_t done, std::int64_t total)> on_progress;
};

// Reads the input row by row, says what the detector finds of each row, and keeps the past if
// wanted, in memory that does not depend on the input's length. Outputs appear when all is done, or
// not at all: first the scores, then the picture, then the state. Throws Failure.
DetectReport detectFile(const DetectJob& job, const DetectHooks& hooks);

}  // namespace hiss
