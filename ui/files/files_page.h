// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSet>

#include "ui/base/page.h"
#include "ui/files/file_queue_model.h"
#include "ui/files/output_settings.h"
#include "ui/files/time_left.h"

class QLabel;
class QProgressBar;
class QSplitter;
class QTabWidget;
class QTableView;
class QToolBar;

namespace hiss {

class ExistingQuestion;
class NoticeBar;
class OutputSettingsPanel;
class ResultPanel;

// Cleans files: a queue of recordings, how it is done, and what became of each. [main-thread]
class FilesPage : public Page {
  Q_OBJECT

 public:
  // kStarting: outputs are planned; kEnding: what runs is given up.
  enum class Run { kIdle, kStarting, kRunning, kPaused, kEnding };

  explicit FilesPage(QWidget* parent = nullptr);

  [[nodiscard]] QString title() const override;
  [[nodiscard]] QList<QAction*> pageActions() const override { return page_actions_; }
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const override { return tap_; }
  void frame(double now_s) override;
  void saveSettings(QSettings& settings) const override;
  void restoreSettings(QSettings& settings) override;
  [[nodiscard]] QString runningTask() const override;
  bool openFiles(const QStringList& paths) override;

  // For the bridge.
  [[nodiscard]] FileQueueModel& queue() noexcept { return queue_; }
  [[nodiscard]] OutputSettingsPanel& output() const noexcept { return *output_; }
  [[nodiscard]] ResultPanel& result() const noexcept { return *result_; }
  [[nodiscard]] NoticeBar& notices() const noexcept { return *notices_; }
  [[nodiscard]] ExistingQuestion& question() const noexcept { return *question_; }
  void setRun(Run run);
  [[nodiscard]] Run run() const noexcept { return run_; }
  // That dropped folders are being looked through.
  void setSearching(bool searching);
  void setStateTap(std::shared_ptr<StateTap> tap);
  // The row whose result is shown; 0: none.
  [[nodiscard]] quint64 selected() const noexcept { return selected_; }
  // Selects one row, as a click on it does.
  void select(quint64 id);

 signals:
  // At each frame, before it is painted: bring what is new.
  void pulled();
  // Files and folders, as they were dropped.
  void filesAdded(const QStringList& paths);
  void startRequested();
  void pauseRequested(bool pause);
  void cancelRequested();
  void removed(const QSet<quint64>& ids);
  void reportRequested(const QString& path);
  void selectionChanged();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  struct Actions {
    QAction* add_files = nullptr;
    QAction* add_folder = nullptr;
    QAction* start = nullptr;  // or pause, or go on
    QAction* cancel = nullptr;
    QAction* remove = nullptr;
    QAction* retry = nullptr;
    QAction* clear = nullptr;
    QAction* report = nullptr;
    QAction* play = nullptr;
    QAction* before = nullptr;
    QAction* after = nullptr;
    QAction* other = nullptr;
  };

  void makeActions();
  QAction* makeAction(const QString& text, const QKeySequence& keys, const QString& tip,
                      void (FilesPage::*slot)());
  QToolBar* makeToolBar();
  QTableView* makeTable();
  QWidget* makeFooter();
  void chooseFiles();
  void chooseFolder();
  void startOrPause();
  void removeSelected();
  void retryFailed();
  void clearFinished();
  void chooseReport();
  void playOrPause();
  void takeSelection();
  [[nodiscard]] QSet<quint64> selectedIds() const;
  void updateActions();
  void updateTotals();

  FileQueueModel queue_;
  Run run_ = Run::kIdle;
  bool is_searching_ = false;
  bool totals_changed_ = true;
  double last_frame_s_ = -1.0;
  TimeLeft time_left_;
  QueueTotals totals_;
  quint64 selected_ = 0;
  std::shared_ptr<StateTap> tap_;
  Actions actions_;
  QList<QAction*> page_actions_;
  NoticeBar* notices_ = nullptr;
  ExistingQuestion* question_ = nullptr;
  QTableView* table_ = nullptr;
  QLabel* hint_ = nullptr;  // over the empty table
  QLabel* total_text_ = nullptr;
  QProgressBar* total_bar_ = nullptr;
  QTabWidget* tabs_ = nullptr;
  QSplitter* splitter_ = nullptr;
  OutputSettingsPanel* output_ = nullptr;
  ResultPanel* result_ = nullptr;
};

}  // namespace hiss
