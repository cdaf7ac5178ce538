// SPDX-License-Identifier: Apache-2.0
#include "ui/files/files_page.h"

#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QProgressBar>
#include <QSplitter>
#include <QTabWidget>
#include <QTableView>
#include <QToolBar>
#include <QVBoxLayout>
#include <cmath>

#include "ui/base/notice_bar.h"
#include "ui/files/existing_question.h"
#include "ui/files/output_settings_panel.h"
#include "ui/files/result_panel.h"
#include "ui/files/share_delegate.h"
#include "ui/spectrogram_view.h"

namespace hiss {
namespace {

constexpr int kProgressSteps = 1000;

// What of a drag lies on this machine.
QStringList localFiles(const QMimeData* data) {
  QStringList files;
  for (const QUrl& url : data->urls()) {
    if (url.isLocalFile()) files << url.toLocalFile();
  }
  return files;
}

}  // namespace

FilesPage::FilesPage(QWidget* parent) : Page(parent) {
  setAcceptDrops(true);
  notices_ = new NoticeBar;
  question_ = new ExistingQuestion;
  output_ = new OutputSettingsPanel;
  result_ = new ResultPanel;
  makeActions();
  table_ = makeTable();
  table_->addAction(actions_.play);
  tabs_ = new QTabWidget;
  tabs_->setDocumentMode(true);  // no ground of its own, which is bright in dark themes
  tabs_->addTab(output_, tr("Output settings"));
  tabs_->addTab(result_, tr("See and hear"));
  auto* const upper = new QWidget;
  auto* const queue = new QVBoxLayout(upper);
  queue->setContentsMargins(0, 0, 0, 0);
  queue->addWidget(table_, 1);
  queue->addWidget(makeFooter());
  splitter_ = new QSplitter(Qt::Vertical);
  splitter_->addWidget(upper);
  splitter_->addWidget(tabs_);
  splitter_->setStretchFactor(0, 1);
  splitter_->setStretchFactor(1, 1);
  splitter_->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->addWidget(makeToolBar());
  layout->addWidget(notices_);
  layout->addWidget(question_);
  layout->addWidget(splitter_, 1);
  for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
    connect(&queue_, signal, this, [this] { totals_changed_ = true; });
  }
  connect(&queue_, &QAbstractItemModel::dataChanged, this, [this] { totals_changed_ = true; });
  updateTotals();
  updateActions();
}

QString FilesPage::title() const { return tr("Files"); }

QAction* FilesPage::makeAction(const QString& text, const QKeySequence& keys, const QString& tip,
                               void (FilesPage::*slot)()) {
  auto* const action = new QAction(text, this);
  action->setShortcut(keys);
  // Keys that also edit or move act where the focus is in the page.
  if (!keys.isEmpty() && keys[0].keyboardModifiers() == Qt::NoModifier) {
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  }
  action->setToolTip(keys.isEmpty() ? tip
                                    : tr("%1 (%2)", "tooltip and shortcut")
                                          .arg(tip, keys.toString(QKeySequence::NativeText)));
  connect(action, &QAction::triggered, this, slot);
  addAction(action);
  return action;
}

