// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/report.h"
#include "app/cli/report_file.h"
#include "app/cli/stop_signals.h"
#include "app/engine/batch_commit.h"
#include "app/engine/batch_decision.h"
#include "app/engine/file_watch.h"
#include "app/engine/journal.h"
#include "app/engine/spectrogram_plot.h"

namespace hiss {
namespace {

constexpr std::size_t kMostPicturesWaiting = 512;

// How far the file is that reported last. [thread-safe]
class FileProgress {
 public:
  struct Value {
    std::filesystem::path name;
    std::int64_t done = 0;
    std::int64_t total = -1;
  };

  void set(const std::filesystem::path& name, std::int64_t done, std::int64_t total) {
    const std::lock_guard lock(mutex_);
    value_ = {name, done, total};
  }
  Value get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  Value value_;
};

// What a report says of a file beyond its job: noise, and a picture if wanted.
class FileMeasures {
 public:
  FileMeasures(const SoundSpec& spec, bool with_picture)
      : noise_(spec.sample_rate_hz, spec.channels) {
    if (!with_picture) return;
    before_.emplace(spec.sample_rate_hz, spec.channels, kThumbnailColumns);
    after_.emplace(spec.sample_rate_hz, spec.channels, kThumbnailColumns);
  }

  void addInput(const float* const* planar, int n) {
    noise_.addInput(planar, n);
    if (before_) before_->add(planar, n);
  }
  void addOutput(const float* const* planar, int n) {
    noise_.addOutput(planar, n);
    if (after_) after_->add(planar, n);
  }

  void finish(FileOutcome& outcome) {
    outcome.noise = noise_.figures();
    if (!before_) return;
    before_->finish();
    after_->finish();
    ByteFile png = ByteFile::createUnlinked();
    drawThumbnail({{"", &*before_}, {"", &*after_}}, {kThumbnailWidth, kThumbnailHeight}, png,
                  "picture of the report");
    std::string bytes(static_cast<std::size_t>(png.size()), '\0');
    png.seek(0, SEEK_SET);
    png.read(std::as_writable_bytes(std::span(bytes)));
    outcome.picture_png = std::move(bytes);
  }

 private:
  static constexpr int kThumbnailColumns = 480;
  static constexpr int kThumbnailWidth = 404;
  static constexpr int kThumbnailHeight = 96;

  NoiseMeter noise_;
  std::optional<SpectrogramTrack> before_;
  std::optional<SpectrogramTrack> after_;
};

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
    model_ = loadModel(options_.model);
    simd_ = model_.denoiser->kernels().name;
    prepareJournal(plan);
    openReport();
    if (options_.dry_run) {
      for (const BatchEntry& entry : entries) finish(predict(entry));
    } else if (isWatching()) {
      watch(request);
    } else {
      runAll(entries);
    }
    if (report_) report_->finish(document());
    if (options_.json) printJson(document());
    if (totals_.files > 1 && !isWatching() && saysLines()) sayTotals();
    return exitCode();
  }

 private:
  bool isWatching() const { return !options_.watch.empty(); }
  bool saysLines() const { return !options_.json && !options_.quiet && !to_standard_output_; }

  void sayTotals() {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin_;
    totals_.wall_seconds = wall.count();
    totals_.planned = options_.dry_run;
    printText(toText(totals_));
  }

  // Until a signal tells to end: no further file is begun then, and those in work are given up.
  void watch(const BatchRequest& request) {
    stop_.emplace();
    FileWatch files(options_.watch, options_.recursive);
    while (!cancel_) {
      const std::vector<std::filesystem::path> complete = files.wait(stop_->descriptor());
      if (complete.empty()) return;
      runAll(planArrivals(request, complete).entries);
    }
  }

  void heedSignals() {
    if (stop_ && stop_->arrived()) cancel_ = true;
  }

