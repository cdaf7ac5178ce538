// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QMainWindow>
#include <QStringList>
#include <memory>

#include "ui/shell/frame_times.h"
#include "ui/shell/theme.h"

class QActionGroup;
class QSettings;
class QSplitter;
class QStackedWidget;
class QTabBar;

namespace hiss {

class FrameClock;
class NoticeBar;
class Page;
class StatePanel;
class StateTap;

// One page of the window and what the window has to know about it.
struct PageEntry {
  Page* page = nullptr;
  QString key;               // name in settings and on the command line
  QStringList file_endings;  // of files that are for this page: "csv"; "*": all others
  QString file_filter;       // the same for file dialogs, with words
};

// The window: pages behind tabs, the hidden state beside them or by itself, menus. Layout and
// actions only; what the pages do is not known here. [main-thread]
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  static inline const QString kStateKey = QStringLiteral("state");

  // Owns the pages and the panel from now on. At least one page.
  MainWindow(const QList<PageEntry>& pages, StatePanel* state, QWidget* parent = nullptr);

  // By key, kStateKey for the hidden state by itself; false: there is none of that name.
  bool showPage(const QString& key);
  [[nodiscard]] QString shownPage() const;
  // The page that is shown, or was before the hidden state by itself.
  [[nodiscard]] Page& page() const;
  void setStateBeside(bool is_shown);

  // Hands each file to the page that it is for and shows that page; folders go where all other
  // files go. Says in the window what is for no page.
  void openFiles(const QStringList& paths);

  void saveSettings(QSettings& settings) const;
  // Passes over what is missing or makes no sense.
  void restoreSettings(QSettings& settings);

  [[nodiscard]] Theme theme() const;
  void setTheme(Theme theme);

  [[nodiscard]] NoticeBar& notices() noexcept { return *notices_; }
  // What the window's own frames took: moving all pages on, and painting them.
  [[nodiscard]] const FrameTimes& moveTimes() const noexcept { return move_times_; }
  [[nodiscard]] const FrameTimes& paintTimes() const noexcept { return paint_times_; }

 signals:
  void themeChosen(hiss::Theme theme);
  // The first picture is on the screen and the window takes part in events.
  void becameInteractive();

 protected:
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  template <typename Slot>
  QAction* addTo(class QMenu* menu, const QString& text, const QString& tip,
                 const QKeySequence& keys, Slot&& slot);
  void makeMenus();
  void makePageMenus();
  void makeViewMenu();
  void makeHelpMenu();
  void showTab(int index);
  void followTap();
  void frame(double now_s);
  void chooseFiles();
  void chooseFolder();
  [[nodiscard]] bool isStateShown() const;

  QList<PageEntry> pages_;
  StatePanel* state_;
  FrameClock* clock_;
  NoticeBar* notices_;
  QTabBar* tabs_;  // one for each page, then the hidden state
  QStackedWidget* stack_;
  QSplitter* splitter_;
  QList<QMenu*> page_menus_;
  QAction* beside_action_ = nullptr;
  QAction* full_screen_action_ = nullptr;
  QActionGroup* themes_ = nullptr;
  FrameTimes move_times_;
  FrameTimes paint_times_;
  std::shared_ptr<StateTap> tap_;  // that the panel shows
  bool is_interactive_ = false;
};

}  // namespace hiss
