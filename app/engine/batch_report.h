// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "app/engine/batch_run.h"
#include "app/engine/exit_codes.h"

namespace hiss {

// What the objects of all commands begin with: "input", "output" and, if it failed, "status" and
// "error".
nlohmann::json entryJson(const BatchEntry& entry, const std::optional<Failure>& failure);

// Object of one input in the document of `hiss denoise --json`; the keys are listed in
// app/README.md. Levels of silence are null.
nlohmann::json toJson(const FileOutcome& outcome);

// The same as one line for people.
std::string toText(const FileOutcome& outcome);

// What a batch came to.
struct BatchTotals {
  std::size_t files = 0;
  std::size_t done = 0;  // of a dry run: would be
  std::size_t skipped = 0;
  std::size_t failed = 0;
  std::size_t refused = 0;     // of those that failed: their outputs exist
  double sound_seconds = 0.0;  // of what was done
  double wall_seconds = 0.0;
  bool planned = false;
  FailureKind first_failure = FailureKind::kInternal;

  void add(const FileOutcome& outcome);
};

// One line for people: "14 files: 12 done, 2 failed; 93.1 s of sound in 1.6 s".
std::string toText(const BatchTotals& totals);

ExitCode exitCodeOf(const BatchTotals& totals);

// What a batch was made with, as its document says it.
struct BatchMaker {
  std::string model_name;
  std::string model_path;
  std::string simd;      // name of the kernels
  bool removed = false;  // what was taken out was written
};

// The document of `hiss denoise --json` and of a report in JSON; `files` is an array of toJson().
nlohmann::json batchDocument(const BatchMaker& maker, const BatchTotals& totals,
                             nlohmann::json files);

}  // namespace hiss
