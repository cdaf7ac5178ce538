// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_panel.h"

#include <gtest/gtest.h>

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QMainWindow>
#include <QScrollArea>
#include <QSettings>
#include <QSpinBox>
#include <QStringList>
#include <QTemporaryDir>
#include <QTest>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/state_tap.h"
#include "tests/ui/state/synthetic_state.h"
#include "ui/base/notice_bar.h"
#include "ui/state/curves_view.h"
#include "ui/state/heat_map_view.h"

namespace hiss {
namespace {

class StatePanelTest : public ::testing::Test {
 protected:
  StatePanelTest() {
    window_.setCentralWidget(panel_);
    window_.addActions(panel_->panelActions());
    window_.resize(800, 1000);
    window_.show();
    EXPECT_TRUE(QTest::qWaitForWindowExposed(&window_));
  }

  // The model makes `steps` steps between frames, then `frames` frames are drawn.
  void run(int steps, int frames = 1, bool is_shown = true) {
    for (int k = 0; k < steps; ++k) writeStep(*tap_, ++step_);
    for (int k = 0; k < frames; ++k) panel_->frame(now_s_ += 0.2, is_shown);
  }
  void start() {
    panel_->setTap(tap_);
    panel_->frame(now_s_, true);
    run(20);
    QCoreApplication::processEvents();  // the layout
  }
  template <typename Widget>
  Widget* named(const QString& name) {
    for (Widget* widget : panel_->findChildren<Widget*>()) {
      if (widget->accessibleName().contains(name)) return widget;
    }
    ADD_FAILURE() << "no widget " << name.toStdString();
    return nullptr;
  }
  QAction* action(const QString& text) {
    for (QAction* a : panel_->panelActions()) {
      if (a->text().remove('&').contains(text)) return a;
    }
    ADD_FAILURE() << "no action " << text.toStdString();
    return nullptr;
  }
  bool shows(const QString& text) {
    for (const QLabel* label : panel_->findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains(text)) return true;
    }
    return false;
  }
  static QImage picture(QWidget* widget) { return widget->grab().toImage(); }

