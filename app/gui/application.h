// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QApplication>
#include <QLocale>
#include <QPointer>
#include <QTranslator>

#include "ui/shell/theme.h"

namespace hiss {

// The program around the window: language, colours, and what is done with an exception that nobody
// caught. [main-thread]
class Application : public QApplication {
  Q_OBJECT

 public:
  Application(int& argc, char** argv);

  // Words of this language, where there are any, else English. Before widgets are made.
  void setLanguage(const QLocale& locale);

  // Changes colours at once, and with the system's if the system is to choose.
  void setTheme(Theme theme);

  // An exception that leaves a handler of an event ends neither the program nor what else runs: it
  // is shown with its own words behind a fold, one at a time.
  bool notify(QObject* receiver, QEvent* event) override;

 private:
  void applyTheme();
  void showUnexpected(const QString& details);

  QTranslator words_;
  QTranslator qt_words_;
  Theme theme_ = Theme::kSystem;
  bool is_system_dark_ = false;
  class SystemColours* system_colours_;
  QPointer<QWidget> shown_failure_;
};

}  // namespace hiss
