// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <limits>

#include "ui/base/notice.h"

namespace hiss {

enum class FileState { kWaiting, kRunning, kDone, kSkipped, kFailed };

// What became of a finished file. Levels in dBFS, silence is -inf; NaN: cannot be told.
struct FileFigures {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  double removed_db = kUnknown;            // over all
  double removed_in_pauses_db = kUnknown;  // about
  double snr_before_db = kUnknown;         // about
  double snr_after_db = kUnknown;
  double rms_before_dbfs = kUnknown;
  double rms_after_dbfs = kUnknown;
  qint64 clipped_values = 0;
  double rtf = kUnknown;    // processor time / duration
  bool is_removed = false;  // the output is what was taken out
};

// One recording of the queue.
struct FileRow {
  quint64 id = 0;  // set by the queue
  QString path;
  QString output;         // empty until it is done or passed over
  double seconds = -1.0;  // length; negative: not known
  FileState state = FileState::kWaiting;
  double share = 0.0;  // 0 … 1 of the work, while running
  FileFigures figures;
  Notice notice;  // why it failed or was passed over
};

}  // namespace hiss
