// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSettings>
#include <QWidget>

#include "ui/live/live_values.h"

class QComboBox;

namespace hiss {

// Chooses input, output, model and delay. What was chosen stays chosen while lists change, also
// where it is gone for now. [main-thread]
class SetupBox : public QWidget {
  Q_OBJECT

 public:
  // Ids that have a meaning here: the demo recording, "another file" as a question, "file:PATH".
  static constexpr const char* kDemo = "demo";
  static constexpr const char* kAskFile = "file:";

  explicit SetupBox(QWidget* parent = nullptr);

  [[nodiscard]] LiveSetup setup() const;
  void setChoices(const LiveChoices& choices);
  void chooseInput(const QString& id);
  void chooseOutput(const QString& id);
  // A name or a file.
  void chooseModel(const QString& id);
  // The same without a signal: nothing is asked for.
  void showRunningModel(const QString& id);

  void saveSettings(QSettings& settings) const;
  void restoreSettings(QSettings& settings);

 signals:
  void setupChanged();

 private:
  // One list, with the id that is chosen.
  struct List {
    QComboBox* box = nullptr;
    QString chosen;  // empty: the first one
    QList<LiveChoice> choices;
  };

  void fill(List& list);
  void choose(List& list, const QString& id);
  void activated(List& list, const QString& title, const QString& filter);

  List input_;
  List output_;
  List model_;
  QComboBox* delay_;
};

}  // namespace hiss
