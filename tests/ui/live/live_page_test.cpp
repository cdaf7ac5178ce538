// SPDX-License-Identifier: Apache-2.0
//
// The page with an engine that only takes down what it is asked for.
#include "ui/live/live_page.h"

#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QSettings>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>
#include <QVBoxLayout>
#include <cmath>

#include "tests/ui/live/silent_engine.h"
#include "ui/base/notice_bar.h"
#include "ui/live/level_bar.h"
#include "ui/live/live_view.h"
#include "ui/live/setup_box.h"
#include "ui/live/sound_box.h"

namespace hiss {
namespace {

using State = LiveStatus::State;

class LivePageTest : public ::testing::Test {
 protected:
  LivePageTest() {
    engine_.choices.inputs = {{"device:", "System", {}},
                              {"device:A: Mic", "Mic", {}},
                              {"demo", "Demo", {}},
                              {"file:", "A recording…", {}}};
    engine_.choices.outputs = {{"device:", "System", {}}, {"none", "None", {}}};
    engine_.choices.models = {{"nano", "nano", {}}, {"base", "base", {}}};
    engine_.choices_are_new = true;
    page_.resize(800, 700);
    page_.setEngine(&engine_);
    page_.show();
    page_.frame(0.0);
  }
  ~LivePageTest() override { page_.setEngine(nullptr); }

  QAbstractButton* button(const QString& text) {
    for (QAbstractButton* found : page_.findChildren<QAbstractButton*>()) {
      if (found->text().remove(QLatin1Char('&')) == text) return found;
    }
    return nullptr;
  }
  void setState(State state) {
    engine_.status.state = state;
    page_.frame(1.0);
  }

