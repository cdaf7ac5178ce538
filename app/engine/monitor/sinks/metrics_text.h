// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "app/engine/monitor/sink.h"

namespace hiss {

// Alerts that began, by stream and kind (MonitorAlertKind).
using AlertCounts = std::unordered_map<std::string, std::array<std::uint64_t, 3>>;

// All metrics in Prometheus' text format 0.0.4. Names of streams, sources and sinks are labels:
// what is not UTF-8 in them becomes "?", and of two that are alike then one gets a number.
// [thread-safe]
std::string metricsText(const MonitorStatus& status, const AlertCounts& alerts);

}  // namespace hiss
