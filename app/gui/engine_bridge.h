// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QThread>
#include <atomic>

#include "app/gui/recording_worker.h"
#include "models/model_registry.h"

namespace hiss {

class MainWindow;

// Joins the window with the engine: what the window asks for runs in a worker thread, what comes of
// it goes back to the window. One job at a time; opening a recording ends the one that runs.
// [main-thread]
class EngineBridge : public QObject {
  Q_OBJECT

 public:
  // Offers the window the models of `registry`. `window` must outlive this.
  EngineBridge(MainWindow& window, const ModelRegistry& registry);
  // Cancels what runs and waits for its end, a block of samples at most.
  ~EngineBridge() override;

  // Selects a model by name or by file; says in the window why there is none. The registry is that
  // of the constructor.
  void chooseModel(const QString& name);

 signals:
  // To the worker, in its own thread.
  void openStarted(quint64 job, const QString& path);
  void denoiseStarted(quint64 job, const hiss::DenoiseRequest& request);
  void saveStarted(quint64 job, const QString& path);

 private:
  void offerModels();
  void connectWindow();
  void connectWorker();
  // Ends the job that runs, if any, and numbers the next one.
  RecordingWorker::JobNumber nextJob();
  // True for the signals of the job that the window waits for.
  bool isCurrent(RecordingWorker::JobNumber job) const noexcept { return job == job_; }

  MainWindow& window_;
  ModelRegistry registry_;
  RecordingWorker::JobNumber job_ = 0;  // the newest
  std::atomic<RecordingWorker::JobNumber> cancelled_up_to_{0};
  RecordingWorker* worker_;  // lives in thread_ and is deleted at its end
  QThread thread_;
};

}  // namespace hiss
