// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "app/engine/sensors/time_stamp.h"

namespace hiss {

// Whether a column or key of this name usually holds the time: time, timestamp, date, ts, t and the
// like, also with a unit behind it (time_ms). Case does not matter. [thread-safe]
bool isTimeName(std::string_view name);

// The unit at the end of "time_ms", "time (ms)" or "timestamp[ns]"; empty if there is none.
// [thread-safe]
std::optional<TimeUnit> timeUnitInName(std::string_view name);

}  // namespace hiss
