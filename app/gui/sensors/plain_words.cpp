// SPDX-License-Identifier: Apache-2.0
#include "app/gui/sensors/plain_words.h"

#include <QCoreApplication>

namespace hiss {
namespace {

QString words(const char* text) { return QCoreApplication::translate("SensorsBridge", text); }

bool holds(const QString& text, const char* part) {
  return text.contains(QLatin1String(part), Qt::CaseInsensitive);
}

}  // namespace

Notice noticeOf(const Failure& failure) {
  Notice notice;
  notice.kind = Notice::Kind::kError;
  notice.details = QString::fromUtf8(failure.what());
  switch (failure.kind()) {
    case FailureKind::kUsage:
      notice.text =
          words(QT_TRANSLATE_NOOP("SensorsBridge", "This source cannot be used as it is written."));
      notice.advice = words(QT_TRANSLATE_NOOP(
          "SensorsBridge", "The details say which part is wrong and what may stand there."));
      break;
    case FailureKind::kInput:
      notice.text = words(QT_TRANSLATE_NOOP("SensorsBridge", "This cannot be read."));
      notice.advice = words(QT_TRANSLATE_NOOP(
          "SensorsBridge",
          "Choose a table with a line for each row and a column for each value, as most programs "
          "save it as CSV."));
      break;
    case FailureKind::kModel:
      notice.text =
          words(QT_TRANSLATE_NOOP("SensorsBridge", "The forecaster's model cannot be used."));
      notice.advice = words(
          QT_TRANSLATE_NOOP("SensorsBridge",
                            "Choose another model, or a detector that needs none, such as the "
                            "linear forecaster."));
      break;
    case FailureKind::kOutput:
      notice.text = words(QT_TRANSLATE_NOOP("SensorsBridge", "This cannot be written."));
      notice.advice = words(
          QT_TRANSLATE_NOOP("SensorsBridge", "Choose another place, or make room on the disk."));
      break;
    case FailureKind::kCancelled:
      notice.kind = Notice::Kind::kInfo;
      notice.text = words(QT_TRANSLATE_NOOP("SensorsBridge", "This was stopped."));
      break;
    case FailureKind::kInternal:
      notice.text = words(QT_TRANSLATE_NOOP("SensorsBridge", "Something went wrong."));
      notice.advice = words(QT_TRANSLATE_NOOP(
          "SensorsBridge", "Start it again; if it comes back, report it with the details."));
      break;
  }
  return notice;
}

Notice noticeOf(const SourceStatus& source) {
  Notice notice;
  notice.details = QString::fromStdString(source.problem);
  const QString name = QString::fromStdString(source.uri);
  if (source.ended) {
    notice.kind = Notice::Kind::kError;
    notice.text =
        words(QT_TRANSLATE_NOOP("SensorsBridge", "%1 has ended with an error.")).arg(name);
    notice.advice = words(QT_TRANSLATE_NOOP(
        "SensorsBridge",
        "Choose a table with a line for each row and a column for each value, as most programs "
        "save it as CSV."));
    return notice;
  }
  notice.kind = Notice::Kind::kWarning;
  notice.text = words(QT_TRANSLATE_NOOP("SensorsBridge", "%1 cannot be reached; Hiss tries again."))
                    .arg(name);
  if (holds(notice.details, "permission denied")) {
    notice.advice = words(QT_TRANSLATE_NOOP(
        "SensorsBridge",
        "You may not use this device: have your user added to the group that owns it (often "
        "dialout) and log in again."));
  } else if (holds(notice.details, "refused")) {
    notice.advice = words(
        QT_TRANSLATE_NOOP("SensorsBridge",
                          "Nobody listens there: check that the broker or sender runs, and that "
                          "its address and port are right."));
  } else {
    notice.advice = words(QT_TRANSLATE_NOOP(
        "SensorsBridge", "Check that it is switched on and that its address is right."));
  }
  return notice;
}

}  // namespace hiss