void FilesPage::makeActions() {
  actions_.add_files =
      makeAction(tr("&Add files…"), {}, tr("Choose recordings to clean"), &FilesPage::chooseFiles);
  actions_.add_folder = makeAction(
      tr("Add f&older…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O),
      tr("Clean all recordings of a folder and the folders in it"), &FilesPage::chooseFolder);
  actions_.start = makeAction(tr("&Start"), QKeySequence(Qt::CTRL | Qt::Key_Return), {},
                              &FilesPage::startOrPause);
  actions_.cancel = makeAction(tr("&Cancel"), QKeySequence(Qt::CTRL | Qt::Key_Period),
                               tr("Stop; what is finished stays"), &FilesPage::cancelRequested);
  actions_.remove = makeAction(tr("&Remove"), QKeySequence::Delete,
                               tr("Take the selected files off the list; they stay on the disk"),
                               &FilesPage::removeSelected);
  actions_.retry = makeAction(tr("&Try again"), QKeySequence(Qt::CTRL | Qt::Key_R),
                              tr("Put the selected files, or all that failed, in line again"),
                              &FilesPage::retryFailed);
  actions_.clear =
      makeAction(tr("C&lear finished"), {}, tr("Take all files off the list that are done"),
                 &FilesPage::clearFinished);
  actions_.report = makeAction(tr("Save re&port…"), {},
                               tr("Write a table of all finished files with their figures"),
                               &FilesPage::chooseReport);
  actions_.play = makeAction(tr("Pla&y or pause"), QKeySequence(Qt::Key_Space),
                             tr("Play the selected finished file"), &FilesPage::playOrPause);
  // Elsewhere the space bar presses buttons.
  removeAction(actions_.play);
  actions_.play->setShortcutContext(Qt::WidgetShortcut);
  result_->spectrograms().addAction(actions_.play);
  const auto hear = [this](const QString& text, const QString& tip, int key, HeardSide side) {
    auto* const action = new QAction(text, this);
    action->setToolTip(tip);
    action->setShortcut(QKeySequence(key));
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(action, &QAction::triggered, this, [this, side] { result_->playback().setSide(side); });
    addAction(action);
    return action;
  };
  actions_.before =
      hear(tr("Hear &before"), tr("Play the recording as it was"), Qt::Key_1, HeardSide::kBefore);
  actions_.after =
      hear(tr("Hear a&fter"), tr("Play the cleaned recording"), Qt::Key_2, HeardSide::kAfter);
  actions_.other =
      hear(tr("Hear the &difference"), tr("Play what was taken out"), Qt::Key_3, HeardSide::kOther);
  const auto separator = [this] {
    auto* const action = new QAction(this);
    action->setSeparator(true);
    return action;
  };
  page_actions_ = {actions_.add_files, actions_.add_folder, separator(),     actions_.start,
                   actions_.cancel,    separator(),         actions_.remove, actions_.retry,
                   actions_.clear,     actions_.report,     separator(),     actions_.play,
                   actions_.before,    actions_.after,      actions_.other};
}

QToolBar* FilesPage::makeToolBar() {
  auto* const bar = new QToolBar;
  bar->setToolButtonStyle(Qt::ToolButtonTextOnly);
  bar->addActions({actions_.add_files, actions_.add_folder});
  bar->addSeparator();
  bar->addActions({actions_.start, actions_.cancel});
  bar->addSeparator();
  bar->addActions({actions_.remove, actions_.retry, actions_.clear, actions_.report});
  for (QAction* const action : bar->actions()) {
    if (QWidget* const button = bar->widgetForAction(action)) {
      button->setFocusPolicy(Qt::TabFocus);
    }
  }
  return bar;
}

QTableView* FilesPage::makeTable() {
  constexpr int kNameWidth = 200;
  constexpr int kRowPadding = 6;
  auto* const table = new QTableView;
  table->setModel(&queue_);
  table->setItemDelegateForColumn(FileQueueModel::kState, new ShareDelegate(table));
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setShowGrid(false);
  table->setWordWrap(false);
  table->setTabKeyNavigation(false);
  table->setTextElideMode(Qt::ElideMiddle);
  table->setAccessibleName(tr("Queue of recordings"));
  table->verticalHeader()->hide();
  table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + kRowPadding);
  QHeaderView* const header = table->horizontalHeader();
  header->setHighlightSections(false);
  header->setStretchLastSection(true);
  const QFontMetrics& metrics = table->fontMetrics();
  const auto width = [&](const QString& text) { return metrics.horizontalAdvance(text) + 16; };
  header->resizeSection(FileQueueModel::kName, kNameWidth);
  header->resizeSection(FileQueueModel::kLength, width("00:00:00"));
  header->resizeSection(FileQueueModel::kState,
                        std::max(width("100 %") * 2, width(stateText(FileState::kSkipped))));
  header->resizeSection(FileQueueModel::kRemoved, width("-000.0 dB"));
  header->resizeSection(FileQueueModel::kSnr, width("-00 → -00 dB"));
  hint_ = new QLabel(tr("Drop sound files or folders here, or press “Add files…”."), table);
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setWordWrap(true);
  hint_->setForegroundRole(QPalette::PlaceholderText);
  hint_->setAttribute(Qt::WA_TransparentForMouseEvents);
  table->viewport()->installEventFilter(this);
  connect(table->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &FilesPage::takeSelection);
  return table;
}

