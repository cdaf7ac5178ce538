// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QHash>
#include <QObject>
#include <QSet>
#include <memory>
#include <mutex>
#include <vector>

#include "app/engine/live/playback.h"
#include "app/gui/files/comparison_loader.h"
#include "app/gui/files/file_search.h"
#include "app/gui/files/queue_runner.h"
#include "models/model_registry.h"
#include "ui/base/notice.h"
#include "ui/files/file_row.h"
#include "ui/files/output_settings.h"

namespace hiss {

class FilesPage;

// Joins the files page with the batch engine and the player: what takes long runs in threads of
// their own, and each frame of the page brings what is new. [main-thread]
class FilesBridge : public QObject {
  Q_OBJECT

 public:
  // `page` must outlive this. Sound is played on what `make_device` gives.
  FilesBridge(FilesPage& page, const ModelRegistry& registry,
              Playback::MakeDevice make_device = makeSystemAudioDevice);
  // Gives up what runs: a block of samples at most.
  ~FilesBridge() override;

 private:
  void offerChoices(const ModelRegistry& registry);
  void connectPage();
  void connectPlayer();

  void pull();
  void pullSearch();
  void takeFound(const FileSearch::Found& found);
  void pullRunner();
  void takeFinished(const FinishedFile& file, QList<FileRow>& rows);
  void pullProgress();
  void pullComparison();
  void pullPlayer();
  void pullNotices();

  void start(ExistingFiles existing);
  void drop(const QSet<quint64>& ids);
  void showSelected();
  void setWeights();
  void saveReport(const QString& path);

  FilesPage& page_;
  QHash<QString, quint64> id_by_path_;
  QHash<quint64, QString> root_by_id_;
  QHash<quint64, FinishedFile> finished_;
  quint64 heard_id_ = 0;
  int shown_percent_ = -1;

  std::mutex notices_mutex_;
  std::vector<Notice> notices_;  // of the thread that writes reports

  FileSearch search_;
  QueueRunner runner_;
  ComparisonLoader comparisons_;
  Playback playback_;
  WorkQueue reports_;  // last: it ends first
};

}  // namespace hiss
