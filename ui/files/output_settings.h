// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QStringList>
#include <limits>

namespace hiss {

// What to do where an output exists already.
enum class ExistingFiles { kAsk, kSkip, kReplace, kOlder, kResume };

// How files are cleaned and where they go.
struct OutputSettings {
  QString folder;  // empty: beside each recording
  QString model;   // path of its file
  float limit_db = std::numeric_limits<float>::infinity();
  float mix = 1.0F;   // 1: all cleaned, 0: as it was
  QString container;  // empty: that of the recording
  QString subtype;    // alike
  ExistingFiles existing = ExistingFiles::kAsk;
  int jobs = 0;          // files at a time; 0: as many as there are cores
  bool removed = false;  // write what is taken out
  bool dither = true;
  bool allow_truncated = false;  // take files that end too early
};

// What the settings offer.
struct OutputChoices {
  struct Model {
    QString name;
    QString path;
  };
  QList<Model> models;
  QString preferred_model;  // its name
  QStringList containers;
  QStringList subtypes;
  int cores = 1;
};

}  // namespace hiss
