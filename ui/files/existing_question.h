// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFrame>

#include "ui/files/output_settings.h"

class QLabel;
class QPushButton;

namespace hiss {

// Asks, in the page, what shall become of outputs that exist. Hidden while nothing is asked.
// [main-thread]
class ExistingQuestion : public QFrame {
  Q_OBJECT

 public:
  explicit ExistingQuestion(QWidget* parent = nullptr);

  // `existing` of `files` outputs are there; `can_resume`: an earlier run left its journal.
  void ask(int existing, int files, bool can_resume);
  [[nodiscard]] QString text() const;

 signals:
  void answered(hiss::ExistingFiles rule);
  void refused();

 private:
  void answer(ExistingFiles rule);

  QLabel* text_ = nullptr;
  QPushButton* resume_ = nullptr;
  QPushButton* skip_ = nullptr;
};

}  // namespace hiss
