// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/cli/exit_codes.h"
#include "app/engine/batch_run.h"

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

  void add(const FileOutcome& outcome);
};

// One line for people: "14 files: 12 done, 2 failed; 93.1 s of sound in 1.6 s".
std::string toText(const BatchTotals& totals);

// Writes text, or a document with line breaks, to standard output. Bytes of file names that are not
// UTF-8 are replaced. Throws Failure(kOutput).
void printText(const std::string& text);
void printJson(const nlohmann::json& document);

}  // namespace hiss
