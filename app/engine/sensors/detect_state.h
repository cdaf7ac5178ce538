// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/sensors/sensor_watch.h"

namespace hiss {

// What a state file holds: the past of a stream, and what it belongs to.
//
//   hiss-detect-state 1 FINGERPRINT\n    version of this format; of all that follows the line
//   {...}\n                              JSON: the fields below but for `detector_bytes`
//   detector_bytes                       as AnomalyDetector::saveState gave them
struct DetectState {
  std::string detector;               // its name
  std::vector<std::string> channels;  // the detector's
  std::vector<std::string> columns;   // of the whole table
  bool has_seconds = false;
  WatchState watch;
  std::vector<std::byte> detector_bytes;
};

// Empty if there is no such file. Throws Failure(kInput) if it is not such a state, or a damaged
// one.
std::optional<DetectState> readDetectState(const std::filesystem::path& path);

// Throws Failure(kOutput).
void writeDetectState(const DetectState& state, AtomicOutput& output);

// Of a watch that has run.
DetectState stateOf(const SensorWatch& watch, const std::string& detector,
                    const std::vector<std::string>& columns);

// Puts the state into a watch that has not run yet. Throws Failure(kInput), which calls the file
// `name`, if it is of another detector, of other channels, or of rows with another kind of time.
void restoreWatch(const DetectState& state, const std::string& detector, SensorWatch& watch,
                  const std::string& name);

}  // namespace hiss