QWidget* FilesPage::makeFooter() {
  total_text_ = new QLabel;
  total_text_->setAccessibleName(tr("Progress of all files"));
  total_bar_ = new QProgressBar;
  total_bar_->setRange(0, kProgressSteps);
  total_bar_->setMaximumWidth(260);
  total_bar_->setAccessibleName(tr("Progress of all files"));
  auto* const footer = new QWidget;
  auto* const row = new QHBoxLayout(footer);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(total_text_, 1);
  row->addWidget(total_bar_);
  return footer;
}

void FilesPage::frame(double now_s) {
  emit pulled();
  const double passed_s = last_frame_s_ < 0.0 ? 0.0 : now_s - last_frame_s_;
  last_frame_s_ = now_s;
  if (run_ == Run::kRunning) time_left_.advance(passed_s, totals_.share);
  if (totals_changed_) updateTotals();
}

void FilesPage::updateTotals() {
  totals_changed_ = false;
  totals_ = queue_.totals();
  hint_->setVisible(totals_.files == 0);
  QStringList parts;
  if (is_searching_) parts << tr("Looking for sound files…");
  if (run_ == Run::kStarting) parts << tr("Preparing…");
  if (run_ == Run::kPaused) parts << tr("Paused");
  if (totals_.files > 0) {
    parts << tr("%1 of %2 done").arg(totals_.done + totals_.skipped).arg(totals_.files);
  }
  if (totals_.failed > 0) parts << tr("%1 failed").arg(totals_.failed);
  const std::optional<double> left = time_left_.seconds();
  if (run_ == Run::kRunning && left) parts << tr("about %1 left").arg(lengthText(*left));
  total_text_->setText(parts.join(QStringLiteral(" · ")));
  total_bar_->setValue(static_cast<int>(std::lround(totals_.share * kProgressSteps)));
  total_bar_->setVisible(run_ != Run::kIdle);
  updateActions();
  if (selected_ != 0) {
    result_->showRow(queue_.find(selected_));
  }
}

void FilesPage::updateActions() {
  const bool idle = run_ == Run::kIdle;
  const bool running = run_ == Run::kRunning;
  actions_.start->setText(running                ? tr("&Pause")
                          : run_ == Run::kPaused ? tr("&Go on")
                                                 : tr("&Start"));
  actions_.start->setToolTip(
      tr("%1 (%2)", "tooltip and shortcut")
          .arg(running                ? tr("Let the files in work wait")
               : run_ == Run::kPaused ? tr("Go on with the files that wait")
                                      : tr("Clean all files that wait"),
               actions_.start->shortcut().toString(QKeySequence::NativeText)));
  actions_.start->setEnabled(running || run_ == Run::kPaused || (idle && totals_.waiting > 0));
  actions_.cancel->setEnabled(!idle && run_ != Run::kEnding);
  const bool any_selected = table_ != nullptr && table_->selectionModel()->hasSelection();
  actions_.remove->setEnabled(any_selected);
  actions_.retry->setEnabled(totals_.failed + totals_.skipped + totals_.done > 0 &&
                             (any_selected || totals_.failed > 0));
  actions_.clear->setEnabled(totals_.done + totals_.skipped > 0);
  actions_.report->setEnabled(totals_.done + totals_.skipped + totals_.failed > 0);
  const FileRow* const row = queue_.find(selected_);
  const bool can_hear = row != nullptr && row->state == FileState::kDone;
  for (QAction* const action : {actions_.play, actions_.before, actions_.after, actions_.other}) {
    action->setEnabled(can_hear);
  }
}

void FilesPage::setRun(Run run) {
  if (run == run_) return;
  if (run == Run::kRunning && run_ != Run::kPaused) time_left_.restart(queue_.totals().share);
  run_ = run;
  updateTotals();
}

void FilesPage::setSearching(bool searching) {
  if (searching == is_searching_) return;
  is_searching_ = searching;
  updateTotals();
}

void FilesPage::setStateTap(std::shared_ptr<StateTap> tap) {
  if (tap == tap_) return;
  tap_ = std::move(tap);
  emit stateTapChanged();
}

void FilesPage::select(quint64 id) {
  const int row = queue_.rowOf(id);
  if (row >= 0) table_->selectRow(row);
}

