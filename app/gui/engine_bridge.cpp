// SPDX-License-Identifier: Apache-2.0
#include "app/gui/engine_bridge.h"

#include <QFile>
#include <QFileInfo>

#include "models/model_error.h"
#include "ui/main_window.h"
#include "ui/message_line.h"

namespace hiss {
namespace {

QString toQString(const std::filesystem::path& path) { return QFile::decodeName(path.c_str()); }

}  // namespace

EngineBridge::EngineBridge(MainWindow& window, const ModelRegistry& registry)
    : window_(window), registry_(registry), worker_(new RecordingWorker(cancelled_up_to_)) {
  worker_->moveToThread(&thread_);
  connect(&thread_, &QThread::finished, worker_, &QObject::deleteLater);
  connectWindow();
  connectWorker();
  offerModels();
  thread_.start();
}

EngineBridge::~EngineBridge() {
  cancelled_up_to_ = job_;
  thread_.quit();
  thread_.wait();
}

void EngineBridge::offerModels() {
  std::vector<ModelChoice> choices;
  for (const ModelEntry& entry : registry_.list(kDenoiseTask)) {
    choices.push_back({QString::fromStdString(entry.name), toQString(entry.path)});
  }
  window_.setModels(choices, QString::fromUtf8(kDefaultModelName.data()),
                    tr("no model found: choose one with Denoise > Choose model file…, or put it "
                       "into ~/.local/share/hiss/models or the directory HISS_MODEL_DIR"));
}

void EngineBridge::chooseModel(const QString& name) {
  try {
    const QString path = toQString(registry_.find(QFile::encodeName(name).toStdString()));
    window_.addModel({QFileInfo(path).completeBaseName(), path});
  } catch (const ModelError& error) {
    window_.message().showError(QString::fromUtf8(error.what()));
  }
}

RecordingWorker::JobNumber EngineBridge::nextJob() {
  cancelled_up_to_ = job_;
  return ++job_;
}

void EngineBridge::connectWindow() {
  connect(&window_, &MainWindow::openRequested, this,
          [this](const QString& path) { emit openStarted(nextJob(), path); });
  connect(&window_, &MainWindow::denoiseRequested, this,
          [this](const DenoiseRequest& request) { emit denoiseStarted(nextJob(), request); });
  connect(&window_, &MainWindow::saveRequested, this,
          [this](const QString& path) { emit saveStarted(nextJob(), path); });
  connect(&window_, &MainWindow::cancelRequested, this, [this] { cancelled_up_to_ = job_; });
}

void EngineBridge::connectWorker() {
  connect(this, &EngineBridge::openStarted, worker_, &RecordingWorker::open);
  connect(this, &EngineBridge::denoiseStarted, worker_, &RecordingWorker::denoise);
  connect(this, &EngineBridge::saveStarted, worker_, &RecordingWorker::save);
  connect(worker_, &RecordingWorker::progressed, this, [this](quint64 job, double share) {
    if (isCurrent(job)) window_.showProgress(share);
  });
  connect(worker_, &RecordingWorker::opened, this,
          [this](quint64 job, const RecordingInfo& recording) {
            if (isCurrent(job)) window_.showOpened(recording);
          });
  connect(worker_, &RecordingWorker::denoised, this,
          [this](quint64 job, const DenoiseResult& result) {
            if (isCurrent(job)) window_.showDenoised(result);
          });
  connect(worker_, &RecordingWorker::saved, this,
          [this](quint64 job, const QString& path, qint64 clipped_values) {
            if (isCurrent(job)) window_.showSaved(path, clipped_values);
          });
  connect(worker_, &RecordingWorker::cancelled, this, [this](quint64 job) {
    if (isCurrent(job)) window_.showCancelled();
  });
  connect(worker_, &RecordingWorker::failed, this, [this](quint64 job, const QString& text) {
    if (isCurrent(job)) window_.showFailed(text);
  });
}

}  // namespace hiss
