// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <atomic>
#include <list>
#include <mutex>
#include <optional>

#include "app/gui/files/work_queue.h"
#include "ui/spectrogram_data.h"

namespace hiss {

// Makes the spectrograms of a recording before and after in a thread of its own, and keeps the last
// few. [main-thread]
class ComparisonLoader {
 public:
  struct Comparison {
    quint64 id = 0;
    SpectrogramData before;
    SpectrogramData after;
    QString trouble;  // why there are none; empty: there are
  };

  ~ComparisonLoader() { wanted_ = 0; }

  // From now on this one is wanted and no other; it comes by take().
  void want(quint64 id, const QString& before, const QString& after);
  // None is wanted.
  void stop() { wanted_ = 0; }
  // Its files have changed.
  void forget(quint64 id);

  // What was wanted and has come since the last call.
  std::optional<Comparison> take();
  // Per cent of what is being read; -1: nothing is.
  [[nodiscard]] int progress() const { return progress_; }

 private:
  // A picture takes up to 10 MB.
  static constexpr std::size_t kKept = 4;

  Comparison load(quint64 id, const QString& before, const QString& after);
  std::optional<SpectrogramData> read(quint64 id, const QString& path, int first_percent);
  void deliver(Comparison comparison);

  std::atomic<quint64> wanted_{0};
  std::atomic<int> progress_{-1};
  std::mutex mutex_;
  std::optional<Comparison> come_;
  std::list<Comparison> kept_;  // the newest first
  WorkQueue queue_;             // last: it ends first
};

}  // namespace hiss
