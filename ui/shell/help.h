// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAction>
#include <QList>

class QWidget;

namespace hiss {

// Actions under a heading: a menu.
struct ActionGroupView {
  QString title;
  QList<QAction*> actions;
};

// Windows of the menu Help. Each stands beside `parent` without stopping it. [main-thread]
void showExplanation(QWidget* parent);
void showShortcuts(QWidget* parent, const QList<ActionGroupView>& groups);
// Version and licences.
void showAbout(QWidget* parent);

// A menu's text without its mnemonic: "&Open…" is "Open…", "열기(&O)…" is "열기…".
[[nodiscard]] QString withoutMnemonic(const QString& text);

}  // namespace hiss