  SilentEngine engine_;
  LivePage page_;
};

TEST_F(LivePageTest, StartsWithWhatIsChosenAndStops) {
  QTest::mouseClick(button("Start"), Qt::LeftButton);
  ASSERT_EQ(engine_.started.size(), 1U);
  EXPECT_EQ(engine_.started[0].input, "device:");
  EXPECT_EQ(engine_.started[0].output, "device:");
  EXPECT_EQ(engine_.started[0].model, "base");
  EXPECT_EQ(engine_.started[0].delay, LiveDelay::kBalanced);
  setState(State::kRunning);
  EXPECT_EQ(button("Start"), nullptr);
  QTest::mouseClick(button("Stop"), Qt::LeftButton);
  EXPECT_EQ(engine_.stops, 1);
}

TEST_F(LivePageTest, AChangeOfTheSetupStartsAgainOnlyWhileItRuns) {
  page_.setupBox().chooseModel("nano");
  EXPECT_TRUE(engine_.started.empty());
  setState(State::kRunning);
  page_.setupBox().chooseInput("demo");
  ASSERT_EQ(engine_.started.size(), 1U);
  EXPECT_EQ(engine_.started[0].model, "nano");
  EXPECT_EQ(engine_.started[0].input, "demo");
}

TEST_F(LivePageTest, WhatIsChosenStaysWhileTheListChanges) {
  page_.setupBox().chooseInput("device:A: Mic");
  engine_.choices.inputs.removeAt(1);
  engine_.choices_are_new = true;
  page_.frame(2.0);
  EXPECT_EQ(page_.setupBox().setup().input, "device:A: Mic");
  auto* const box = page_.setupBox().findChildren<QComboBox*>().front();
  EXPECT_TRUE(box->currentText().contains("not there")) << box->currentText().toStdString();
  engine_.choices.inputs.insert(1, {"device:A: Mic", "Mic", {}});
  engine_.choices_are_new = true;
  page_.frame(3.0);
  EXPECT_EQ(box->currentText(), "Mic");
}

TEST_F(LivePageTest, AModelThatWasRefusedIsReplacedByTheOneThatRuns) {
  setState(State::kRunning);
  page_.setupBox().chooseModel("nano");
  engine_.status.model = "base";
  engine_.status.refused_model = "nano";
  engine_.notices.push_back({Notice::Kind::kError, "no model", {}, {}});
  page_.frame(2.0);
  EXPECT_EQ(page_.setupBox().setup().model, "base");
  EXPECT_EQ(page_.notices().notice().text, "no model");
  EXPECT_EQ(engine_.started.size(), 1U);
}

TEST_F(LivePageTest, BIsHeldForTheOriginalWhateverHasTheFocus) {
  auto* const box = page_.setupBox().findChildren<QComboBox*>().front();
  for (QWidget* focus : std::initializer_list<QWidget*>{&page_, box, button("Start")}) {
    focus->setFocus();
    QTest::keyPress(focus, Qt::Key_B);
    EXPECT_TRUE(engine_.sounds.back().bypass);
    QTest::keyRelease(focus, Qt::Key_B);
    EXPECT_FALSE(engine_.sounds.back().bypass);
  }
  QTest::keyPress(&page_, Qt::Key_Space);
  EXPECT_TRUE(page_.soundBox().isOriginalHeld());
  QTest::keyRelease(&page_, Qt::Key_Space);
  EXPECT_FALSE(page_.soundBox().isOriginalHeld());
  // The space bar still presses buttons.
  QTest::keyClick(button("Start"), Qt::Key_Space);
  EXPECT_EQ(engine_.started.size(), 1U);
  EXPECT_FALSE(engine_.sounds.back().bypass);
}

TEST_F(LivePageTest, LettersAreLeftToThoseWhoWriteThem) {
  QLineEdit line(&page_);
  line.show();
  QTest::keyClick(&line, Qt::Key_B);
  EXPECT_EQ(line.text(), "b");
  EXPECT_FALSE(page_.soundBox().isOriginalHeld());
}

TEST_F(LivePageTest, WhatIsHeldIsLetGoWhenTheWindowLosesTheFocus) {
  QTest::keyPress(&page_, Qt::Key_B);
  EXPECT_TRUE(engine_.sounds.back().bypass);
  QEvent deactivated(QEvent::WindowDeactivate);
  QCoreApplication::sendEvent(&page_, &deactivated);
  EXPECT_FALSE(engine_.sounds.back().bypass);
  auto* const hold = button("Hold for the original");
  QTest::mousePress(hold, Qt::LeftButton);
  EXPECT_TRUE(engine_.sounds.back().bypass);
  page_.hide();
  EXPECT_FALSE(engine_.sounds.back().bypass);
}

TEST_F(LivePageTest, ControlsReachTheEngine) {
  const auto sliders = page_.soundBox().findChildren<QSlider*>();
  ASSERT_EQ(sliders.size(), 2);
  QTest::keyClick(sliders[0], Qt::Key_Home);
  EXPECT_EQ(engine_.sounds.back().limit_db, 1.0F);
  QTest::keyClick(sliders[0], Qt::Key_End);
  EXPECT_TRUE(std::isinf(engine_.sounds.back().limit_db));
  QTest::keyClick(sliders[1], Qt::Key_Home);
  EXPECT_EQ(engine_.sounds.back().mix, 0.0F);
  page_.soundBox().keepOriginalAction()->trigger();
  EXPECT_TRUE(engine_.sounds.back().bypass);
  page_.soundBox().keepOriginalAction()->trigger();
  EXPECT_FALSE(engine_.sounds.back().bypass);
  QTest::mouseClick(button("Hear what is removed"), Qt::LeftButton);
  EXPECT_TRUE(engine_.sounds.back().removed);
}

TEST_F(LivePageTest, SoundAndLevelsAreSeen) {
  const QImage before = page_.view().grab().toImage();
  engine_.status.figures.in = {-10.0F, -20.0F};
  engine_.sound = tonePairs(2.0, 0);
  setState(State::kRunning);
  for (int i = 0; i < 4; ++i) page_.frame(1.0 + i);
  EXPECT_TRUE(engine_.sound.empty());
  EXPECT_NE(page_.view().grab().toImage(), before);
  EXPECT_EQ(page_.inputLevel().meter().peak_db, -10.0F);
  setState(State::kStopped);
  EXPECT_EQ(page_.inputLevel().meter().peak_db, kFloorDb);
}

TEST_F(LivePageTest, RecordsAndSaysWhatClosingWouldEnd) {
  EXPECT_TRUE(page_.runningTask().isEmpty());
  page_.record("in.wav", {});
  EXPECT_EQ(engine_.recordings.back().first, "in.wav");
  engine_.status.recording = true;
  engine_.status.recorded_s = 75.0;
  setState(State::kRunning);
  EXPECT_FALSE(page_.runningTask().isEmpty());
  QAbstractButton* const stop = button("● 1:15 Stop");
  ASSERT_NE(stop, nullptr);
  QTest::mouseClick(stop, Qt::LeftButton);
  EXPECT_EQ(engine_.recording_stops, 1);
}

TEST_F(LivePageTest, RemembersWhatWasChosen) {
  const QTemporaryDir folder;
  QSettings settings(folder.filePath("settings.ini"), QSettings::IniFormat);
  page_.setupBox().chooseInput("demo");
  page_.setupBox().chooseOutput("none");
  page_.soundBox().findChildren<QSlider*>()[0]->setValue(12);
  page_.soundBox().findChildren<QSlider*>()[1]->setValue(40);
  page_.saveSettings(settings);
  LivePage other;
  other.restoreSettings(settings);
  // Also before it is known what there is.
  EXPECT_EQ(other.setupBox().setup().input, "demo");
  EXPECT_EQ(other.setupBox().setup().output, "none");
  EXPECT_EQ(other.soundBox().sound().limit_db, 12.0F);
  EXPECT_FLOAT_EQ(other.soundBox().sound().mix, 0.4F);
}

TEST_F(LivePageTest, EveryControlHasANameAndATooltip) {
  for (QWidget* widget : page_.findChildren<QWidget*>()) {
    const bool is_control = qobject_cast<QComboBox*>(widget) != nullptr ||
                            qobject_cast<QAbstractButton*>(widget) != nullptr;
    if (!is_control || widget->parent()->inherits("NoticeBar")) continue;
    if (widget->parentWidget() == &page_.notices()) continue;
    EXPECT_FALSE(widget->toolTip().isEmpty()) << widget->metaObject()->className();
  }
  for (QAction* action : page_.pageActions()) {
    if (action->isSeparator()) continue;
    EXPECT_FALSE(action->text().isEmpty());
    EXPECT_FALSE(action->toolTip().isEmpty());
  }
}

}  // namespace
}  // namespace hiss
