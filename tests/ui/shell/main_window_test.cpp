// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/main_window.h"

#include <gtest/gtest.h>

#include <QDialog>
#include <QDropEvent>
#include <QFile>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QSettings>
#include <QSignalSpy>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QTimer>
#include <QToolButton>

#include "models/state_tap.h"
#include "ui/base/notice_bar.h"
#include "ui/base/page.h"
#include "ui/state/state_panel.h"

namespace hiss {
namespace {

constexpr int kPatienceMs = 30000;

class FakePage : public Page {
 public:
  explicit FakePage(QString title) : title_(std::move(title)), action_(new QAction("Play", this)) {
    action_->setShortcut(Qt::Key_Space);
    action_->setToolTip("Plays");
    connect(action_, &QAction::triggered, [this] { ++triggered; });
  }

  QString title() const override { return title_; }
  QList<QAction*> pageActions() const override { return {action_}; }
  std::shared_ptr<StateTap> stateTap() const override { return tap; }
  void frame(double) override { ++frames; }
  void saveSettings(QSettings& settings) const override { settings.setValue("level", level); }
  void restoreSettings(QSettings& settings) override { level = settings.value("level", 1).toInt(); }
  QString runningTask() const override { return task; }
  bool openFiles(const QStringList& paths) override {
    opened += paths;
    return takes_files;
  }

  int frames = 0;
  int triggered = 0;
  int level = 1;
  bool takes_files = true;
  QString task;
  QStringList opened;
  std::shared_ptr<StateTap> tap;

 private:
  QString title_;
  QAction* action_;
};

class MainWindowTest : public ::testing::Test {
 protected:
  MainWindowTest()
      : sound_(new FakePage("Sound")),
        tables_(new FakePage("Tables")),
        panel_(new StatePanel),
        window_({{sound_, "sound", {"*"}, "Sound (*.wav)"}, {tables_, "tables", {"csv"}, ""}},
                panel_) {}

  QSettings settings() { return {folder_.filePath("settings.ini"), QSettings::IniFormat}; }

  void show() {
    window_.show();
    ASSERT_TRUE(QTest::qWaitForWindowActive(&window_, kPatienceMs));
  }

  // Answers the question of a window that is closed; true if it asked.
  bool closeAndAnswer(QMessageBox::StandardButton answer) {
    bool asked = false;
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, [&] {
      auto* const box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
      if (box == nullptr) return;
      asked = true;
      EXPECT_TRUE(box->text().contains("a song")) << box->text().toStdString();
      box->button(answer)->click();
    });
    timer.start(10);
    window_.close();
    return asked;
  }

  QTemporaryDir folder_;
  FakePage* sound_;
  FakePage* tables_;
  StatePanel* panel_;
  MainWindow window_;
};

TEST_F(MainWindowTest, KeysShowPages) {
  show();
  EXPECT_EQ(window_.shownPage(), "sound");
  EXPECT_TRUE(sound_->isVisible());
  QTest::keyClick(&window_, Qt::Key_2, Qt::ControlModifier);
  EXPECT_EQ(window_.shownPage(), "tables");
  EXPECT_TRUE(tables_->isVisible());
  EXPECT_FALSE(sound_->isVisible());
  QTest::keyClick(&window_, Qt::Key_3, Qt::ControlModifier);
  EXPECT_EQ(window_.shownPage(), "state");
  EXPECT_FALSE(tables_->isVisible());
  EXPECT_TRUE(panel_->isVisible());
  EXPECT_FALSE(window_.showPage("weather"));
  EXPECT_TRUE(window_.showPage("sound"));
  EXPECT_EQ(window_.windowTitle(), "Sound");
}

TEST_F(MainWindowTest, HiddenStateStandsBesideOrAlone) {
  show();
  EXPECT_TRUE(panel_->isVisible());
  QTest::keyClick(&window_, Qt::Key_F9);
  EXPECT_FALSE(panel_->isVisible());
  EXPECT_TRUE(window_.showPage("state"));
  EXPECT_TRUE(panel_->isVisible());
  EXPECT_TRUE(window_.showPage("tables"));
  EXPECT_FALSE(panel_->isVisible());
  QTest::keyClick(&window_, Qt::Key_F9);
  EXPECT_TRUE(panel_->isVisible());
}

TEST_F(MainWindowTest, KeysOfAHiddenPageRest) {
  show();
  QTest::keyClick(&window_, Qt::Key_Space);
  EXPECT_EQ(sound_->triggered, 1);
  EXPECT_EQ(tables_->triggered, 0);
  window_.showPage("tables");
  QTest::keyClick(&window_, Qt::Key_Space);
  EXPECT_EQ(sound_->triggered, 1);
  EXPECT_EQ(tables_->triggered, 1);
}

TEST_F(MainWindowTest, FramesReachAllPages) {
  show();
  ASSERT_TRUE(
      QTest::qWaitFor([this] { return sound_->frames > 3 && tables_->frames > 3; }, kPatienceMs));
  EXPECT_GE(window_.moveTimes().count(), 3U);
  EXPECT_GE(window_.paintTimes().count(), 1U);
}

TEST_F(MainWindowTest, FilesGoToThePageTheyAreFor) {
  QFile(folder_.filePath("x.csv")).open(QIODevice::WriteOnly);
  window_.openFiles({"/a.wav", folder_.filePath("x.csv"), folder_.path(), "/B.CSV", "/noending"});
  EXPECT_EQ(sound_->opened, QStringList({"/a.wav", folder_.path(), "/noending"}));
  EXPECT_EQ(tables_->opened, QStringList({folder_.filePath("x.csv"), "/B.CSV"}));
  EXPECT_FALSE(window_.notices().isVisibleTo(&window_));
}

TEST_F(MainWindowTest, SaysWhatNoPageTakes) {
  show();
  sound_->takes_files = false;
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile("/tmp/poem.txt")});
  QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&window_, &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent drop(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&window_, &drop);
  EXPECT_TRUE(window_.notices().isVisible());
  EXPECT_TRUE(window_.notices().notice().text.contains("poem.txt"));
  sound_->takes_files = true;
  window_.openFiles({"/a.wav"});
  EXPECT_FALSE(window_.notices().isVisible());
}

