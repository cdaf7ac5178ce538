// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/engine/byte_file.h"
#include "app/engine/compare/compare_result.h"

namespace hiss {

// The document of --json without its "hiss"; what cannot be told is null. [thread-safe]
[[nodiscard]] nlohmann::json compareJson(const CompareReport& report);

// All traces as one table, a row for each step of each model:
//
//   model,step,step_us,state_rms,dt_mean,dt_deviation,loss
//
// Steps count from 1; a loss is empty where there is none. Throws Failure(kOutput) that calls the
// file `name`. [main-thread]
void writeTraces(const CompareReport& report, ByteFile& csv, const std::string& name);

}  // namespace hiss
