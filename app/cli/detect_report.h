// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/batch_plan.h"
#include "app/engine/sensors/detect_job.h"

namespace hiss {

// How one input of `hiss detect` ended.
struct DetectOutcome {
  BatchEntry entry;
  std::optional<DetectReport> report;
  std::optional<Failure> failure;
};

// Object of one input in the document of `hiss detect --json`; the keys are listed in
// app/README.md.
nlohmann::json toJson(const DetectOutcome& outcome);

// The same for people: a line, one for each of the first alerts, and the remarks. Needs a report.
std::string toText(const DetectOutcome& outcome);

// What a user may not expect of the input, a sentence each.
std::vector<std::string> remarks(const DetectReport& report);

}  // namespace hiss
