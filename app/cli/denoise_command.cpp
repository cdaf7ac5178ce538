// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/report.h"
#include "app/engine/file_identity.h"

namespace hiss {
namespace {

class DenoiseCommand {
 public:
  explicit DenoiseCommand(const DenoiseOptions& options)
      : options_(options), console_(options.quiet) {}

  ExitCode run() {
    const std::vector<BatchEntry> plan =
        planBatch({options_.inputs, options_.output, options_.format.container, options_.removed});
    to_standard_output_ = std::any_of(plan.begin(), plan.end(), [](const BatchEntry& entry) {
      return entry.output == kStandardStream;
    });
    if (to_standard_output_ && options_.json) {
      throw Failure(FailureKind::kUsage, "--json", "an output file (-o FILE)",
                    "sound on standard output");
    }
    model_ = loadModel(options_.model);
    model_.denoiser->setListenRemoved(options_.removed);
    for (const BatchEntry& entry : plan) finish(attempt(entry));
    if (options_.json) printJson(document());
    return exitCode();
  }

 private:
  FileOutcome attempt(const BatchEntry& entry) {
    FileOutcome outcome{entry, std::nullopt, entry.failure};
    if (entry.failure) return outcome;
    try {
      if (isDoneBefore(entry)) return outcome;
      const DenoiseJob job{entry.input, entry.output, options_.format, options_.force,
                           options_.allow_truncated};
      outcome.report = denoiseFile(job, *model_.denoiser, [&](auto done, auto total) {
        console_.progress(entry.input.string(), done, total);
        return true;
      });
    } catch (const Failure& failure) {
      outcome.failure = failure;
    } catch (const std::bad_alloc&) {
      outcome.failure.emplace(FailureKind::kInternal, entry.input.string(), "enough memory",
                              "too little");
    } catch (const std::exception& error) {
      outcome.failure.emplace(FailureKind::kInternal, entry.input.string(), "no internal error",
                              error.what());
    }
    console_.clearProgress();
    return outcome;
  }

  // Outputs appear only when complete, so one that exists is done.
  bool isDoneBefore(const BatchEntry& entry) const {
    std::error_code ignored;
    return options_.resume && entry.output != kStandardStream &&
           std::filesystem::is_regular_file(entry.output, ignored);
  }

  void finish(const FileOutcome& outcome) {
    if (outcome.failure) {
      console_.error(outcome.failure->what());
    } else if (!options_.json && !options_.quiet && !to_standard_output_) {
      printText(toText(outcome));
    }
    outcomes_.push_back(outcome);
  }

  std::size_t failures() const {
    return static_cast<std::size_t>(
        std::count_if(outcomes_.begin(), outcomes_.end(),
                      [](const FileOutcome& outcome) { return outcome.failure.has_value(); }));
  }

  ExitCode exitCode() const {
    const std::size_t failed = failures();
    if (failed == 0) return ExitCode::kOk;
    if (failed < outcomes_.size()) return ExitCode::kSomeFailed;
    return exitCodeOf(outcomes_.front().failure->kind());
  }

  nlohmann::json document() const {
    nlohmann::json files = nlohmann::json::array();
    for (const FileOutcome& outcome : outcomes_) files.push_back(toJson(outcome));
    return {{"hiss", HISS_VERSION},
            {"model", {{"name", model_.name}, {"path", model_.model->path()}}},
            {"simd", model_.denoiser->kernels().name},
            {"written", options_.removed ? "removed" : "denoised"},
            {"files", files},
            {"failed", failures()},
            {"exit_code", static_cast<int>(exitCode())}};
  }

  const DenoiseOptions& options_;
  Console console_;
  LoadedModel model_;
  bool to_standard_output_ = false;
  std::vector<FileOutcome> outcomes_;
};

}  // namespace

ExitCode runDenoise(const DenoiseOptions& options) { return DenoiseCommand(options).run(); }

}  // namespace hiss
