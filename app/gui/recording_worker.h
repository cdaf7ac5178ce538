// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <QString>
#include <QTemporaryDir>
#include <atomic>
#include <cstdint>
#include <memory>

#include "ui/file_page.h"

namespace hiss {

// Does what takes long, in a thread of its own: reads, denoises, saves. Each call is one job with a
// number, ends in exactly one signal with it (opened, denoised, saved, cancelled or failed), and is
// cancelled by raising `cancelled_up_to` to its number.
//
// The clean sound waits in a temporary file of floats, so that saving takes no second run and any
// format gets the full precision; it is removed with the worker.
// The slots run one after the other in the worker's thread.
class RecordingWorker : public QObject {
  Q_OBJECT

 public:
  using JobNumber = std::uint64_t;

  // `cancelled_up_to` must outlive this.
  explicit RecordingWorker(const std::atomic<JobNumber>& cancelled_up_to)
      : cancelled_up_to_(cancelled_up_to) {}

  void open(JobNumber job, const QString& path);
  // Denoises what was opened last.
  void denoise(JobNumber job, const DenoiseRequest& request);
  // Saves what was denoised last.
  void save(JobNumber job, const QString& path);

 signals:
  // Share of the job, 0 ... 1; negative: unknown. At most a thousand a job.
  void progressed(quint64 job, double share);
  void opened(quint64 job, const hiss::RecordingInfo& recording);
  void denoised(quint64 job, const hiss::DenoiseResult& result);
  void saved(quint64 job, const QString& path, qint64 clipped_values);
  void cancelled(quint64 job);
  void failed(quint64 job, const QString& text);

 private:
  class Progress;

  template <class F>
  void attempt(JobNumber job, F&& work);
  QString cleanPath();

  const std::atomic<JobNumber>& cancelled_up_to_;
  QString recording_path_;
  std::unique_ptr<QTemporaryDir> folder_;
};

}  // namespace hiss
