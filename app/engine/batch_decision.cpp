// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_decision.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "app/engine/denoise_job.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

bool isOlder(const fs::path& output, const fs::path& input) {
  std::error_code error;
  const auto input_time = fs::last_write_time(input, error);
  return !error && fs::last_write_time(output, error) < input_time && !error;
}

}  // namespace

Decision decide(const BatchEntry& entry, ExistingOutput rule, const Journal* journal) {
  std::error_code ignored;
  const bool exists = entry.output != kStandardStream && fs::is_regular_file(entry.output, ignored);
  if (exists && rule == ExistingOutput::kSkip) return {.skip = "output exists"};
  if (exists && rule == ExistingOutput::kResume &&
      (journal == nullptr || journal->state(entry) != Journal::State::kChanged)) {
    return {.skip = "done before"};
  }
  if (exists && rule == ExistingOutput::kOlder && !isOlder(entry.output, entry.input)) {
    return {.skip = "output is not older than the input"};
  }
  if (entry.input != kStandardStream && ::access(entry.input.c_str(), R_OK) != 0) {
    throw Failure(FailureKind::kInput, entry.input.string(), "a readable file", errnoText(errno));
  }
  if (exists && rule == ExistingOutput::kRefuse) {
    throw Failure(FailureKind::kOutput, entry.output.string(), "no file there yet",
                  "one that exists");
  }
  // Also what somebody else writes there from now on.
  return {.found = exists, .replace = exists || rule == ExistingOutput::kReplace, .skip = {}};
}

}  // namespace hiss
