// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "app/engine/batch_report.h"
#include "app/engine/byte_file.h"
#include "app/engine/denoise_batch.h"
#include "app/gui/files/work_queue.h"
#include "ui/files/output_settings.h"

namespace hiss {

// Pictures of reports, kept on the disk. [thread-safe]
class PictureStore {
 public:
  struct Place {
    std::int64_t offset = 0;
    std::size_t bytes = 0;  // 0: there is none
  };

  // Without room on the disk there is no picture.
  Place add(const std::string& png);
  std::string read(const Place& place);

 private:
  std::mutex mutex_;
  std::optional<ByteFile> file_;
};

// How a file of the queue ended.
struct FinishedFile {
  quint64 id = 0;
  std::shared_ptr<const FileOutcome> outcome;  // without its picture
  PictureStore::Place picture;
};

// What is to be done: the waiting files, found under what was dropped.
struct RunOrder {
  QStringList roots;
  std::map<std::filesystem::path, quint64> files;
  OutputSettings output;
};

// Cleans the waiting files of the queue in threads of its own, as `hiss denoise` does.
// [main-thread]
class QueueRunner {
 public:
  struct Question {
    int existing = 0;
    int files = 0;
    bool can_resume = false;
  };
  struct Progress {
    quint64 id = 0;
    double share = 0.0;
  };
  struct News {
    std::vector<FinishedFile> finished;
    std::vector<quint64> left_out;     // what does not belong into the output folder
    std::optional<Question> question;  // with it the run has ended
    std::optional<Failure> failure;    // alike
    bool begun = false;                // files are in work from now on
    bool ended = false;
  };

  ~QueueRunner();

  // Only when the last one has ended.
  void start(RunOrder order);
  void setPaused(bool paused);
  void cancel();
  // These files are not wanted any more, whether in work or waiting.
  void drop(const QSet<quint64>& ids);

  // What happened since the last call.
  News take();
  // Of the files in work.
  [[nodiscard]] std::vector<Progress> progress();
  [[nodiscard]] std::shared_ptr<StateTap> stateTap();
  // What the last run was made with.
  [[nodiscard]] BatchMaker maker();
  PictureStore& pictures() noexcept { return pictures_; }

 private:
  void run(const RunOrder& order);
  void runPlan(const RunOrder& order, BatchPlan plan);
  std::vector<BatchEntry> wantedOf(const RunOrder& order, const BatchPlan& plan);
  bool asks(const RunOrder& order, const BatchPlan& plan);
  void finish(const RunOrder& order, FileOutcome& outcome);
  std::shared_ptr<DenoiseBatch> batch();

  std::mutex mutex_;
  News news_;
  std::shared_ptr<DenoiseBatch> batch_;
  RunOrder order_;  // of the run that is on; the thread reads it without a lock
  std::set<quint64> dropped_;
  BatchMaker maker_;
  std::atomic<bool> cancel_{false};
  PictureStore pictures_;
  WorkQueue queue_;  // last: it ends first
};

}  // namespace hiss
