// SPDX-License-Identifier: Apache-2.0
#include "app/gui/files/queue_runner.h"

#include <QSet>
#include <algorithm>
#include <span>
#include <system_error>
#include <utility>

#include "app/engine/load_denoiser.h"
#include "app/gui/files/file_notice.h"
#include "ssm/simd/dispatch.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

ExistingOutput ruleOf(ExistingFiles existing) {
  switch (existing) {
    case ExistingFiles::kAsk:
      break;
    case ExistingFiles::kSkip:
      return ExistingOutput::kSkip;
    case ExistingFiles::kReplace:
      return ExistingOutput::kReplace;
    case ExistingFiles::kOlder:
      return ExistingOutput::kOlder;
    case ExistingFiles::kResume:
      return ExistingOutput::kResume;
  }
  return ExistingOutput::kRefuse;
}

DenoiseBatchSettings settingsOf(const OutputSettings& output) {
  DenoiseBatchSettings settings;
  settings.model = loadDenoiser(toPath(output.model));
  settings.attenuation_limit_db = output.limit_db;
  settings.mix = output.mix;
  settings.format = {output.container.toStdString(), output.subtype.toStdString()};
  settings.removed = output.removed;
  settings.allow_truncated = output.allow_truncated;
  settings.dither = output.dither;
  settings.existing = ruleOf(output.existing);
  settings.jobs = output.jobs > 0 ? output.jobs : usableCores();
  settings.measures = settings.pictures = true;
  return settings;
}

BatchPlan planOf(const RunOrder& order) {
  BatchRequest request;
  for (const QString& root : order.roots) request.inputs.push_back(toPath(root).string());
  // With the slash it is a folder, whether it exists or not.
  if (!order.output.folder.isEmpty()) request.output = toPath(order.output.folder).string() + "/";
  request.container = order.output.container.toStdString();
  request.removed = order.output.removed;
  BatchPlan plan = planBatch(request);
  // One file, too, gets its line in the journal.
  plan.is_batch = true;
  return plan;
}

bool hasJournal(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with(".hiss-journal")) return true;
  }
  return false;
}

}  // namespace

PictureStore::Place PictureStore::add(const std::string& png) {
  const std::lock_guard lock(mutex_);
  try {
    if (!file_) file_.emplace(ByteFile::createUnlinked());
  } catch (const Failure&) {
    return {};
  }
  const std::int64_t offset = file_->seek(0, SEEK_END);
  if (offset < 0 || file_->write(std::as_bytes(std::span(png))) != png.size()) return {};
  return {offset, png.size()};
}

std::string PictureStore::read(const Place& place) {
  const std::lock_guard lock(mutex_);
  std::string png(place.bytes, '\0');
  if (png.empty() || file_->seek(place.offset, SEEK_SET) < 0) return {};
  png.resize(file_->read(std::as_writable_bytes(std::span(png))));
  return png;
}

QueueRunner::~QueueRunner() { cancel(); }

void QueueRunner::start(RunOrder order) {
  {
    const std::lock_guard lock(mutex_);
    dropped_.clear();
    cancel_ = false;
    order_ = std::move(order);
  }
  queue_.post([this] { run(order_); });
}

void QueueRunner::run(const RunOrder& order) {
  std::optional<Failure> failure;
  try {
    if (!cancel_) runPlan(order, planOf(order));
  } catch (const std::exception&) {
    failure = currentFailure("files");
  }
  const std::lock_guard lock(mutex_);
  batch_.reset();
  news_.failure = std::move(failure);
  news_.ended = true;
}

