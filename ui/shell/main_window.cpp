// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/main_window.h"

#include <QActionGroup>
#include <QBoxLayout>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>

#include "ui/base/frame_clock.h"
#include "ui/base/notice_bar.h"
#include "ui/base/page.h"
#include "ui/shell/help.h"
#include "ui/state/state_panel.h"

namespace hiss {
namespace {

constexpr QSize kFirstSize(1280, 800);
constexpr int kFirstPageWidth = 800;

double secondsOf(const QElapsedTimer& timer) {
  return 1e-9 * static_cast<double>(timer.nsecsElapsed());
}

// The entry whose files end as `path` does, or else the one for all other files.
const PageEntry* entryFor(const QList<PageEntry>& pages, const QString& path) {
  const QFileInfo file(path);
  const QString ending = file.isDir() ? QString() : file.suffix().toLower();
  const PageEntry* others = nullptr;
  for (const PageEntry& entry : pages) {
    if (!ending.isEmpty() && entry.file_endings.contains(ending)) return &entry;
    if (entry.file_endings.contains(QLatin1String("*"))) others = &entry;
  }
  return others;
}

}  // namespace

MainWindow::MainWindow(const QList<PageEntry>& pages, StatePanel* state, QWidget* parent)
    : QMainWindow(parent),
      pages_(pages),
      state_(state),
      clock_(new FrameClock(this)),
      notices_(new NoticeBar),
      tabs_(new QTabBar),
      stack_(new QStackedWidget),
      splitter_(new QSplitter(Qt::Horizontal)) {
  tabs_->setDrawBase(false);
  tabs_->setExpanding(false);
  tabs_->setAccessibleName(tr("Pages"));
  for (const PageEntry& entry : pages_) {
    stack_->addWidget(entry.page);
    tabs_->addTab(entry.page->title());
    connect(entry.page, &Page::stateTapChanged, this, &MainWindow::followTap);
  }
  tabs_->addTab(tr("State"));
  for (int i = 0; i < tabs_->count(); ++i) {
    tabs_->setTabToolTip(i, tr("%1 (Ctrl+%2)").arg(tabs_->tabText(i)).arg(i + 1));
  }
  splitter_->addWidget(stack_);
  splitter_->addWidget(state_);
  splitter_->setChildrenCollapsible(false);
  splitter_->setStretchFactor(0, 1);
  splitter_->setSizes({kFirstPageWidth, kFirstSize.width() - kFirstPageWidth});

  makeMenus();
  auto* const beside = new QToolButton;
  beside->setDefaultAction(beside_action_);
  beside->setAutoRaise(true);
  auto* const top = new QHBoxLayout;
  top->addWidget(tabs_);
  top->addStretch();
  top->addWidget(beside);
  auto* const content = new QWidget;
  auto* const column = new QVBoxLayout(content);
  column->addLayout(top);
  column->addWidget(notices_);
  column->addWidget(splitter_, 1);
  setCentralWidget(content);

  setAcceptDrops(true);
  resize(kFirstSize);
  connect(tabs_, &QTabBar::currentChanged, this, &MainWindow::showTab);
  connect(clock_, &FrameClock::frame, this, &MainWindow::frame);
  showTab(0);
  clock_->start();
}

template <typename Slot>
QAction* MainWindow::addTo(QMenu* menu, const QString& text, const QString& tip,
                           const QKeySequence& keys, Slot&& slot) {
  QAction* const action = menu->addAction(text);
  action->setToolTip(tip);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, std::forward<Slot>(slot));
  return action;
}

void MainWindow::makeMenus() {
  QMenu* const file = menuBar()->addMenu(tr("&File"));
  addTo(file, tr("&Open…"), tr("Open recordings, tables of sensor values or a model"),
        QKeySequence::Open, &MainWindow::chooseFiles);
  addTo(file, tr("Open &folder…"), tr("Clean all recordings of a folder"), {},
        &MainWindow::chooseFolder);
  file->addSeparator();
  addTo(file, tr("&Quit"), tr("Close the window; asks if that would end something"),
        Qt::CTRL | Qt::Key_Q, &MainWindow::close);
  makePageMenus();
  makeViewMenu();
  makeHelpMenu();
}

void MainWindow::makePageMenus() {
  for (const PageEntry& entry : pages_) {
    QMenu* const menu = menuBar()->addMenu(entry.page->title());
    menu->addActions(entry.page->pageActions());
    page_menus_.append(menu);
  }
  QMenu* const state = menuBar()->addMenu(tr("S&tate"));
  state->addActions(state_->panelActions());
  page_menus_.append(state);
  for (QMenu* const menu : page_menus_) menu->setToolTipsVisible(true);
}

