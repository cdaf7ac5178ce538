// SPDX-License-Identifier: Apache-2.0
#include "app/engine/denoise_batch.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "app/engine/batch_commit.h"
#include "app/engine/spectrogram_plot.h"

namespace hiss {
namespace {

constexpr std::size_t kMostPicturesWaiting = 512;

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

// What the bits of an output depend on besides its input.
std::string settingsText(const DenoiseBatchSettings& settings) {
  return fmt::format("{} {} {} {} {} {} {} {} {}", fingerprintOfFile(settings.model->path()),
                     settings.attenuation_limit_db, settings.mix,
                     static_cast<int>(settings.channels), settings.format.container,
                     settings.format.subtype, settings.removed, settings.allow_truncated,
                     settings.dither);
}

bool wasGivenUp(const FileOutcome& outcome) {
  return outcome.failure && outcome.failure->kind() == FailureKind::kCancelled;
}

}  // namespace

// A place in running() for as long as it lives.
class DenoiseBatch::RunningFile {
 public:
  RunningFile(DenoiseBatch& batch, const std::filesystem::path& input, const Denoiser& denoiser)
      : batch_(batch) {
    const std::lock_guard lock(batch_.mutex_);
    at_ = batch_.running_.insert(batch_.running_.end(), {{input, 0, -1}, denoiser.stateTap()});
  }
  ~RunningFile() {
    const std::lock_guard lock(batch_.mutex_);
    batch_.running_.erase(at_);
  }
  RunningFile(const RunningFile&) = delete;
  RunningFile& operator=(const RunningFile&) = delete;

  void set(std::int64_t done, std::int64_t total) {
    const std::lock_guard lock(batch_.mutex_);
    at_->progress.done = done;
    at_->progress.total = total;
  }

