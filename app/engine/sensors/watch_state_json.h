// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>

#include "app/engine/sensors/sensor_watch.h"

namespace hiss {

// What a watch remembers as a JSON object: "clock", "alerts", "quiet" and, if there are any,
// "current" and "accepted". [thread-safe]
nlohmann::json watchStateJson(const WatchState& state);

// The same read again, for a stream of so many channels; other fields are passed over. Throws
// std::exception (of nlohmann::json, or std::runtime_error for a field out of range).
// [thread-safe]
WatchState watchStateOf(const nlohmann::json& document, std::size_t channels);

}  // namespace hiss