void MainWindow::makeViewMenu() {
  QMenu* const view = menuBar()->addMenu(tr("&View"));
  for (int i = 0; i < tabs_->count(); ++i) {
    addTo(view, tabs_->tabText(i), tr("Show the page “%1”").arg(tabs_->tabText(i)),
          QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + i)),
          [this, i] { tabs_->setCurrentIndex(i); });
  }
  view->addSeparator();
  beside_action_ = addTo(view, tr("&Hidden state beside the page"),
                         tr("Show the memory of the model that runs, beside every page"),
                         Qt::Key_F9, [this] { showTab(tabs_->currentIndex()); });
  beside_action_->setIconText(tr("Hidden state"));
  beside_action_->setCheckable(true);
  beside_action_->setChecked(true);
  full_screen_action_ =
      addTo(view, tr("F&ull screen"), tr("Fill the screen, and back"), Qt::Key_F11,
            [this](bool on) { on ? showFullScreen() : showNormal(); });
  full_screen_action_->setCheckable(true);
  QMenu* const colours = view->addMenu(tr("&Colours"));
  colours->menuAction()->setToolTip(tr("Light or dark"));
  themes_ = new QActionGroup(this);
  const struct {
    QString text;
    QString tip;
  } choices[] = {{tr("As the &system"), tr("Light or dark as the desktop is")},
                 {tr("&Light"), tr("Dark text on a light ground")},
                 {tr("&Dark"), tr("Light text on a dark ground")}};
  int value = 0;
  for (const auto& choice : choices) {
    QAction* const action =
        addTo(colours, choice.text, choice.tip, {}, [this] { emit themeChosen(theme()); });
    action->setCheckable(true);
    action->setData(value++);
    themes_->addAction(action);
  }
  setTheme(Theme::kSystem);
}

void MainWindow::makeHelpMenu() {
  QMenu* const help = menuBar()->addMenu(tr("&Help"));
  addTo(help, tr("&What am I looking at?"), tr("What the pages are for, in short"),
        QKeySequence::HelpContents, [this] { showExplanation(this); });
  addTo(help, tr("&Keyboard shortcuts"), tr("All keys of the window and its pages"),
        Qt::CTRL | Qt::Key_F1, [this] {
          QList<ActionGroupView> groups;
          for (const QAction* const menu : menuBar()->actions()) {
            groups.append({withoutMnemonic(menu->text()), menu->menu()->actions()});
          }
          showShortcuts(this, groups);
        });
  addTo(help, tr("&About Hiss"), tr("Version and licences"), {}, [this] { showAbout(this); });
}

bool MainWindow::showPage(const QString& key) {
  for (int i = 0; i < pages_.size(); ++i) {
    if (pages_[i].key != key) continue;
    tabs_->setCurrentIndex(i);
    return true;
  }
  if (key != kStateKey) return false;
  tabs_->setCurrentIndex(tabs_->count() - 1);
  return true;
}

QString MainWindow::shownPage() const {
  const int index = tabs_->currentIndex();
  return index < pages_.size() ? pages_[index].key : kStateKey;
}

Page& MainWindow::page() const { return *pages_[stack_->currentIndex()].page; }

void MainWindow::setStateBeside(bool is_shown) {
  beside_action_->setChecked(is_shown);
  showTab(tabs_->currentIndex());
}

bool MainWindow::isStateShown() const {
  return tabs_->currentIndex() == pages_.size() || beside_action_->isChecked();
}

void MainWindow::showTab(int index) {
  const bool is_page = index < pages_.size();
  if (is_page) stack_->setCurrentIndex(index);
  stack_->setVisible(is_page);
  state_->setVisible(isStateShown());
  beside_action_->setEnabled(is_page);
  // A hidden menu's shortcuts rest, so that pages may use the same keys.
  for (int i = 0; i < page_menus_.size(); ++i) {
    const bool is_used = i == index || (i == pages_.size() && isStateShown());
    page_menus_[i]->menuAction()->setVisible(is_used && !page_menus_[i]->isEmpty());
  }
  setWindowTitle(tabs_->tabText(index));
  followTap();
}

void MainWindow::followTap() {
  // The page that is shown, or else any other where a model runs.
  const Page* source = &page();
  for (const PageEntry& entry : pages_) {
    if (source->stateTap() == nullptr) source = entry.page;
  }
  std::shared_ptr<StateTap> tap = source->stateTap();
  if (tap == tap_) return;
  tap_ = tap;
  state_->setTap(std::move(tap));
  state_->setRowNames(source->stateRowNames());
}

void MainWindow::frame(double now_s) {
  QElapsedTimer timer;
  timer.start();
  for (const PageEntry& entry : pages_) entry.page->frame(now_s);
  state_->frame(now_s, isStateShown() && !isMinimized());
  move_times_.add(secondsOf(timer));
}

