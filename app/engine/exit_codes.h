// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "app/engine/failure.h"

namespace hiss {

// What `hiss` hands back to the shell. The table is part of the program's interface: README, man
// page and `hiss --help` repeat it, and a test compares them.
enum class ExitCode {
  kOk = 0,
  kInternal = 1,
  kUsage = 2,
  kInput = 3,
  kModel = 4,
  kOutput = 5,
  kSomeFailed = 6,
};

struct ExitCodeMeaning {
  ExitCode code;
  const char* meaning;
};

inline constexpr std::array kExitCodeMeanings = {
    ExitCodeMeaning{ExitCode::kOk, "all inputs done (or, with --resume, done before)"},
    ExitCodeMeaning{ExitCode::kInternal, "internal error, or out of memory"},
    ExitCodeMeaning{ExitCode::kUsage, "command line or environment variable not understood"},
    ExitCodeMeaning{ExitCode::kInput, "an input cannot be read or processed"},
    ExitCodeMeaning{ExitCode::kModel, "the model is unknown or its file is damaged"},
    ExitCodeMeaning{ExitCode::kOutput, "an output cannot be written"},
    ExitCodeMeaning{ExitCode::kSomeFailed, "of several inputs some were done and some failed"},
};

// The code of a run in which everything failed, `kind` first.
constexpr ExitCode exitCodeOf(FailureKind kind) {
  switch (kind) {
    case FailureKind::kUsage:
      return ExitCode::kUsage;
    case FailureKind::kInput:
      return ExitCode::kInput;
    case FailureKind::kModel:
      return ExitCode::kModel;
    case FailureKind::kOutput:
      return ExitCode::kOutput;
    case FailureKind::kInternal:
    case FailureKind::kCancelled:
      break;
  }
  return ExitCode::kInternal;
}

}  // namespace hiss
