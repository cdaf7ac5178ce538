// SPDX-License-Identifier: Apache-2.0
#include "app/gui/files/files_bridge.h"

#include <QFileInfo>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/engine/report_file.h"
#include "app/engine/sound_file_io.h"
#include "app/gui/files/file_notice.h"
#include "ui/base/notice_bar.h"
#include "ui/files/existing_question.h"
#include "ui/files/files_page.h"
#include "ui/files/output_settings_panel.h"
#include "ui/files/result_panel.h"

namespace hiss {
namespace {

constexpr double kShareStep = 0.005;  // what a progress bar shows of a change

QStringList namesOf(const std::vector<std::string>& names) {
  QStringList list;
  for (const std::string& name : names) list << QString::fromStdString(name);
  return list;
}

FileFigures figuresOf(const FileOutcome& outcome, bool removed) {
  FileFigures figures;
  figures.is_removed = removed;
  figures.rms_before_dbfs = outcome.report->input_levels.rms_dbfs;
  figures.rms_after_dbfs = outcome.report->output_levels.rms_dbfs;
  figures.clipped_values = outcome.report->clipped_values;
  figures.rtf = outcome.report->rtf;
  if (outcome.noise && !removed) {
    figures.removed_db = outcome.noise->removed_overall_db;
    figures.removed_in_pauses_db = outcome.noise->removed_in_pauses_db;
    figures.snr_before_db = outcome.noise->input_snr_db;
    figures.snr_after_db = outcome.noise->output_snr_db;
  }
  return figures;
}

Notice skippedNotice(const std::string& why) {
  Notice notice;
  notice.details = QString::fromStdString(why);
  if (why == "done before") {
    notice.text = FilesBridge::tr("Done before with the same settings.");
  } else if (why == "output exists") {
    notice.text = FilesBridge::tr("Its result exists already.");
  } else {
    notice.text = FilesBridge::tr("Its result is newer than the recording.");
  }
  return notice;
}

}  // namespace

FilesBridge::FilesBridge(FilesPage& page, const ModelRegistry& registry,
                         Playback::MakeDevice make_device)
    : page_(page), playback_(std::move(make_device)) {
  offerChoices(registry);
  connectPage();
  connectPlayer();
}

FilesBridge::~FilesBridge() {
  page_.disconnect(this);
  page_.result().playback().disconnect(this);
  page_.question().disconnect(this);
  runner_.cancel();
}

void FilesBridge::offerChoices(const ModelRegistry& registry) {
  OutputChoices choices;
  for (const ModelEntry& entry : registry.list(kDenoiseTask)) {
    choices.models.append({QString::fromStdString(entry.name), toQString(entry.path)});
  }
  choices.preferred_model = QString::fromUtf8(kDefaultModelName.data());
  choices.containers = namesOf(containerNames());
  choices.subtypes = namesOf(subtypeNames());
  choices.cores = usableCores();
  page_.output().setChoices(choices);
  if (!choices.models.isEmpty()) return;
  QStringList folders;
  for (const auto& folder : registry.directories()) folders << toQString(folder);
  page_.notices().showNotice({Notice::Kind::kError, tr("No model was found."),
                              tr("Choose a model file in the output settings."),
                              folders.join(QLatin1Char('\n'))});
}

void FilesBridge::connectPage() {
  connect(&page_, &FilesPage::pulled, this, &FilesBridge::pull);
  connect(&page_, &FilesPage::filesAdded, this, [this](const QStringList& paths) {
    search_.search(paths, page_.output().settings().folder);
    page_.setSearching(true);
  });
  connect(&page_, &FilesPage::startRequested, this,
          [this] { start(page_.output().settings().existing); });
  connect(&page_.question(), &ExistingQuestion::answered, this, &FilesBridge::start);
  connect(&page_, &FilesPage::pauseRequested, this, [this](bool pause) {
    runner_.setPaused(pause);
    page_.setRun(pause ? FilesPage::Run::kPaused : FilesPage::Run::kRunning);
  });
  connect(&page_, &FilesPage::cancelRequested, this, [this] {
    runner_.cancel();
    page_.setRun(FilesPage::Run::kEnding);
  });
  connect(&page_, &FilesPage::removed, this, &FilesBridge::drop);
  connect(&page_, &FilesPage::selectionChanged, this, &FilesBridge::showSelected);
  connect(&page_, &FilesPage::reportRequested, this, &FilesBridge::saveReport);
}

void FilesBridge::connectPlayer() {
  PlaybackBar& bar = page_.result().playback();
  connect(&bar, &PlaybackBar::playRequested, this, [this](bool play) {
    if (play) {
      playback_.play();
    } else {
      playback_.pause();
    }
  });
  connect(&bar, &PlaybackBar::seekRequested, this,
          [this](double seconds) { playback_.seek(seconds); });
  connect(&bar, &PlaybackBar::sideChanged, this, &FilesBridge::setWeights);
  connect(&bar, &PlaybackBar::loopChanged, this, [this, &bar] {
    const PlayedLoop& loop = bar.loop();
    playback_.setLoop(loop ? std::optional(PlaybackLoop{loop->first, loop->second}) : std::nullopt);
  });
}

void FilesBridge::pull() {
  pullSearch();
  pullRunner();
  pullProgress();
  pullComparison();
  pullPlayer();
  pullNotices();
}

void FilesBridge::pullSearch() {
  const bool was_busy = search_.isBusy();
  const FileSearch::News news = search_.take();
  for (const FileSearch::Found& found : news.found) takeFound(found);
  QList<FileRow> rows;
  for (const FileSearch::Length& length : news.lengths) {
    const FileRow* const row = page_.queue().find(id_by_path_.value(length.file));
    if (row == nullptr) continue;
    rows << *row;
    rows.back().seconds = length.seconds;
  }
  if (!rows.isEmpty()) page_.queue().update(rows);
  page_.setSearching(was_busy);
}

void FilesBridge::takeFound(const FileSearch::Found& found) {
  if (found.files.isEmpty()) {
    Notice notice;
    notice.kind = Notice::Kind::kWarning;
    notice.text = found.trouble.isEmpty() || found.others > 0 || found.is_folder
                      ? tr("Nothing to do here: found 0 sound files among %n file(s) in “%1”.", "",
                           static_cast<int>(found.others))
                            .arg(QFileInfo(found.root).fileName())
                      : tr("“%1” cannot be opened.").arg(QFileInfo(found.root).fileName());
    notice.advice = tr("Hiss cleans WAV, FLAC, Ogg, MP3, AIFF and other sound files.");
    notice.details = found.trouble;
    page_.notices().showNotice(notice);
    return;
  }
  const int before = page_.queue().rowCount();
  const QList<quint64> ids = page_.queue().add(found.files);
  for (const quint64 id : ids) root_by_id_.insert(id, found.root);
  const std::vector<FileRow>& rows = page_.queue().rows();
  for (auto row = rows.begin() + before; row != rows.end(); ++row) {
    id_by_path_.insert(row->path, row->id);
  }
}

void FilesBridge::start(ExistingFiles existing) {
  RunOrder order;
  order.output = page_.output().settings();
  order.output.existing = existing;
  QSet<QString> roots;
  for (const FileRow& row : page_.queue().rows()) {
    if (row.state != FileState::kWaiting) continue;
    order.files.emplace(toPath(row.path), row.id);
    const QString root = root_by_id_.value(row.id);
    if (roots.contains(root)) continue;
    roots.insert(root);
    order.roots << root;
  }
  if (order.files.empty()) return;
  page_.notices().clear();
  page_.question().hide();
  page_.setRun(FilesPage::Run::kStarting);
  runner_.start(std::move(order));
}

void FilesBridge::pullRunner() {
  QueueRunner::News news = runner_.take();
  if (news.begun && page_.run() == FilesPage::Run::kStarting) {
    page_.setRun(FilesPage::Run::kRunning);
  }
  QList<FileRow> rows;
  for (const FinishedFile& file : news.finished) takeFinished(file, rows);
  for (const quint64 id : news.left_out) {
    const FileRow* const row = page_.queue().find(id);
    if (row == nullptr) continue;
    rows << *row;
    rows.back().state = FileState::kSkipped;
    rows.back().notice.text = tr("It is a result of Hiss, or lies in the folder for results.");
  }
  if (news.ended) {
    // What was given up waits again.
    for (const FileRow& row : page_.queue().rows()) {
      const bool has_ended =
          std::any_of(rows.begin(), rows.end(), [&](const FileRow& r) { return r.id == row.id; });
      if (row.state != FileState::kRunning || has_ended) continue;
      rows << row;
      rows.back().state = FileState::kWaiting;
      rows.back().share = 0.0;
    }
  }
  if (!rows.isEmpty()) page_.queue().update(rows);
  for (const FinishedFile& file : news.finished) {
    if (file.id == page_.selected()) showSelected();
  }
  if (news.failure) page_.notices().showNotice(fileNotice(*news.failure));
  if (!news.ended) return;
  const bool was_running = page_.run() == FilesPage::Run::kRunning;
  page_.setRun(FilesPage::Run::kIdle);
  if (news.question) {
    page_.question().ask(news.question->existing, news.question->files, news.question->can_resume);
  } else if (was_running && !news.failure && page_.queue().totals().waiting > 0) {
    start(page_.output().settings().existing);  // came while it ran
  }
}

void FilesBridge::takeFinished(const FinishedFile& file, QList<FileRow>& rows) {
  const FileRow* const before = page_.queue().find(file.id);
  if (before == nullptr) return;
  const FileOutcome& outcome = *file.outcome;
  FileRow row = *before;
  row.share = 1.0;
  row.output = toQString(outcome.entry.output);
  row.notice = {};
  row.figures = {};
  if (outcome.failure) {
    row.state = FileState::kFailed;
    row.notice = fileNotice(*outcome.failure);
  } else if (outcome.report) {
    row.state = FileState::kDone;
    row.seconds = outcome.report->seconds;
    row.figures = figuresOf(outcome, runner_.maker().removed);
    if (outcome.report->clipped_values > 0) {
      row.notice.text = tr("%n value(s) were too loud for the file and were cut off.", "",
                           static_cast<int>(outcome.report->clipped_values));
    }
  } else {
    row.state = FileState::kSkipped;
    row.notice = skippedNotice(outcome.skipped);
  }
  finished_.insert(file.id, file);
  comparisons_.forget(file.id);
  rows << row;
}

void FilesBridge::pullProgress() {
  page_.setStateTap(runner_.stateTap());
  QList<FileRow> rows;
  for (const QueueRunner::Progress& progress : runner_.progress()) {
    const FileRow* const row = page_.queue().find(progress.id);
    if (row == nullptr) continue;
    const bool begins = row->state == FileState::kWaiting;
    if (!begins && row->state != FileState::kRunning) continue;
    if (!begins && std::abs(progress.share - row->share) < kShareStep) continue;
    rows << *row;
    rows.back().state = FileState::kRunning;
    rows.back().share = progress.share;
  }
  if (!rows.isEmpty()) page_.queue().update(rows);
}

void FilesBridge::drop(const QSet<quint64>& ids) {
  runner_.drop(ids);
  for (const quint64 id : ids) {
    root_by_id_.remove(id);
    if (finished_.remove(id) > 0) comparisons_.forget(id);
  }
  id_by_path_.removeIf(
      [&](const QHash<QString, quint64>::iterator& at) { return ids.contains(at.value()); });
}

void FilesBridge::showSelected() {
  const FileRow* const row = page_.queue().find(page_.selected());
  if (row == nullptr || row->state != FileState::kDone) {
    comparisons_.stop();
    playback_.close();
    heard_id_ = 0;
    return;
  }
  heard_id_ = row->id;
  page_.result().showRow(row);
  comparisons_.want(row->id, row->path, row->output);
  playback_.open({toPath(row->path), toPath(row->output)});
  setWeights();
}

void FilesBridge::pullComparison() {
  if (const auto comparison = comparisons_.take()) {
    if (comparison->trouble.isEmpty()) {
      page_.result().showSpectrograms(comparison->before, comparison->after);
    } else {
      page_.result().showHint(comparison->trouble);
    }
    return;
  }
  const int percent = heard_id_ != 0 ? comparisons_.progress() : -1;
  if (percent >= 0 && percent != shown_percent_) {
    page_.result().showHint(tr("Reading… %1 %").arg(percent));
  }
  shown_percent_ = percent;
}

void FilesBridge::setWeights() {
  constexpr double kDecibelsPerDecade = 20.0;
  const FileRow* const row = page_.queue().find(heard_id_);
  if (row == nullptr) return;
  const PlaybackBar& bar = page_.result().playback();
  double louder_db = row->figures.rms_before_dbfs - row->figures.rms_after_dbfs;
  if (!bar.isLevelMatched() || !std::isfinite(louder_db)) louder_db = 0.0;
  const auto down = [](double db) {
    return static_cast<float>(std::pow(10.0, -std::max(0.0, db) / kDecibelsPerDecade));
  };
  switch (bar.side()) {
    case HeardSide::kBefore:
      playback_.setWeights({down(louder_db), 0.0F});
      break;
    case HeardSide::kAfter:
      playback_.setWeights({0.0F, down(-louder_db)});
      break;
    case HeardSide::kOther:
      playback_.setWeights({1.0F, -1.0F});
      break;
  }
}

void FilesBridge::pullPlayer() {
  const PlaybackStatus status = playback_.status();
  PlayerView view;
  view.can_play = status.is_open && heard_id_ != 0;
  view.is_playing = status.is_playing;
  view.is_silent = status.is_silent;
  view.position_s = status.position_s;
  view.seconds = status.seconds;
  if (status.failure) view.trouble = fileNotice(*status.failure).text;
  page_.result().showPlayer(view);
}

void FilesBridge::saveReport(const QString& path) {
  std::vector<FinishedFile> files;
  for (const FileRow& row : page_.queue().rows()) {
    const auto at = finished_.constFind(row.id);
    const bool has_ended = row.state != FileState::kWaiting && row.state != FileState::kRunning;
    if (has_ended && at != finished_.constEnd()) files.push_back(*at);
  }
  reports_.post([this, path, files = std::move(files), maker = runner_.maker()] {
    Notice notice;
    try {
      const std::string name = toPath(path).string();
      ReportFile report(name, true);
      BatchTotals totals;
      nlohmann::json objects = nlohmann::json::array();
      for (const FinishedFile& file : files) {
        totals.add(*file.outcome);
        objects.push_back(toJson(*file.outcome));
        report.add(*file.outcome, ReportFile::takesPictures(name)
                                      ? runner_.pictures().read(file.picture)
                                      : std::string());
      }
      report.finish(batchDocument(maker, totals, std::move(objects)));
      notice.text = tr("The report was saved as %1.").arg(path);
    } catch (const std::exception&) {
      const Failure failure = currentFailure("report");
      notice = fileNotice(failure);
      notice.text = tr("The report could not be saved. %1").arg(notice.text);
    }
    const std::lock_guard lock(notices_mutex_);
    notices_.push_back(std::move(notice));
  });
}

void FilesBridge::pullNotices() {
  const std::lock_guard lock(notices_mutex_);
  for (const Notice& notice : std::exchange(notices_, {})) page_.notices().showNotice(notice);
}

}  // namespace hiss
