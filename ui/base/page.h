// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAction>
#include <QList>
#include <QSettings>
#include <QString>
#include <QWidget>
#include <memory>

namespace hiss {

class StateTap;

// One page of the window. A page shows values and asks with signals; what takes long is done by its
// bridge (app/gui) in a thread of its own. [main-thread]
class Page : public QWidget {
  Q_OBJECT

 public:
  using QWidget::QWidget;

  // Name on the page's tab.
  [[nodiscard]] virtual QString title() const = 0;
  // What the page's menu holds, in order, with shortcuts and tooltips; owned by the page. A
  // separator is a QAction with isSeparator(). The actions exist from construction on.
  [[nodiscard]] virtual QList<QAction*> pageActions() const { return {}; }
  // The hidden state of the model that runs here; null: none runs. stateTapChanged() tells of a
  // change.
  [[nodiscard]] virtual std::shared_ptr<StateTap> stateTap() const { return nullptr; }
  // What the rows of its blocks are called, of those blocks that have as many; empty: numbered.
  [[nodiscard]] virtual QStringList stateRowNames() const { return {}; }

  // Once a frame: pull what is new and update() what changed. Also for pages that are not shown,
  // which must take what waits for them but paint nothing.
  virtual void frame(double now_s) { static_cast<void>(now_s); }

  // What is remembered between two runs of the program; inside a group of the page's own.
  virtual void saveSettings(QSettings& settings) const { static_cast<void>(settings); }
  virtual void restoreSettings(QSettings& settings) { static_cast<void>(settings); }

  // What closing the window would end, as part of a question ("a recording is being made"); empty:
  // nothing.
  [[nodiscard]] virtual QString runningTask() const { return {}; }

  // Files dropped on the page or opened with the window's menu; false: not for this page.
  virtual bool openFiles(const QStringList& paths) {
    static_cast<void>(paths);
    return false;
  }

 signals:
  void stateTapChanged();
};

}  // namespace hiss