  QMainWindow window_;
  StatePanel* panel_ = new StatePanel;
  std::shared_ptr<StateTap> tap_ = std::make_shared<StateTap>(syntheticLayout());
  std::uint64_t step_ = 0;
  double now_s_ = 1.0;
};

TEST_F(StatePanelTest, SaysWhatToDoWhileNothingRuns) {
  EXPECT_TRUE(shows("Start the demo"));
  EXPECT_FALSE(action("Freeze")->isEnabled());
  start();
  EXPECT_FALSE(shows("Start the demo"));
  EXPECT_TRUE(action("Freeze")->isEnabled());
  panel_->setTap(nullptr);
  panel_->frame(now_s_, true);
  EXPECT_TRUE(shows("Start the demo"));
}

TEST_F(StatePanelTest, EveryViewChangesWhileStepsCome) {
  start();
  QList<QWidget*> views = {named<HeatMapView>("Heat map"), named<QWidget>("Histogram")};
  for (TimeView* view : panel_->findChildren<TimeView*>()) views += view;
  EXPECT_EQ(views.size(), 9);
  QList<QImage> before;
  for (QWidget* view : views) before += picture(view);
  run(40);
  for (int k = 0; k < views.size(); ++k) {
    EXPECT_NE(picture(views[k]), before[k]) << views[k]->accessibleName().toStdString();
  }
}

TEST_F(StatePanelTest, PicturesOverTimeAreInTheColoursOfTheirScale) {
  start();
  run(200);
  run(200);
  for (const char* name : {"Step size of each", "Gate of each"}) {
    auto* const view = named<TimeView>(name);
    const QImage image = picture(view);
    int coloured = 0;
    const QRect plot = view->plotRect();
    for (int y = plot.top(); y < plot.bottom(); ++y) {
      const QRgb pixel = image.pixel(plot.right() - 4, y);
      coloured += std::abs(qRed(pixel) - qBlue(pixel)) > 40 ? 1 : 0;
    }
    EXPECT_GT(coloured, plot.height() / 4) << name;
  }
}

TEST_F(StatePanelTest, LooksOnlyWhileItIsShown) {
  start();
  EXPECT_NE(tap_->begin(), nullptr);
  run(0, 1, false);
  EXPECT_EQ(tap_->begin(), nullptr);
  run(0, 1, true);
  EXPECT_NE(tap_->begin(), nullptr);
  panel_->setTap(nullptr);
  EXPECT_EQ(tap_->begin(), nullptr);
}

TEST_F(StatePanelTest, F7FreezesAndTheMouseReadsAMoment) {
  start();
  run(100);
  auto* const view = named<CurvesView>("Size of the state");
  QTest::keyClick(&window_, Qt::Key_F7);
  ASSERT_TRUE(action("Freeze")->isChecked());
  run(0);
  const QImage still = picture(view);
  run(30);
  EXPECT_EQ(picture(view), still);
  // 800 steps are as wide as the plot, and the newest is step 120.
  const QRect plot = view->plotRect();
  const int from_right = plot.width() * 50 / 800;
  const int step = 120 - from_right * 800 / plot.width();
  QTest::mouseMove(view, {plot.right() + 1 - from_right, plot.center().y()});
  run(0);
  EXPECT_NE(picture(view), still);
  EXPECT_TRUE(shows(QStringLiteral("step %1)").arg(step)));
  view->setFocus();
  QTest::keyClick(view, Qt::Key_Left);
  QTest::keyClick(view, Qt::Key_Left);
  run(0);
  EXPECT_TRUE(shows(QStringLiteral("step %1)").arg(step - 2)));
  QTest::keyClick(&window_, Qt::Key_F7);
  run(10);
  EXPECT_TRUE(shows("step 160)"));
}

TEST_F(StatePanelTest, ACellIsFollowedByClickKeysOrNumber) {
  start();
  auto* const map = named<HeatMapView>("Heat map");
  auto* const channel = named<QSpinBox>("Channel");
  auto* const state = named<QSpinBox>("State");
  const QPoint at = HeatMapRenderer::cellRect({7, 2}, 24, 8, map->plotRect()).center();
  QTest::mouseMove(map, at);
  EXPECT_TRUE(shows("Channel 7, state 2"));
  QTest::mouseClick(map, Qt::LeftButton, {}, at);
  EXPECT_EQ(channel->value(), 7);
  EXPECT_EQ(state->value(), 2);
  map->setFocus(Qt::TabFocusReason);
  QTest::keyClick(map, Qt::Key_Right);
  QTest::keyClick(map, Qt::Key_Up);
  EXPECT_EQ(channel->value(), 7);
  EXPECT_TRUE(shows("Channel 8, state 3"));
  QTest::keyClick(map, Qt::Key_Return);
  EXPECT_EQ(channel->value(), 8);
  EXPECT_EQ(state->value(), 3);
  QTest::keyClick(&window_, Qt::Key_BracketRight, Qt::ControlModifier);
  EXPECT_EQ(channel->value(), 9);
  const QImage before = picture(named<CurvesView>("State of the followed"));
  channel->setFocus();
  QTest::keyClick(channel, Qt::Key_Up);
  run(0);
  EXPECT_EQ(channel->value(), 10);
  EXPECT_NE(picture(named<CurvesView>("State of the followed")), before);
}

TEST_F(StatePanelTest, LayerAndRowAreChosenByKeys) {
  panel_->setRowNames({"warm", "cold"});  // not as many as there are rows
  start();
  auto* const layer = named<QComboBox>("Layer");
  auto* const row = named<QComboBox>("Row");
  EXPECT_EQ(row->count(), 20);
  row->setFocus();
  QTest::keyClick(row, Qt::Key_Down);
  run(3);
  run(3);
  EXPECT_EQ(tap_->begin()->row, 1);
  QTest::keyClick(&window_, Qt::Key_Left, Qt::ControlModifier | Qt::ShiftModifier);
  EXPECT_EQ(layer->currentText(), "all bands");
  EXPECT_EQ(row->count(), 1);
  EXPECT_FALSE(row->isEnabled());
  run(3);
  run(3);
  EXPECT_EQ(tap_->begin()->layer, 2);
  EXPECT_TRUE(shows("48 channels"));
}

TEST_F(StatePanelTest, TakesNoMoreThan256StepsInAFrame) {
  start();
  run(1000, 0);
  const std::uint64_t lost = tap_->lost();
  EXPECT_GT(lost, 0U);
  panel_->frame(now_s_ += 0.2, true);
  EXPECT_TRUE(shows("too fast to be shown: " + QString::number(lost)));
  run(1);
  EXPECT_TRUE(shows("step 1021"));
  action("Next layer")->trigger();
  EXPECT_FALSE(shows("too fast"));
}

TEST_F(StatePanelTest, SaysItsNumbersToScreenReaders) {
  start();
  run(10, 8);
  for (TimeView* view : panel_->findChildren<TimeView*>()) {
    EXPECT_FALSE(view->accessibleName().isEmpty());
    EXPECT_FALSE(view->accessibleDescription().isEmpty()) << view->accessibleName().toStdString();
  }
  EXPECT_TRUE(named<HeatMapView>("Heat map")->accessibleDescription().contains("remembers"));
}

TEST_F(StatePanelTest, FitsANarrowDock) {
  start();
  window_.resize(460, 700);
  QTest::qWait(0);
  run(5);
  EXPECT_EQ(window_.width(), 460);
  auto* const area = panel_->findChild<QScrollArea*>();
  EXPECT_LE(area->widget()->width(), area->viewport()->width());
  for (const QLabel* label : panel_->findChildren<QLabel*>()) {
    if (!label->isVisible() || label->text().isEmpty()) continue;
    EXPECT_GE(label->height(), label->heightForWidth(label->width()))
        << label->text().toStdString();
  }
}

TEST_F(StatePanelTest, RemembersItsSettings) {
  QTemporaryDir folder;
  QSettings settings(folder.filePath("settings.ini"), QSettings::IniFormat);
  EXPECT_FALSE(shows("You are looking into"));
  start();
  action("What am I")->trigger();
  EXPECT_TRUE(shows("You are looking into"));
  panel_->findChild<QCheckBox*>()->setChecked(true);
  panel_->saveSettings(settings);
  StatePanel other;
  other.restoreSettings(settings);
  EXPECT_TRUE(other.findChild<QCheckBox*>()->isChecked());
}

// A recording that is kept in memory.
struct Tape {
  std::vector<StateSnapshot> steps;
  std::uint64_t lost = 0;
  StateTraceSpec spec;
  bool is_finished = false;
  std::string error;
};

class TapeTrace : public StateTrace {
 public:
  explicit TapeTrace(Tape& tape) : tape_(tape) {}
  void take(const StateSnapshot& snapshot) override { tape_.steps.push_back(snapshot); }
  void finish() override { tape_.is_finished = true; }
  [[nodiscard]] StateTraceStatus status() const override {
    StateTraceStatus status;
    status.steps = tape_.steps.size();
    status.lost = tape_.lost;
    status.bytes = 1000 * tape_.steps.size();
    status.ended = tape_.is_finished || !tape_.error.empty();
    status.error = tape_.error;
    return status;
  }

