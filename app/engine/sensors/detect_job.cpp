// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/detect_job.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/file_identity.h"
#include "app/engine/sensors/band_rows.h"
#include "app/engine/sensors/detect_plot.h"
#include "app/engine/sensors/detect_state.h"
#include "app/engine/sensors/score_writer.h"
#include "app/engine/sensors/table_reader.h"

namespace hiss {
namespace {

constexpr std::uint64_t kRowsBetweenReports = 1024;
constexpr std::int64_t kFirstDateNs = 1'000'000'000'000'000'000;  // 2001-09-09; less are seconds

class Run {
 public:
  Run(const DetectJob& job, const DetectHooks& hooks) : job_(job), hooks_(hooks) {}

  DetectReport detect() {
    checkNames();
    if (!job_.state.empty()) state_ = readDetectState(job_.state);
    ScoreWriter writer(job_.output, job_.replace);
    std::optional<AtomicOutput> plot = openPlot();
    openSource(writer);
    makeWatch();
    const auto begin = std::chrono::steady_clock::now();
    if (plot) track_.emplace(source_->channels().size());
    passRows(writer);
    report_.detector_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::optional<AtomicOutput> kept;
    if (!job_.state.empty()) kept.emplace(job_.state, AtomicOutput::Existing::kReplace);
    writer.commit();
    if (plot) draw(*plot);
    if (kept) writeDetectState(stateOf(*watch_, job_.detector, source_->columns()), *kept);
    finishReport();
    return std::move(report_);
  }

 private:
  void checkNames() const {
    namespace fs = std::filesystem;
    requireDifferentFiles(job_.input, job_.output);
    const fs::path output = job_.output.lexically_normal();
    const fs::path plot = job_.plot.lexically_normal();
    const fs::path state = job_.state.lexically_normal();
    if (!plot.empty()) requireDifferentFiles(job_.input, plot);
    if (!state.empty()) requireDifferentFiles(job_.input, state);
    const bool twice =
        (!plot.empty() && (plot == output || plot == state)) || (!state.empty() && state == output);
    if (twice) {
      throw Failure(FailureKind::kUsage, job_.input.string(),
                    "different files for scores, picture and state", "the same twice");
    }
  }

  std::optional<AtomicOutput> openPlot() const {
    if (job_.plot.empty()) return std::nullopt;
    return std::optional<AtomicOutput>(
        std::in_place, job_.plot,
        job_.replace ? AtomicOutput::Existing::kReplace : AtomicOutput::Existing::kRefuse);
  }

  void openSource(ScoreWriter& writer) {
    if (job_.audio) {
      auto bands = std::make_unique<BandRows>(job_.input, job_.allow_truncated);
      BandRows& opened = *bands;
      place_ = [&opened] { return std::pair(opened.samplesRead(), opened.samplesInAll()); };
      source_ = std::move(bands);
      return;
    }
    TableWish wish = job_.table;
    if (state_) wish.names = state_->columns;
    auto table = std::make_unique<TableReader>(job_.input, std::move(wish));
    TableReader& opened = *table;
    opened.onWait([&writer] { writer.showAll(); });
    place_ = [&opened] { return std::pair(opened.bytesRead(), opened.bytesInAll()); };
    source_ = std::move(table);
  }

  void makeWatch() {
    std::unique_ptr<AnomalyDetector> detector = hooks_.make_detector();
    try {
      watch_.emplace(std::move(detector), source_->channels(), source_->hasSeconds(), job_.watch);
    } catch (const std::invalid_argument& error) {
      throw Failure(FailureKind::kInput, fmt::format("{}: {}", job_.input.string(), error.what()));
    }
    if (state_) restoreWatch(*state_, job_.detector, *watch_, job_.state.string());
    report_.first_row = watch_->rows();
  }

  void passRows(ScoreWriter& writer) {
    // A run that goes on writes its header too: each file is a table.
    writer.writeHeader(watch_->channels());
    SensorRow row;
    while (source_->next(row)) {
      const std::uint64_t number = watch_->rows();
      const WatchedRow watched = watch_->step(row);
      writer.write(row, number, watched, watch_->verdicts(), watch_->channels());
      if (track_) track_->add(row, watched, watch_->verdicts());
      has_dates_ = has_dates_ || (row.stamp_ns && *row.stamp_ns >= kFirstDateNs);
      if (report_.rows++ == 0 || watched.alert.score > report_.peak_score) {
        report_.peak_score = watched.alert.score;
        report_.peak_row = number;
        report_.peak_time = row.time;
      }
      if (report_.rows % kRowsBetweenReports == 0) reportProgress();
    }
    if (report_.rows == 0) {
      throw Failure(FailureKind::kInput, job_.input.string(), "at least one row", "none");
    }
  }

  void reportProgress() const {
    if (!hooks_.on_progress) return;
    const auto [done, total] = place_();
    if (!hooks_.on_progress(done, total)) {
      throw Failure(FailureKind::kCancelled, job_.input.string(), "to be finished", "a signal");
    }
  }

  void draw(AtomicOutput& output) const {
    DetectPicture picture;
    picture.title = fmt::format("{}, detector {}", job_.input.filename().string(), job_.detector);
    picture.channels = source_->channels();
    picture.has_seconds = source_->hasSeconds();
    picture.stamps_are_dates = has_dates_;
    drawDetectPlot(*track_, picture, output.file(), output.name());
    output.commit();
  }

  void finishReport() {
    report_.channels = source_->channels();
    report_.has_seconds = source_->hasSeconds();
    report_.interval_s = watch_->intervalSeconds();
    report_.alarm_p = watch_->alarmP();
    report_.warm_up_rows = watch_->detector().warmUpRows();
    report_.state_bytes_per_channel = watch_->detector().stateBytesPerChannel();
    report_.events = source_->events();
    report_.clock = watch_->clock();
    report_.alerts = watch_->alerts();
    report_.flapping = watch_->flapping();
    report_.records = watch_->records();
  }

  const DetectJob& job_;
  const DetectHooks& hooks_;
  std::optional<DetectState> state_;
  std::unique_ptr<RowSource> source_;
  std::function<std::pair<std::int64_t, std::int64_t>()> place_;
  std::optional<SensorWatch> watch_;
  std::optional<DetectTrack> track_;
  bool has_dates_ = false;
  DetectReport report_;
};

}  // namespace

DetectReport detectFile(const DetectJob& job, const DetectHooks& hooks) {
  return Run(job, hooks).detect();
}

}  // namespace hiss
