// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <vector>

#include "app/gui/files/work_queue.h"

namespace hiss {

// Looks in a thread of its own for the sound files of what was dropped, and for their lengths.
// [main-thread]
class FileSearch {
 public:
  // What one dropped file or folder holds.
  struct Found {
    QString root;
    QStringList files;
    qint64 others = 0;  // of a folder without sound files: how many files it has
    QString trouble;    // why a folder could not be read; empty: it could
    bool is_folder = false;
  };
  struct Length {
    QString file;
    double seconds = 0.0;
  };
  struct News {
    std::vector<Found> found;
    std::vector<Length> lengths;
  };

  ~FileSearch() { stop_ = true; }

  // `output_folder`: where results will go, or empty; it is not searched.
  void search(const QStringList& roots, const QString& output_folder);
  // What was found since the last call.
  News take();
  [[nodiscard]] bool isBusy() const { return busy_ > 0; }

 private:
  void searchOne(const QString& root, const QString& output_folder);
  void measure(const QStringList& files);

  std::atomic<bool> stop_{false};
  std::atomic<int> busy_{0};
  std::mutex mutex_;
  News news_;
  WorkQueue queue_;  // last: it ends first
};

}  // namespace hiss
