// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace hiss {

// What a window shows of sensor streams that were scored. Plain values, no part of the engine.
//
// A moment is where a row stands on the time axis: ns since 1970 (UTC), or, for a stream whose
// source has no time, the row's number. It never runs back: a row with an earlier stamp stands
// where the row before it does.

// One channel over a range of moments, pooled to columns. NaN: nothing there.
struct SensorLane {
  std::string channel;
  std::vector<float> least;      // [columns] of the values
  std::vector<float> greatest;   // [columns]
  std::vector<float> band_low;   // [columns] least lower end of the predicted band
  std::vector<float> band_high;  // [columns] greatest upper end
};

// What is known of a stream as a whole.
struct SensorExtent {
  std::vector<std::string> channels;
  bool has_time = false;
  std::uint64_t rows = 0;   // that were scored
  std::uint64_t first = 0;  // number of the oldest row that is kept
  std::int64_t oldest = 0;  // moment of that row
  std::int64_t newest = 0;  // of the newest row
};

// One stream over [begin, end). Each row stands in the column of its moment; a column may also
// hold rows of the columns beside it, but lacks none of its own.
struct SensorLanes {
  std::string stream;
  SensorExtent extent;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::vector<SensorLane> lanes;     // of the first channels
  std::vector<float> score;          // [columns] greatest; NaN: no row
  std::vector<std::uint8_t> alerts;  // [columns] whether an alert was on
};

struct SensorCell {
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN: missing
  float low = std::numeric_limits<float>::quiet_NaN();      // predicted band; NaN: none yet
  float high = std::numeric_limits<float>::quiet_NaN();
  float share = 0.0F;  // of the row's verdict
};

// One row with all that was said of it.
struct SensorMoment {
  std::uint64_t row = 0;
  std::int64_t at = 0;
  double p = 1.0;
  double score = 0.0;  // above 1 alarms
  bool warming_up = false;
  bool muted = false;
  std::string alert_id;           // of the alert that was on; empty: none
  std::vector<SensorCell> cells;  // [channels]
};

}  // namespace hiss