  ExistingOutput ruleFor(const BatchPlan& plan) const {
    if (options_.resume) return ExistingOutput::kResume;
    if (options_.force || options_.overwrite == "always") return ExistingOutput::kReplace;
    if (options_.overwrite == "older") return ExistingOutput::kOlder;
    if (isWatching() && options_.overwrite.empty()) return ExistingOutput::kOlder;
    const bool skip = options_.overwrite == "never" && plan.is_batch;
    return skip ? ExistingOutput::kSkip : ExistingOutput::kRefuse;
  }

  FileOutcome predict(const BatchEntry& entry) const {
    FileOutcome outcome;
    outcome.entry = entry;
    outcome.failure = entry.failure;
    outcome.planned = true;
    if (entry.failure) return outcome;
    try {
      const Decision decision = decide(entry, existing_, journal());
      outcome.skipped = decision.skip;
      outcome.replaces = decision.found;
    } catch (const Failure& failure) {
      outcome.failure = failure;
    }
    return outcome;
  }

  void prepareJournal(const BatchPlan& plan) {
    if (plan.output_folder.empty() || !plan.is_batch) return;
    journal_.emplace(plan.output_folder, fingerprintOfText(settingsText()), options_.shard);
    if (options_.resume) journal_->read();
  }

  // Refused before the work rather than after it.
  void openReport() {
    if (options_.report.empty() || options_.dry_run) return;
    if (options_.resume) {
      removeStrayTemporaries({{options_.report, options_.report, std::nullopt}});
    }
    report_.emplace(options_.report, existing_ != ExistingOutput::kRefuse);
  }

  // What the bits of an output depend on besides its input.
  std::string settingsText() const {
    const ModelOptions& model = options_.model;
    return fmt::format("{} {} {} {} {} {} {} {} {}", fingerprintOfFile(model_.model->path()),
                       model.attenuation_limit_db, model.mix, static_cast<int>(model.channels),
                       options_.format.container, options_.format.subtype, options_.removed,
                       options_.allow_truncated, options_.dither);
  }

  const Journal* journal() const { return journal_ ? &*journal_ : nullptr; }
  Journal* journal() { return journal_ ? &*journal_ : nullptr; }

  void runAll(const std::vector<BatchEntry>& plan) {
    if (options_.resume) removeStrayTemporaries(plan);
    files_ = plan.size();
    done_ = 0;
    workers_ = 0;
    BatchRun batch;
    batch.jobs = options_.jobs;
    batch.cancel = &cancel_;
    batch.make_work = [this] { return makeWork(); };
    batch.on_finished = [this](auto outcomes) { commitTogether(outcomes, journal()); };
    batch.on_outcome = [this](FileOutcome outcome) { finish(std::move(outcome)); };
    // Pictures wait in memory for their turn.
    if (report_ && report_->takesPictures()) batch.max_ahead = kMostPicturesWaiting;
    batch.on_tick = [this] {
      heedSignals();
      showProgress();
    };
    runBatch(plan, batch);
  }

  // Each worker has a processor of its own; all share the model. They are kept for the next run.
  FileWork makeWork() {
    if (workers_ == denoisers_.size()) {
      const bool first = denoisers_.empty();
      denoisers_.push_back(first ? std::move(model_.denoiser)
                                 : makeDenoiser(model_, options_.model));
      denoisers_.back()->setListenRemoved(options_.removed);
    }
    Denoiser& denoiser = *denoisers_[workers_++];
    return [this, &denoiser](const BatchEntry& entry) { return attempt(entry, denoiser); };
  }