TEST_F(MainWindowTest, RemembersItsLayout) {
  window_.resize(900, 700);
  window_.showPage("tables");
  window_.setStateBeside(false);
  window_.setTheme(Theme::kDark);
  tables_->level = 7;
  {
    QSettings kept = settings();
    window_.saveSettings(kept);
  }
  auto* const tables = new FakePage("Tables");
  MainWindow other({{new FakePage("Sound"), "sound", {}, ""}, {tables, "tables", {}, ""}},
                   new StatePanel);
  QSettings kept = settings();
  other.restoreSettings(kept);
  EXPECT_EQ(other.size(), QSize(900, 700));
  EXPECT_EQ(other.shownPage(), "tables");
  EXPECT_EQ(other.theme(), Theme::kDark);
  EXPECT_EQ(tables->level, 7);
  other.show();
  EXPECT_FALSE(other.findChild<StatePanel*>()->isVisible());
}

TEST_F(MainWindowTest, SurvivesSettingsThatMakeNoSense) {
  const QByteArray nonsense[] = {
      "\x00\xff\xfe[[[", "[window]\npage=@Variant(\\0\\0\\0)\ngeometry=12\ntheme=@Invalid()\n",
      "[window]\npage=nowhere\nsplitter=@ByteArray(abc)\ngeometry=@ByteArray(\\1\\2)\n"
      "state_beside=perhaps\ntheme=pink\n[sound]\nlevel=loud\n"};
  for (const QByteArray& text : nonsense) {
    QFile file(folder_.filePath("settings.ini"));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(text);
    file.close();
    QSettings kept = settings();
    window_.restoreSettings(kept);
    EXPECT_EQ(window_.shownPage(), "sound");
    EXPECT_EQ(window_.theme(), Theme::kSystem);
  }
  show();
  EXPECT_TRUE(sound_->isVisible());
}

TEST_F(MainWindowTest, AsksBeforeItEndsWhatRuns) {
  show();
  sound_->task = "a song is being recorded";
  EXPECT_TRUE(closeAndAnswer(QMessageBox::Cancel));
  EXPECT_TRUE(window_.isVisible());
  EXPECT_TRUE(closeAndAnswer(QMessageBox::Close));
  EXPECT_FALSE(window_.isVisible());
}

TEST_F(MainWindowTest, ClosesAtOnceWhenNothingRuns) {
  show();
  EXPECT_FALSE(closeAndAnswer(QMessageBox::Cancel));
  EXPECT_FALSE(window_.isVisible());
}

TEST_F(MainWindowTest, TellsOfAChosenTheme) {
  QSignalSpy chosen(&window_, &MainWindow::themeChosen);
  for (QAction* const action : window_.findChildren<QAction*>()) {
    if (action->text() == "&Dark") action->trigger();
  }
  ASSERT_EQ(chosen.count(), 1);
  EXPECT_EQ(chosen[0][0].value<Theme>(), Theme::kDark);
  EXPECT_EQ(window_.theme(), Theme::kDark);
}

TEST_F(MainWindowTest, ListsItsShortcuts) {
  show();
  QTest::keyClick(&window_, Qt::Key_F1, Qt::ControlModifier);
  auto* const text = window_.findChild<QTextBrowser*>();
  ASSERT_NE(text, nullptr);
  for (const char* const part : {"Ctrl+Q", "Quit", "F9", "Sound", "Space", "Play"}) {
    EXPECT_TRUE(text->toPlainText().contains(part)) << part;
  }
}

}  // namespace
}  // namespace hiss
