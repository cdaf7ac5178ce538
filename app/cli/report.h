// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/exit_codes.h"
#include "app/engine/batch_run.h"

namespace hiss {

// Object of one input in the document of `hiss denoise --json`; the keys are listed in
// app/README.md. Levels of silence are null.
nlohmann::json toJson(const FileOutcome& outcome);

// The same as one line for people.
std::string toText(const FileOutcome& outcome);

// "input", "output", "model", …: the value of `error.kind`.
std::string failureKindName(FailureKind kind);

// Writes text, or a document with line breaks, to standard output. Bytes of file names that are not
// UTF-8 are replaced. Throws Failure(kOutput).
void printText(const std::string& text);
void printJson(const nlohmann::json& document);

}  // namespace hiss
