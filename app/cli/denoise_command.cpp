// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/report.h"
#include "app/cli/stop_signals.h"
#include "app/engine/batch_report.h"
#include "app/engine/denoise_batch.h"
#include "app/engine/file_watch.h"
#include "app/engine/report_file.h"
#include "ssm/simd/dispatch.h"

namespace hiss {
namespace {

class DenoiseCommand {
 public:
  explicit DenoiseCommand(const DenoiseOptions& options)
      : options_(options), console_(options.quiet) {}

  ExitCode run() {
    BatchRequest request;
    request.inputs = options_.inputs;
    request.output = options_.output;
    request.container = options_.format.container;
    request.removed = options_.removed;
    request.recursive = options_.recursive;
    request.flat = options_.flat;
    request.shard = options_.shard;
    if (isWatching()) request.inputs = {options_.watch};
    const BatchPlan plan = isWatching() ? planArrivals(request, {}) : planBatch(request);
    const std::vector<BatchEntry>& entries = plan.entries;
    existing_ = ruleFor(plan);
    to_standard_output_ = std::any_of(entries.begin(), entries.end(), [](const BatchEntry& entry) {
      return entry.output == kStandardStream;
    });
    if (to_standard_output_ && options_.json) {
      throw Failure(FailureKind::kUsage, "--json", "an output file (-o FILE)",
                    "sound on standard output");
    }
    totals_.planned = options_.dry_run;
    begin(plan);
    openReport();
    if (options_.dry_run) {
      for (const BatchEntry& entry : entries) finish(batch_->predict(entry));
    } else if (isWatching()) {
      watch(request);
    } else {
      runAll(entries);
    }
    if (report_) report_->finish(document());
    if (options_.json) printJson(document());
    if (totals_.files > 1 && !isWatching() && saysLines()) sayTotals();
    return exitCodeOf(totals_);
  }

 private:
  bool isWatching() const { return !options_.watch.empty(); }
  bool saysLines() const { return !options_.json && !options_.quiet && !to_standard_output_; }

  void sayTotals() {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin_;
    totals_.wall_seconds = wall.count();
    printText(toText(totals_));
  }

  // Until a signal tells to end: no further file is begun then, and those in work are given up.
  void watch(const BatchRequest& request) {
    stop_.emplace();
    FileWatch files(options_.watch, options_.recursive);
    while (!batch_->isCancelled()) {
      const std::vector<std::filesystem::path> complete = files.wait(stop_->descriptor());
      if (complete.empty()) return;
      runAll(planArrivals(request, complete).entries);
    }
  }

  void heedSignals() {
    if (stop_ && stop_->arrived()) batch_->cancel();
  }

  ExistingOutput ruleFor(const BatchPlan& plan) const {
    if (options_.resume) return ExistingOutput::kResume;
    if (options_.force || options_.overwrite == "always") return ExistingOutput::kReplace;
    if (options_.overwrite == "older") return ExistingOutput::kOlder;
    if (isWatching() && options_.overwrite.empty()) return ExistingOutput::kOlder;
    const bool skip = options_.overwrite == "never" && plan.is_batch;
    return skip ? ExistingOutput::kSkip : ExistingOutput::kRefuse;
  }

  void begin(const BatchPlan& plan) {
    DenoiseBatchSettings settings;
    settings.model = loadDenoiserModel(options_.model.model);
    const std::string& path = settings.model->path();
    maker_ = {std::filesystem::path(path).stem().string(), path, defaultKernels().name,
              options_.removed};
    settings.attenuation_limit_db = options_.model.attenuation_limit_db;
    settings.mix = options_.model.mix;
    settings.channels = options_.model.channels;
    settings.format = options_.format;
    settings.removed = options_.removed;
    settings.allow_truncated = options_.allow_truncated;
    settings.dither = options_.dither;
    settings.existing = existing_;
    settings.shard = options_.shard;
    settings.jobs = options_.jobs;
    settings.measures = !options_.report.empty();
    settings.pictures = settings.measures && ReportFile::takesPictures(options_.report);
    batch_.emplace(settings, plan);
  }

  // Refused before the work rather than after it.
  void openReport() {
    if (options_.report.empty() || options_.dry_run) return;
    if (options_.resume) {
      removeStrayTemporaries({{options_.report, options_.report, std::nullopt}});
    }
    report_.emplace(options_.report, existing_ != ExistingOutput::kRefuse);
  }

  void runAll(const std::vector<BatchEntry>& plan) {
    files_ = plan.size();
    done_ = 0;
    DenoiseBatchHooks hooks;
    hooks.on_outcome = [this](FileOutcome outcome) { finish(std::move(outcome)); };
    hooks.on_tick = [this] {
      heedSignals();
      showProgress();
    };
    batch_->run(plan, hooks);
  }

  void showProgress() {
    if (files_ == 1 || options_.jobs == 1) {
      for (const FileProgress& now : batch_->running()) {
        console_.progress(now.input.string(), now.done, now.total);
      }
    } else {
      console_.progress(fmt::format("{} of {} files", done_, files_),
                        static_cast<std::int64_t>(done_), static_cast<std::int64_t>(files_));
    }
  }

  void finish(FileOutcome outcome) {
    console_.clearProgress();
    heedSignals();
    ++done_;
    totals_.add(outcome);
    if (report_) report_->add(outcome, outcome.picture_png);
    outcome.picture_png.clear();
    if (outcome.failure) {
      console_.error(outcome.failure->what());
    } else if (saysLines()) {
      printText(toText(outcome));
    }
    // Who watches may do so for months.
    if (options_.json || !options_.report.empty()) outcomes_.push_back(std::move(outcome));
  }

  nlohmann::json document() const {
    nlohmann::json files = nlohmann::json::array();
    for (const FileOutcome& outcome : outcomes_) files.push_back(toJson(outcome));
    return batchDocument(maker_, totals_, std::move(files));
  }

  const DenoiseOptions& options_;
  Console console_;
  BatchMaker maker_;
  std::optional<DenoiseBatch> batch_;
  std::optional<ReportFile> report_;
  ExistingOutput existing_ = ExistingOutput::kRefuse;
  std::optional<StopSignals> stop_;
  std::size_t files_ = 0;  // of this run
  std::size_t done_ = 0;   // of these
  BatchTotals totals_;     // of all runs
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool to_standard_output_ = false;
  std::vector<FileOutcome> outcomes_;
};

}  // namespace

ExitCode runDenoise(const DenoiseOptions& options) { return DenoiseCommand(options).run(); }

}  // namespace hiss