void FilesPage::takeSelection() {
  const QModelIndexList rows = table_->selectionModel()->selectedRows();
  const quint64 now =
      rows.size() == 1 ? queue_.rows()[static_cast<std::size_t>(rows.front().row())].id : 0;
  updateActions();
  if (now == selected_) return;
  selected_ = now;
  const FileRow* const row = queue_.find(selected_);
  result_->showRow(row);
  if (row != nullptr && row->state != FileState::kWaiting && row->state != FileState::kRunning) {
    tabs_->setCurrentWidget(result_);
  }
  updateActions();
  emit selectionChanged();
}

QSet<quint64> FilesPage::selectedIds() const {
  QSet<quint64> ids;
  for (const QModelIndex& index : table_->selectionModel()->selectedRows()) {
    ids.insert(queue_.rows()[static_cast<std::size_t>(index.row())].id);
  }
  return ids;
}

bool FilesPage::openFiles(const QStringList& paths) {
  QStringList absolute;
  for (const QString& path : paths) {
    if (path.endsWith(QLatin1String(".safetensors"))) {
      output_->selectModel(path);
      tabs_->setCurrentWidget(output_);
    } else {
      absolute << QDir::cleanPath(QDir::current().absoluteFilePath(path));
    }
  }
  if (!absolute.isEmpty()) emit filesAdded(absolute);
  return !paths.isEmpty();
}

void FilesPage::chooseFiles() {
  openFiles(QFileDialog::getOpenFileNames(
      this, tr("Choose recordings"), {},
      tr("Sound (*.wav *.flac *.ogg *.oga *.opus *.mp3 *.aiff *.aif *.caf *.au *.w64 *.rf64)"
         ";;All files (*)")));
}

void FilesPage::chooseFolder() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a folder"));
  if (!folder.isEmpty()) openFiles({folder});
}

void FilesPage::startOrPause() {
  if (run_ == Run::kRunning) {
    emit pauseRequested(true);
  } else if (run_ == Run::kPaused) {
    emit pauseRequested(false);
  } else {
    emit startRequested();
  }
}

void FilesPage::removeSelected() {
  const QSet<quint64> ids = selectedIds();
  if (ids.isEmpty()) return;
  queue_.remove(ids);
  emit removed(ids);
  updateTotals();
}

void FilesPage::retryFailed() {
  const QSet<quint64> chosen = selectedIds();
  QList<FileRow> rows;
  for (const FileRow& row : queue_.rows()) {
    const bool has_ended = row.state != FileState::kWaiting && row.state != FileState::kRunning;
    if (chosen.isEmpty() ? row.state != FileState::kFailed
                         : !chosen.contains(row.id) || !has_ended) {
      continue;
    }
    FileRow again;
    again.id = row.id;
    again.path = row.path;
    again.seconds = row.seconds;
    rows << again;
  }
  queue_.update(rows);
  updateTotals();
}

void FilesPage::clearFinished() {
  QSet<quint64> ids;
  for (const FileRow& row : queue_.rows()) {
    if (row.state == FileState::kDone || row.state == FileState::kSkipped) ids.insert(row.id);
  }
  queue_.remove(ids);
  emit removed(ids);
  updateTotals();
}

void FilesPage::chooseReport() {
  QString chosen;
  const QString path = QFileDialog::getSaveFileName(
      this, tr("Save report"), QStringLiteral("hiss-report.html"),
      tr("Web page with pictures (*.html);;Table (*.csv);;JSON (*.json)"), &chosen);
  if (!path.isEmpty()) emit reportRequested(path);
}

void FilesPage::playOrPause() {
  emit result_->playback().playRequested(!result_->playback().isPlaying());
}

void FilesPage::saveSettings(QSettings& settings) const {
  output_->save(settings);
  settings.setValue("splitter", splitter_->saveState());
  settings.setValue("columns", table_->horizontalHeader()->saveState());
}

void FilesPage::restoreSettings(QSettings& settings) {
  output_->restore(settings);
  splitter_->restoreState(settings.value("splitter").toByteArray());
  table_->horizontalHeader()->restoreState(settings.value("columns").toByteArray());
}

QString FilesPage::runningTask() const {
  return run_ == Run::kIdle ? QString() : tr("files are being cleaned");
}

void FilesPage::dragEnterEvent(QDragEnterEvent* event) {
  if (!localFiles(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void FilesPage::dropEvent(QDropEvent* event) {
  if (openFiles(localFiles(event->mimeData()))) event->acceptProposedAction();
}

bool FilesPage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) hint_->setGeometry(table_->viewport()->geometry());
  return Page::eventFilter(watched, event);
}

}  // namespace hiss