void QueueRunner::runPlan(const RunOrder& order, BatchPlan plan) {
  plan.entries = wantedOf(order, plan);
  if (order.output.existing == ExistingFiles::kAsk && asks(order, plan)) return;
  const DenoiseBatchSettings settings = settingsOf(order.output);
  const auto batch = std::make_shared<DenoiseBatch>(settings, plan);
  {
    const std::lock_guard lock(mutex_);
    const std::string& path = settings.model->path();
    maker_ = {fs::path(path).stem().string(), path, defaultKernels().name, settings.removed};
    batch_ = batch;
    news_.begun = true;
    if (cancel_) batch->cancel();
  }
  DenoiseBatchHooks hooks;
  hooks.on_done = [&](FileOutcome& outcome) { finish(order, outcome); };
  hooks.is_wanted = [&](const BatchEntry& entry) {
    const std::lock_guard lock(mutex_);
    return dropped_.empty() || !dropped_.contains(order.files.at(entry.input));
  };
  batch->run(plan.entries, hooks);
}

std::vector<BatchEntry> QueueRunner::wantedOf(const RunOrder& order, const BatchPlan& plan) {
  std::vector<BatchEntry> entries;
  std::set<fs::path> planned;
  for (const BatchEntry& entry : plan.entries) {
    if (order.files.contains(entry.input) && planned.insert(entry.input).second) {
      entries.push_back(entry);
    }
  }
  for (const auto& [file, id] : order.files) {
    if (planned.contains(file)) continue;
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
      const std::lock_guard lock(mutex_);
      news_.left_out.push_back(id);
    } else {
      entries.push_back(
          {file,
           {},
           Failure(FailureKind::kInput, file.string(), "a readable file", errnoText(ENOENT))});
    }
  }
  return entries;
}

bool QueueRunner::asks(const RunOrder& order, const BatchPlan& plan) {
  Question question;
  question.files = static_cast<int>(plan.entries.size());
  for (const BatchEntry& entry : plan.entries) {
    std::error_code ignored;
    if (!entry.failure && fs::is_regular_file(entry.output, ignored)) ++question.existing;
  }
  if (question.existing == 0) return false;
  question.can_resume = !order.output.folder.isEmpty() && hasJournal(toPath(order.output.folder));
  const std::lock_guard lock(mutex_);
  news_.question = question;
  return true;
}

void QueueRunner::finish(const RunOrder& order, FileOutcome& outcome) {
  FinishedFile finished;
  finished.id = order.files.at(outcome.entry.input);
  finished.picture = pictures_.add(std::exchange(outcome.picture_png, {}));
  auto kept = std::make_shared<FileOutcome>();
  kept->entry = outcome.entry;
  kept->report = outcome.report;
  kept->failure = outcome.failure;
  kept->skipped = outcome.skipped;
  kept->noise = outcome.noise;
  finished.outcome = std::move(kept);
  const std::lock_guard lock(mutex_);
  news_.finished.push_back(std::move(finished));
}

std::shared_ptr<DenoiseBatch> QueueRunner::batch() {
  const std::lock_guard lock(mutex_);
  return batch_;
}

void QueueRunner::setPaused(bool paused) {
  if (const auto now = batch()) now->setPaused(paused);
}

void QueueRunner::cancel() {
  const std::lock_guard lock(mutex_);
  cancel_ = true;
  if (batch_) batch_->cancel();
}

void QueueRunner::drop(const QSet<quint64>& ids) {
  const std::lock_guard lock(mutex_);
  dropped_.insert(ids.begin(), ids.end());
}

QueueRunner::News QueueRunner::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

std::vector<QueueRunner::Progress> QueueRunner::progress() {
  std::vector<Progress> progress;
  const auto now = batch();
  if (!now) return progress;
  for (const FileProgress& file : now->running()) {
    const double share =
        file.total > 0 ? static_cast<double>(file.done) / static_cast<double>(file.total) : 0.0;
    progress.push_back({order_.files.at(file.input), std::min(1.0, share)});
  }
  return progress;
}

std::shared_ptr<StateTap> QueueRunner::stateTap() {
  const auto now = batch();
  return now ? now->stateTap() : nullptr;
}

BatchMaker QueueRunner::maker() {
  const std::lock_guard lock(mutex_);
  return maker_;
}

}  // namespace hiss