  // In a worker thread.
  FileOutcome attempt(const BatchEntry& entry, Denoiser& denoiser) {
    FileOutcome outcome;
    outcome.entry = entry;
    outcome.failure = entry.failure;
    if (entry.failure) return outcome;
    try {
      const Decision decision = decide(entry, existing_, journal());
      outcome.skipped = decision.skip;
      if (!outcome.skipped.empty()) return outcome;
      const DenoiseJob job{
          entry.input,    entry.output, options_.format, decision.replace, options_.allow_truncated,
          options_.dither};
      DenoiseHooks hooks;
      hooks.on_progress = [&](auto done, auto total) {
        progress_.set(entry.input, done, total);
        return !cancel_;
      };
      // Before it is read: what changes meanwhile is another input.
      outcome.input_stamp = fileStamp(entry.input);
      hooks.on_written = [&](std::unique_ptr<AtomicOutput> output) {
        if (output->file().size() >= kLargeOutputBytes) output->seal();
        outcome.unnamed = std::move(output);
      };
      std::optional<FileMeasures> measures;
      if (report_) {
        hooks.on_start = [&](const SoundSpec& spec) {
          measures.emplace(spec, report_->takesPictures());
        };
        hooks.on_input = [&](auto planar, int n) { measures->addInput(planar, n); };
        hooks.on_output = [&](auto planar, int n) { measures->addOutput(planar, n); };
      }
      outcome.report = denoiseFile(job, denoiser, hooks);
      if (measures) measures->finish(outcome);
    } catch (const std::exception&) {
      outcome.failure = currentFailure(entry.input.string());
    }
    return outcome;
  }

  void showProgress() {
    if (files_ == 1 || options_.jobs == 1) {
      const FileProgress::Value now = progress_.get();
      if (!now.name.empty()) console_.progress(now.name.string(), now.done, now.total);
    } else {
      console_.progress(fmt::format("{} of {} files", done_, files_),
                        static_cast<std::int64_t>(done_), static_cast<std::int64_t>(files_));
    }
  }

  void finish(FileOutcome outcome) {
    console_.clearProgress();
    heedSignals();
    const bool given_up =
        cancel_ && outcome.failure && outcome.failure->kind() == FailureKind::kCancelled;
    if (given_up) return;
    ++done_;
    if (outcome.failure && totals_.failed == 0) first_failure_ = outcome.failure->kind();
    totals_.add(outcome);
    if (report_) report_->add(outcome);
    outcome.picture_png.clear();
    if (outcome.failure) {
      console_.error(outcome.failure->what());
    } else if (saysLines()) {
      printText(toText(outcome));
    }
    // Who watches may do so for months.
    if (options_.json || !options_.report.empty()) outcomes_.push_back(std::move(outcome));
  }

  ExitCode exitCode() const {
    if (totals_.failed == 0) return ExitCode::kOk;
    return totals_.failed < totals_.files ? ExitCode::kSomeFailed : exitCodeOf(first_failure_);
  }

  nlohmann::json document() const {
    nlohmann::json files = nlohmann::json::array();
    for (const FileOutcome& outcome : outcomes_) files.push_back(toJson(outcome));
    nlohmann::json document = {{"hiss", HISS_VERSION},
                               {"model", {{"name", model_.name}, {"path", model_.model->path()}}},
                               {"simd", simd_},
                               {"written", options_.removed ? "removed" : "denoised"},
                               {"files", files},
                               {"failed", totals_.failed},
                               {"exit_code", static_cast<int>(exitCode())}};
    if (options_.dry_run) document["dry_run"] = true;
    return document;
  }

  const DenoiseOptions& options_;
  Console console_;
  LoadedModel model_;
  std::string simd_;
  std::optional<Journal> journal_;
  std::optional<ReportFile> report_;
  ExistingOutput existing_ = ExistingOutput::kRefuse;
  std::atomic<bool> cancel_{false};
  FileProgress progress_;
  std::optional<StopSignals> stop_;
  std::vector<std::unique_ptr<Denoiser>> denoisers_;
  std::size_t workers_ = 0;  // of them in use
  std::size_t files_ = 0;    // of this run
  std::size_t done_ = 0;     // of these
  BatchTotals totals_;       // of all runs
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  FailureKind first_failure_ = FailureKind::kInternal;
  bool to_standard_output_ = false;
  std::vector<FileOutcome> outcomes_;
};

}  // namespace

ExitCode runDenoise(const DenoiseOptions& options) { return DenoiseCommand(options).run(); }

}  // namespace hiss