 private:
  Tape& tape_;
};

class StateRecordingTest : public StatePanelTest {
 protected:
  StateRecordingTest() {
    panel_->setTraceMaker([this](const StateTraceSpec& spec) {
      tape_.spec = spec;
      return std::make_unique<TapeTrace>(tape_);
    });
    start();
    run(1);
  }

  void record(const QString& path) {
    QTest::keyClick(&window_, Qt::Key_F8);
    auto* const dialog = panel_->findChild<QFileDialog*>("recordDialog");
    ASSERT_NE(dialog, nullptr);
    dialog->selectFile(path);
    QMetaObject::invokeMethod(dialog, "accept");
  }

  QTemporaryDir folder_;
  Tape tape_;
};

TEST_F(StateRecordingTest, TakesEveryStepUntilItIsEndedAlsoFrozenOrHidden) {
  record(folder_.filePath("trace.npz"));
  EXPECT_EQ(tape_.spec.path, folder_.filePath("trace.npz").toStdString());
  EXPECT_EQ(tape_.spec.model, "tiny");
  EXPECT_EQ(tape_.spec.layer.name, "block 1");
  EXPECT_EQ(tape_.spec.layer_names.size(), 3U);
  EXPECT_FALSE(named<QComboBox>("Layer")->isEnabled());
  run(10);
  EXPECT_TRUE(shows("10 steps"));
  action("Freeze")->trigger();
  run(10);
  run(10, 1, false);
  run(10, 1, true);
  QTest::keyClick(&window_, Qt::Key_F8);
  EXPECT_TRUE(tape_.is_finished);
  run(10);
  ASSERT_EQ(tape_.steps.size(), 40U);
  EXPECT_EQ(tape_.steps.back().step - tape_.steps.front().step, 39U);
  EXPECT_TRUE(shows("trace.npz is written"));
  EXPECT_TRUE(named<QComboBox>("Layer")->isEnabled());
}

TEST_F(StateRecordingTest, TellsOfStepsThatTheDiskLost) {
  record(folder_.filePath("trace.npz"));
  run(10);
  EXPECT_FALSE(shows("lost"));
  tape_.lost = 7;
  run(10);
  EXPECT_TRUE(shows("too slow: 7 steps"));
  QTest::keyClick(&window_, Qt::Key_F8);
  run(1);
  EXPECT_TRUE(shows("too slow: 7 steps"));
}

TEST_F(StateRecordingTest, AFailureIsToldInPlace) {
  record(folder_.filePath("trace.npz"));
  run(10);
  tape_.error = "trace.npz: expected room, found none";
  run(10);
  EXPECT_TRUE(shows("trace.npz could not be written"));
  EXPECT_FALSE(action("Record")->isChecked());
  EXPECT_TRUE(action("Record")->isEnabled());
  panel_->setTraceMaker(
      [](const StateTraceSpec&) -> std::unique_ptr<StateTrace> { throw std::runtime_error("no"); });
  panel_->findChild<NoticeBar*>()->clear();
  record(folder_.filePath("other.npz"));
  EXPECT_TRUE(shows("other.npz could not be written"));
}

}  // namespace
}  // namespace hiss
