// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>

#include "models/sensor_view.h"

namespace hiss {

inline constexpr float kNoValue = std::numeric_limits<float>::quiet_NaN();

// Two channels over 240 columns of a second each: waves with their bands, rows that are missing
// from 100 to 119, a value that is missing in 150, an alert from 180 to 199.
inline SensorLanes madeLanes(const std::string& stream = "pump") {
  constexpr std::size_t kColumns = 240;
  constexpr std::int64_t kBegin = 1'700'000'000'000'000'000;
  SensorLanes lanes;
  lanes.stream = stream;
  lanes.extent.channels = {"flow", "heat"};
  lanes.extent.has_time = true;
  lanes.extent.rows = kColumns;
  lanes.begin = kBegin;
  lanes.end = kBegin + static_cast<std::int64_t>(kColumns) * 1'000'000'000;
  lanes.extent.oldest = lanes.begin;
  lanes.extent.newest = lanes.end - 1;
  lanes.lanes.resize(2);
  for (std::size_t i = 0; i < kColumns; ++i) {
    const bool is_row = i < 100 || i >= 120;
    const bool is_alert = i >= 180 && i < 200;
    lanes.alerts.push_back(is_alert ? 1 : 0);
    lanes.score.push_back(is_row ? (is_alert ? 1.6F : 0.4F) : kNoValue);
    for (std::size_t c = 0; c < 2; ++c) {
      SensorLane& lane = lanes.lanes[c];
      lane.channel = lanes.extent.channels[c];
      const auto wave = 10.0F * std::sin(0.05F * static_cast<float>(i + 30 * c));
      const float value = wave + (is_alert && c == 0 ? 14.0F : 0.0F);
      const bool has_value = is_row && i != 150;
      lane.least.push_back(has_value ? value - 0.5F : kNoValue);
      lane.greatest.push_back(has_value ? value + 0.5F : kNoValue);
      lane.band_low.push_back(is_row && i > 10 ? wave - 3.0F : kNoValue);
      lane.band_high.push_back(is_row && i > 10 ? wave + 3.0F : kNoValue);
    }
  }
  return lanes;
}

}  // namespace hiss
