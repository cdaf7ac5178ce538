// SPDX-License-Identifier: Apache-2.0
#include "app/gui/files/file_notice.h"

#include <QCoreApplication>
#include <QFile>
#include <array>
#include <cerrno>
#include <string>

namespace hiss {
namespace {

// Makes tr() put these texts under one name.
struct FileNotice {
  Q_DECLARE_TR_FUNCTIONS(FileNotice)
};

struct Words {
  QString text;
  QString advice;
};

bool says(const Failure& failure, const std::string& words) {
  return std::string_view(failure.what()).find(words) != std::string_view::npos;
}

Words outputWords(const Failure& failure) {
  if (says(failure, errnoText(ENOSPC)) || says(failure, errnoText(EDQUOT))) {
    return {FileNotice::tr("The disk is full."),
            FileNotice::tr("Make room or choose another folder, then press “Try again”.")};
  }
  if (says(failure, "one that exists")) {
    return {FileNotice::tr("The result exists already."),
            FileNotice::tr("Choose in the output settings what shall become of it, then press “Try "
                           "again”.")};
  }
  if (says(failure, errnoText(EACCES)) || says(failure, errnoText(EROFS)) ||
      says(failure, errnoText(EPERM))) {
    return {FileNotice::tr("The result may not be written there."),
            FileNotice::tr("Choose a folder that is yours, then press “Try again”.")};
  }
  if (says(failure, "an output for one input only")) {
    return {FileNotice::tr("Two recordings would have the same result."),
            FileNotice::tr("Rename one of them, or clean them into different folders.")};
  }
  return {FileNotice::tr("The result cannot be written."),
          FileNotice::tr("Choose another folder or file type, then press “Try again”.")};
}

Words inputWords(const Failure& failure) {
  if (says(failure, errnoText(ENOENT))) {
    return {FileNotice::tr("The recording is not there any more."),
            FileNotice::tr("Put it back and press “Try again”, or remove it from the list.")};
  }
  if (says(failure, errnoText(EACCES))) {
    return {FileNotice::tr("The recording may not be read."),
            FileNotice::tr("Ask its owner for the right to read it.")};
  }
  if (says(failure, "truncated")) {
    return {FileNotice::tr("The recording ends too early."),
            FileNotice::tr("Mark “Take files that end too early” to clean what is there, then "
                           "press “Try again”.")};
  }
  return {FileNotice::tr("This cannot be read as sound."),
          FileNotice::tr("Hiss reads WAV, FLAC, Ogg, MP3, AIFF and more, from 4 to 384 kHz.")};
}

Words wordsOf(const Failure& failure) {
  switch (failure.kind()) {
    case FailureKind::kInput:
      return inputWords(failure);
    case FailureKind::kOutput:
      return outputWords(failure);
    case FailureKind::kModel:
      return {FileNotice::tr("The model cannot be used."),
              FileNotice::tr("Choose another one in the output settings.")};
    case FailureKind::kUsage:
      return {FileNotice::tr("The settings do not fit together."),
              FileNotice::tr("Change the output settings and press Start again.")};
    case FailureKind::kCancelled:
      return {FileNotice::tr("Cancelled."), {}};
    case FailureKind::kInternal:
      break;
  }
  return {FileNotice::tr("Something went wrong inside Hiss."),
          FileNotice::tr("Try again; if it stays, report it with the details.")};
}

}  // namespace

Notice fileNotice(const Failure& failure) {
  const Words words = wordsOf(failure);
  return {Notice::Kind::kError, words.text, words.advice, QString::fromUtf8(failure.what())};
}

QString toQString(const std::filesystem::path& path) { return QFile::decodeName(path.c_str()); }

std::filesystem::path toPath(const QString& name) {
  return {QFile::encodeName(name).toStdString()};
}

}  // namespace hiss
