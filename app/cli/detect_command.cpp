// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/detect_report.h"
#include "app/cli/report.h"
#include "app/engine/sensors/load_detector.h"

namespace hiss {
namespace {

constexpr const char* kStandard = "-";
constexpr double kFalseAlarmsOfSound = 1008.0;  // a week: one in ten minutes

class DetectCommand {
 public:
  explicit DetectCommand(const DetectOptions& options)
      : options_(options), console_(options.quiet) {}

  ExitCode run() {
    BatchRequest request;
    request.inputs = options_.inputs;
    request.output = options_.output;
    request.recursive = options_.recursive;
    request.kind = options_.audio ? BatchKind::kSoundScores : BatchKind::kTableScores;
    const BatchPlan plan = planBatch(request);
    checkSingle(plan);
    to_standard_output_ = plan.entries.size() == 1 && plan.entries[0].output == kStandard;
    if (to_standard_output_ && options_.json) {
      throw Failure(FailureKind::kUsage, "--json", "an output file (-o FILE)",
                    "scores on standard output");
    }
    // What is wrong with it shows before any file is touched.
    detector_ = detectorMaker(options_.detector, options_.model);
    for (const BatchEntry& entry : plan.entries) finish(attempt(entry));
    if (options_.json) printJson(document());
    return exitCode();
  }

 private:
  // A state and a picture are of one stream.
  void checkSingle(const BatchPlan& plan) const {
    const char* const option = !options_.state.empty()  ? "--state"
                               : !options_.plot.empty() ? "--plot"
                                                        : nullptr;
    if (option != nullptr && plan.is_batch) {
      throw Failure(FailureKind::kUsage, option, "a single input file", "several");
    }
    for (const auto& [name, file] :
         {std::pair("--state", options_.state), std::pair("--plot", options_.plot)}) {
      if (file == kStandard) throw Failure(FailureKind::kUsage, name, "a file's name", "\"-\"");
    }
  }

  DetectOutcome attempt(const BatchEntry& entry) {
    DetectOutcome outcome;
    outcome.entry = entry;
    outcome.failure = entry.failure;
    if (entry.failure) return outcome;
    DetectJob job;
    job.input = entry.input;
    job.output = entry.output;
    job.plot = options_.plot;
    job.state = options_.state;
    job.replace = options_.force;
    job.audio = options_.audio;
    job.allow_truncated = options_.allow_truncated;
    job.table = {options_.time, options_.columns, {}};
    job.detector = options_.detector;
    const double usual = options_.audio ? kFalseAlarmsOfSound : 1.0;
    job.watch.budget.false_alarms = options_.false_alarms > 0.0 ? options_.false_alarms : usual;
    job.watch.budget.alarm_p = options_.alarm_p;
    job.watch.alert.hold_rows = options_.hold_rows;
    job.watch.alert.cool_down_rows = options_.cool_down_rows;
    DetectHooks hooks;
    hooks.make_detector = detector_.make;
    hooks.on_progress = [&](std::int64_t done, std::int64_t total) {
      console_.progress(entry.input.string(), done, total);
      return true;
    };
    try {
      outcome.report = detectFile(job, hooks);
    } catch (const std::exception&) {
      outcome.failure = currentFailure(entry.input.string());
    }
    return outcome;
  }

  void finish(DetectOutcome outcome) {
    console_.clearProgress();
    ++files_;
    if (outcome.failure) {
      if (failed_++ == 0) first_failure_ = outcome.failure->kind();
      console_.error(outcome.failure->what());
    } else if (to_standard_output_) {
      // The summary would stand among the scores.
      if (!options_.quiet) {
        for (const std::string& remark : remarks(*outcome.report))
          console_.error("note: " + remark);
      }
    } else if (!options_.json && !options_.quiet) {
      printText(toText(outcome));
    }
    if (options_.json) files_json_.push_back(toJson(outcome));
  }

  ExitCode exitCode() const {
    if (failed_ == 0) return ExitCode::kOk;
    return failed_ < files_ ? ExitCode::kSomeFailed : exitCodeOf(first_failure_);
  }

  nlohmann::json document() const {
    nlohmann::json document = {{"hiss", HISS_VERSION},
                               {"detector", options_.detector},
                               {"files", files_json_},
                               {"failed", failed_},
                               {"exit_code", static_cast<int>(exitCode())}};
    if (!detector_.model.empty()) document["model"] = {{"path", detector_.model}};
    return document;
  }

  const DetectOptions& options_;
  Console console_;
  DetectorMaker detector_;
  bool to_standard_output_ = false;
  std::size_t files_ = 0;
  std::size_t failed_ = 0;
  FailureKind first_failure_ = FailureKind::kInternal;
  nlohmann::json files_json_ = nlohmann::json::array();
};

}  // namespace

ExitCode runDetect(const DetectOptions& options) { return DetectCommand(options).run(); }

}  // namespace hiss
