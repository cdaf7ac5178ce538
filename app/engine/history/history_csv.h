// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "app/engine/history/sensor_history.h"

namespace hiss {

// Writes the rows of [begin, end) of a stream as a table, complete or absent: `time` (ISO 8601,
// UTC; or `row`, the row's number), for each channel its value, low and high end of the predicted
// band and share of the verdict, then p, score and the id of the alert. What is missing is empty.
// Numbers are the shortest that read as the same value. What was there is replaced. Returns the
// number of rows. Throws Failure (kOutput; kCancelled once `cancelled` is true). [thread-safe]
std::uint64_t writeHistoryCsv(const SensorHistory& history, const std::string& stream,
                              std::int64_t begin, std::int64_t end,
                              const std::filesystem::path& path,
                              const std::atomic<bool>& cancelled);

}  // namespace hiss