void MainWindow::chooseFiles() {
  QStringList filters;
  for (const PageEntry& entry : pages_) {
    if (!entry.file_filter.isEmpty()) filters.append(entry.file_filter);
  }
  filters.append(tr("All files (*)"));
  const QStringList paths = QFileDialog::getOpenFileNames(
      this, tr("Open"), {}, filters.join(QLatin1String(";;")), &filters.last());
  if (!paths.isEmpty()) openFiles(paths);
}

void MainWindow::chooseFolder() {
  const QString path = QFileDialog::getExistingDirectory(this, tr("Open folder"));
  if (!path.isEmpty()) openFiles({path});
}

void MainWindow::openFiles(const QStringList& paths) {
  QStringList refused;
  QStringList left = paths;
  while (!left.isEmpty()) {
    const PageEntry* const entry = entryFor(pages_, left.front());
    QStringList of_page;
    QStringList of_others;
    for (const QString& path : left) {
      (entryFor(pages_, path) == entry ? of_page : of_others).append(path);
    }
    if (entry != nullptr && entry->page->openFiles(of_page)) {
      showPage(entry->key);
    } else {
      refused += of_page;
    }
    left = of_others;
  }
  if (refused.isEmpty()) {
    notices_->clear();
    return;
  }
  notices_->showNotice({Notice::Kind::kWarning,
                        tr("Cannot open %1.").arg(QFileInfo(refused.front()).fileName()),
                        tr("Hiss opens recordings and folders of them, tables of sensor values "
                           "(.csv) and models (.safetensors)."),
                        refused.join(QLatin1Char('\n'))});
}

void MainWindow::saveSettings(QSettings& settings) const {
  settings.beginGroup(QStringLiteral("window"));
  settings.setValue("geometry", saveGeometry());
  settings.setValue("splitter", splitter_->saveState());
  settings.setValue("page", shownPage());
  settings.setValue("state_beside", beside_action_->isChecked());
  settings.setValue("theme", themeName(theme()));
  settings.endGroup();
  for (const PageEntry& entry : pages_) {
    settings.beginGroup(entry.key);
    entry.page->saveSettings(settings);
    settings.endGroup();
  }
  settings.beginGroup(kStateKey);
  state_->saveSettings(settings);
  settings.endGroup();
}

void MainWindow::restoreSettings(QSettings& settings) {
  settings.beginGroup(QStringLiteral("window"));
  restoreGeometry(settings.value("geometry").toByteArray());
  splitter_->restoreState(settings.value("splitter").toByteArray());
  splitter_->setChildrenCollapsible(false);
  setTheme(themeOf(settings.value("theme").toString()).value_or(Theme::kSystem));
  showPage(settings.value("page").toString());
  setStateBeside(settings.value("state_beside", true).toBool());
  settings.endGroup();
  for (const PageEntry& entry : pages_) {
    settings.beginGroup(entry.key);
    entry.page->restoreSettings(settings);
    settings.endGroup();
  }
  settings.beginGroup(kStateKey);
  state_->restoreSettings(settings);
  settings.endGroup();
}

Theme MainWindow::theme() const {
  return static_cast<Theme>(themes_->checkedAction()->data().toInt());
}

void MainWindow::setTheme(Theme theme) {
  themes_->actions()[static_cast<int>(theme)]->setChecked(true);
}

bool MainWindow::event(QEvent* event) {
  if (event->type() != QEvent::UpdateRequest) return QMainWindow::event(event);
  QElapsedTimer timer;
  timer.start();
  const bool is_handled = QMainWindow::event(event);
  paint_times_.add(secondsOf(timer));
  if (!is_interactive_) {
    is_interactive_ = true;
    emit becameInteractive();
  }
  return is_handled;
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::WindowStateChange) full_screen_action_->setChecked(isFullScreen());
}

void MainWindow::closeEvent(QCloseEvent* event) {
  QStringList tasks;
  for (const PageEntry& entry : pages_) {
    const QString task = entry.page->runningTask();
    if (!task.isEmpty()) tasks.append(task);
  }
  if (!tasks.isEmpty()) {
    const auto answer = QMessageBox::question(
        this, tr("Close Hiss?"),
        tr("Closing the window ends this: %1.").arg(tasks.join(QLatin1String(", "))),
        QMessageBox::Close | QMessageBox::Cancel, QMessageBox::Cancel);
    if (answer != QMessageBox::Close) {
      event->ignore();
      return;
    }
  }
  clock_->stop();
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList paths;
  for (const QUrl& url : event->mimeData()->urls()) {
    if (url.isLocalFile()) paths.append(url.toLocalFile());
  }
  if (paths.isEmpty()) return;
  event->acceptProposedAction();
  openFiles(paths);
}

}  // namespace hiss