 private:
  DenoiseBatch& batch_;
  std::list<Running>::iterator at_;
};

DenoiseBatch::DenoiseBatch(DenoiseBatchSettings settings, const BatchPlan& plan)
    : settings_(std::move(settings)) {
  if (plan.output_folder.empty() || !plan.is_batch) return;
  journal_.emplace(plan.output_folder, fingerprintOfText(settingsText(settings_)), settings_.shard);
  if (settings_.existing == ExistingOutput::kResume) journal_->read();
}

FileOutcome DenoiseBatch::predict(const BatchEntry& entry) const {
  FileOutcome outcome;
  outcome.entry = entry;
  outcome.failure = entry.failure;
  outcome.planned = true;
  if (entry.failure) return outcome;
  try {
    const Decision decision = decide(entry, settings_.existing, journal());
    outcome.skipped = decision.skip;
    outcome.replaces = decision.found;
  } catch (const Failure& failure) {
    outcome.failure = failure;
  }
  return outcome;
}

void DenoiseBatch::run(const std::vector<BatchEntry>& entries, const DenoiseBatchHooks& hooks) {
  if (settings_.existing == ExistingOutput::kResume) removeStrayTemporaries(entries);
  workers_ = 0;
  BatchRun batch;
  batch.jobs = settings_.jobs;
  batch.cancel = &cancel_;
  batch.make_work = [&] { return makeWork(hooks); };
  batch.on_finished = [&](std::span<FileOutcome* const> outcomes) {
    commitTogether(outcomes, journal_ ? &*journal_ : nullptr);
    for (FileOutcome* const outcome : outcomes) {
      if (hooks.on_done && !wasGivenUp(*outcome)) hooks.on_done(*outcome);
    }
  };
  batch.on_outcome = [&](FileOutcome outcome) {
    if (hooks.on_outcome && !wasGivenUp(outcome)) hooks.on_outcome(std::move(outcome));
  };
  // Pictures wait in memory for their turn.
  if (settings_.pictures) batch.max_ahead = kMostPicturesWaiting;
  batch.on_tick = hooks.on_tick;
  runBatch(entries, batch);
}

// Each worker has a processor of its own; all share the model. They are kept for the next run.
FileWork DenoiseBatch::makeWork(const DenoiseBatchHooks& hooks) {
  if (workers_ == denoisers_.size()) {
    auto denoiser = std::make_unique<Denoiser>(settings_.model);
    denoiser->setAttenuationLimitDb(settings_.attenuation_limit_db);
    denoiser->setMix(settings_.mix);
    denoiser->setLinkChannels(settings_.channels);
    denoiser->setListenRemoved(settings_.removed);
    denoisers_.push_back(std::move(denoiser));
  }
  Denoiser& denoiser = *denoisers_[workers_++];
  return [this, &denoiser, &hooks](const BatchEntry& entry) {
    return attempt(entry, denoiser, hooks);
  };
}

// In a worker thread.
FileOutcome DenoiseBatch::attempt(const BatchEntry& entry, Denoiser& denoiser,
                                  const DenoiseBatchHooks& hooks) {
  FileOutcome outcome;
  outcome.entry = entry;
  outcome.failure = entry.failure;
  if (entry.failure) return outcome;
  try {
    if (!mayGoOn(entry, hooks)) {
      throw Failure(FailureKind::kCancelled, entry.input.string(), "to be done", "not wanted");
    }
    const Decision decision = decide(entry, settings_.existing, journal());
    outcome.skipped = decision.skip;
    if (outcome.skipped.empty()) denoise(outcome, decision.replace, denoiser, hooks);
  } catch (const std::exception&) {
    outcome.failure = currentFailure(entry.input.string());
  }
  return outcome;
}

void DenoiseBatch::denoise(FileOutcome& outcome, bool replace, Denoiser& denoiser,
                           const DenoiseBatchHooks& hooks) {
  const BatchEntry& entry = outcome.entry;
  const DenoiseJob job{
      entry.input,     entry.output, settings_.format, replace, settings_.allow_truncated,
      settings_.dither};
  RunningFile running(*this, entry.input, denoiser);
  DenoiseHooks file;
  file.on_progress = [&](std::int64_t done, std::int64_t total) {
    running.set(done, total);
    return mayGoOn(entry, hooks);
  };
  // Before it is read: what changes meanwhile is another input.
  outcome.input_stamp = fileStamp(entry.input);
  file.on_written = [&](std::unique_ptr<AtomicOutput> output) {
    if (output->file().size() >= kLargeOutputBytes) output->seal();
    outcome.unnamed = std::move(output);
  };
  std::optional<FileMeasures> measures;
  if (settings_.measures || settings_.pictures) {
    file.on_start = [&](const SoundSpec& spec) { measures.emplace(spec, settings_.pictures); };
    file.on_input = [&](auto planar, int n) { measures->addInput(planar, n); };
    file.on_output = [&](auto planar, int n) { measures->addOutput(planar, n); };
  }
  outcome.report = denoiseFile(job, denoiser, file);
  if (measures) measures->finish(outcome);
}

bool DenoiseBatch::mayGoOn(const BatchEntry& entry, const DenoiseBatchHooks& hooks) {
  {
    std::unique_lock lock(mutex_);
    go_on_.wait(lock, [this] { return !paused_ || cancel_; });
  }
  return !cancel_ && (!hooks.is_wanted || hooks.is_wanted(entry));
}

void DenoiseBatch::cancel() noexcept {
  {
    const std::lock_guard lock(mutex_);
    cancel_ = true;
  }
  go_on_.notify_all();
}

void DenoiseBatch::setPaused(bool paused) {
  {
    const std::lock_guard lock(mutex_);
    paused_ = paused;
  }
  go_on_.notify_all();
}

std::vector<FileProgress> DenoiseBatch::running() const {
  const std::lock_guard lock(mutex_);
  std::vector<FileProgress> files;
  for (const Running& file : running_) files.push_back(file.progress);
  return files;
}

std::shared_ptr<StateTap> DenoiseBatch::stateTap() const {
  const std::lock_guard lock(mutex_);
  return running_.empty() ? nullptr : running_.front().tap;
}

}  // namespace hiss
