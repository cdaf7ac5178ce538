// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/sensors_page.h"

#include <gtest/gtest.h>

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTreeView>
#include <QWheelEvent>

#include "tests/ui/sensors/made_lanes.h"
#include "ui/base/notice_bar.h"
#include "ui/sensors/alert_panel.h"
#include "ui/sensors/lanes_view.h"
#include "ui/sensors/share_bars.h"

namespace hiss {
namespace {

// Answers from madeLanes() and notes what was asked for.
class FakeFeed : public SensorFeed {
 public:
  std::shared_ptr<const SensorSnapshot> snapshot() override { return now; }
  void ask(const LaneQuestion& question) override {
    asked = question;
    ++questions;
    auto answer = std::make_shared<LaneAnswer>();
    for (const QString& stream : question.streams) {
      answer->streams.push_back(madeLanes(stream.toStdString()));
    }
    if (!answer->streams.empty()) {
      const SensorLanes& lanes = answer->streams.front();
      answer->has_time = true;
      answer->oldest = lanes.begin;
      answer->newest = lanes.end - 1;
      answer->begin = question.follows ? lanes.begin : question.begin;
      answer->end = question.follows ? lanes.end : question.end;
      if (question.cursor) {
        answer->cursor.emplace();
        answer->cursor->at = *question.cursor;
        answer->cursor->score = 1.25;
        answer->cursor->cells = {{3.5, 1.0F, 2.0F, 0.25F}, {7.5, 6.0F, 8.0F, 0.75F}};
        answer->cursor_channels = {"flow", "heat"};
        answer->cursor_stream = question.cursor_stream;
      }
    }
    answer_ = answer;
  }
  std::shared_ptr<const LaneAnswer> answer() override { return std::exchange(answer_, nullptr); }
  void start(const SensorStart& what) override { started.push_back(what); }
  void stop() override { calls << "stop"; }
  void chooseStream(const QString& stream) override { calls << "choose " + stream; }
  void acknowledge(const QString& id, const QString& note) override {
    calls << "acknowledge " + id + " " + note;
  }
  void label(const QString& id, const QString& label, const QString& note) override {
    calls << "label " + id + " " + label + " " + note;
  }
  void mute(const QString& stream, double seconds) override {
    calls << QStringLiteral("mute %1 %2").arg(stream).arg(seconds);
  }
  void setFalseAlarms(double per_week) override {
    calls << QStringLiteral("false alarms %1").arg(per_week);
  }
  void saveRows(const QString&, std::int64_t, std::int64_t, const QString&) override {}
  void savePicture(const QImage&, const QString&) override {}

  std::shared_ptr<SensorSnapshot> now = std::make_shared<SensorSnapshot>();
  LaneQuestion asked;
  int questions = 0;
  QStringList calls;
  std::vector<SensorStart> started;

 private:
  std::shared_ptr<const LaneAnswer> answer_;
};

class SensorsPageTest : public testing::Test {
 protected:
  SensorsPageTest() {
    page_.setFeed(&feed_);
    page_.resize(800, 700);
    page_.show();
    EXPECT_TRUE(QTest::qWaitForWindowExposed(&page_));
  }
  void showRun() {
    auto snapshot = std::make_shared<SensorSnapshot>();
    snapshot->run = SensorSnapshot::Run::kRunning;
    snapshot->run_number = 1;
    snapshot->rows = 480;
    snapshot->streams = {{"pump", 0.4, SensorState::kOk, 10.0, 240},
                         {"valve", 1.6, SensorState::kAlert, 10.0, 240}};
    snapshot->sources = {{"csv:plant.csv", true, false, 480, {}}};
    const SensorLanes lanes = madeLanes();
    SensorAlert alert;
    alert.id = "a1";
    alert.stream = "valve";
    alert.has_time = true;
    alert.begin = lanes.begin + 180'000'000'000;
    alert.end = lanes.begin + 199'000'000'000;
    alert.peak = lanes.begin + 190'000'000'000;
    alert.peak_score = 1.6;
    alert.top_channel = "flow";
    alert.text = "valve: flow is unusual";
    snapshot->alerts = {alert};
    snapshot->alerts_version = 1;
    feed_.now = snapshot;
    frames(4);
  }
  void frames(int count) {
    for (int i = 0; i < count; ++i) page_.frame(now_s_ += 0.05);
    QCoreApplication::processEvents();
  }
  bool shows(const QString& text) {
    for (const QLabel* const label : page_.findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains(text)) return true;
    }
    return false;
  }
  QPoint inLanes(double share) {
    LanesView& lanes = page_.lanes();
    return {static_cast<int>(70 + share * (lanes.width() - 80)), lanes.height() / 4};
  }

  FakeFeed feed_;
  SensorsPage page_;
  double now_s_ = 0.0;
};

TEST_F(SensorsPageTest, StartsWhatTheFormSaysAndStops) {
  page_.form().setFile("/tmp/plant.csv");
  for (QPushButton* const button : page_.findChildren<QPushButton*>()) {
    if (button->text() == "S&tart") QTest::mouseClick(button, Qt::LeftButton);
  }
  ASSERT_EQ(feed_.started.size(), 1U);
  EXPECT_EQ(feed_.started[0].sources, QStringList("csv:/tmp/plant.csv?speed=max"));
  EXPECT_EQ(feed_.started[0].detector, "mamba");
  showRun();
  EXPECT_FALSE(page_.runningTask().isEmpty());
  QTest::keyClick(&page_.lanes(), Qt::Key_Period, Qt::ControlModifier);
  EXPECT_TRUE(feed_.calls.contains("stop"));
}

TEST_F(SensorsPageTest, TheDemoStartsAsSoonAsThereIsAFeed) {
  page_.setFeed(nullptr);
  page_.form().setFile("/tmp/plant.csv");
  auto* const demo = page_.findChild<QAction*>("demo");
  ASSERT_TRUE(page_.pageActions().contains(demo));
  demo->trigger();
  EXPECT_TRUE(feed_.started.empty());
  page_.setFeed(&feed_);
  ASSERT_EQ(feed_.started.size(), 1U);
  EXPECT_TRUE(feed_.started[0].is_demo);
  page_.setFeed(nullptr);
  page_.setFeed(&feed_);
  EXPECT_EQ(feed_.started.size(), 1U);
  showRun();
  EXPECT_FALSE(demo->isEnabled());
}

TEST_F(SensorsPageTest, ShowsTheFirstStreamAndFollowsIt) {
  showRun();
  EXPECT_EQ(page_.lanes().streams(), QStringList("pump"));
  EXPECT_TRUE(feed_.calls.contains("choose pump"));
  EXPECT_TRUE(feed_.asked.follows);
  const int before = feed_.questions;
  frames(5);
  EXPECT_GT(feed_.questions, before);
  EXPECT_TRUE(shows("480 rows"));
  EXPECT_TRUE(shows("csv:plant.csv: connected"));
}

TEST_F(SensorsPageTest, TheWheelZoomsAndDraggingScrollsBackUntilLiveIsAskedFor) {
  showRun();
  LanesView& lanes = page_.lanes();
  const MomentAxis all = lanes.axis();
  QTest::mousePress(&lanes, Qt::LeftButton, {}, inLanes(0.3));
  QTest::mouseMove(&lanes, inLanes(0.5));
  QTest::mouseMove(&lanes, inLanes(0.8));
  QTest::mouseRelease(&lanes, Qt::LeftButton, {}, inLanes(0.8));
  frames(2);
  EXPECT_FALSE(lanes.follows());
  EXPECT_NEAR(static_cast<double>(all.begin - lanes.axis().begin), 0.5 * all.span(),
              0.02 * all.span());
  EXPECT_FALSE(feed_.asked.follows);
  EXPECT_EQ(feed_.asked.begin, lanes.axis().begin);

  const QPointF at = inLanes(0.25);
  const std::int64_t under = lanes.axis().begin + static_cast<std::int64_t>(0.25 * all.span());
  QWheelEvent wheel(at, lanes.mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::NoModifier,
                    Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&lanes, &wheel);
  EXPECT_NEAR(lanes.axis().span(), all.span() / (1.25 * 1.25), 1e6);
  EXPECT_NEAR(static_cast<double>(under - lanes.axis().begin), 0.25 * lanes.axis().span(),
              0.02 * lanes.axis().span());

  lanes.setFocus();
  QTest::keyClick(&lanes, Qt::Key_End);
  frames(2);
  EXPECT_TRUE(lanes.follows());
  EXPECT_TRUE(feed_.asked.follows);
}

TEST_F(SensorsPageTest, KeysZoomScrollAndShowAll) {
  showRun();
  LanesView& lanes = page_.lanes();
  lanes.setFocus();
  QTest::keyClick(&lanes, Qt::Key_Left);
  EXPECT_FALSE(lanes.follows());
  const MomentAxis before = lanes.axis();
  QTest::keyClick(&lanes, Qt::Key_Plus);
  EXPECT_LT(lanes.axis().span(), before.span());
  QTest::keyClick(&lanes, Qt::Key_Minus);
  QTest::keyClick(&lanes, Qt::Key_Right);
  EXPECT_GT(lanes.axis().begin, before.begin);
  QTest::keyClick(&lanes, Qt::Key_0, Qt::ControlModifier);
  EXPECT_EQ(lanes.axis().begin, madeLanes().begin);
  QTest::keyClick(&lanes, Qt::Key_L, Qt::ControlModifier);
  EXPECT_TRUE(lanes.follows());
}

TEST_F(SensorsPageTest, TheCursorReadsARow) {
  showRun();
  QTest::mouseMove(&page_.lanes(), inLanes(0.2));
  QTest::mouseMove(&page_.lanes(), inLanes(0.5));
  frames(3);
  EXPECT_TRUE(shows("score 1.25"));
  EXPECT_TRUE(shows("flow 3.5, expected 1 to 2"));
  ASSERT_EQ(page_.alerts().shares().shares().size(), 2U);
  EXPECT_EQ(page_.alerts().shares().shares()[0].channel, "heat") << "the greater share first";
}

TEST_F(SensorsPageTest, AnAlertThatIsClickedIsJumpedToAndMarked) {
  showRun();
  auto* const table = page_.findChild<QTableView*>();
  ASSERT_NE(table, nullptr);
  const QRect cell = table->visualRect(table->model()->index(0, 0));
  QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, cell.center());
  frames(3);
  EXPECT_EQ(page_.lanes().streams(), QStringList("valve")) << "the alert's own stream";
  const SensorAlert& alert = feed_.now->alerts[0];
  EXPECT_FALSE(page_.lanes().follows());
  EXPECT_LT(page_.lanes().axis().begin, alert.begin);
  EXPECT_GT(page_.lanes().axis().end, alert.end);
  EXPECT_EQ(feed_.asked.cursor, alert.peak);
  EXPECT_EQ(feed_.asked.cursor_stream, "valve");
  for (QLineEdit* const line : page_.alerts().findChildren<QLineEdit*>()) {
    QTest::keyClicks(line, "filter was changed");
  }
  QTest::keyClick(table, Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
  QTest::keyClick(table, Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
  EXPECT_TRUE(feed_.calls.contains("label a1 fault filter was changed"))
      << feed_.calls.join('\n').toStdString();
  EXPECT_TRUE(feed_.calls.contains("acknowledge a1 "));
}

TEST_F(SensorsPageTest, ANewAlertLeavesTheChosenOneChosen) {
  showRun();
  auto* const table = page_.findChild<QTableView*>();
  table->setCurrentIndex(table->model()->index(0, 0));
  auto more = std::make_shared<SensorSnapshot>(*feed_.now);
  SensorAlert fresh = more->alerts[0];
  fresh.id = "a2";
  more->alerts.insert(more->alerts.begin(), fresh);
  more->alerts_version = 2;
  feed_.now = more;
  frames(1);
  ASSERT_NE(page_.alerts().chosen(), nullptr);
  EXPECT_EQ(page_.alerts().chosen()->id, "a1");
}

TEST_F(SensorsPageTest, TroubleIsToldInPlace) {
  showRun();
  auto trouble = std::make_shared<SensorSnapshot>(*feed_.now);
  trouble->sources[0].connected = false;
  trouble->sources[0].problem = "connection refused";
  trouble->notice_number = 1;
  trouble->notice = {Notice::Kind::kWarning, "It cannot be reached.", "Check it.", "refused"};
  feed_.now = trouble;
  frames(1);
  EXPECT_TRUE(shows("trying again: connection refused"));
  EXPECT_TRUE(shows("It cannot be reached."));
}

TEST_F(SensorsPageTest, NewRunsStartAfreshAndAnUnfedPageIsStill) {
  showRun();
  page_.lanes().setFollows(false);
  auto next = std::make_shared<SensorSnapshot>(*feed_.now);
  next->run_number = 2;
  next->streams = {{"other", 0.0, SensorState::kWarmingUp, 0.0, 1}};
  feed_.now = next;
  frames(3);
  EXPECT_TRUE(page_.lanes().follows());
  EXPECT_EQ(page_.lanes().streams(), QStringList("other"));
  page_.setFeed(nullptr);
  frames(2);
}

TEST_F(SensorsPageTest, TablesAndConfigurationsCanBeDroppedOnIt) {
  EXPECT_TRUE(page_.openFiles({"/tmp/a.csv"}));
  EXPECT_FALSE(page_.openFiles({"/tmp/a.wav"}));
  EXPECT_FALSE(page_.openFiles({"/tmp/a.csv", "/tmp/b.csv"}));
  ASSERT_EQ(feed_.started.size(), 1U);
}

TEST_F(SensorsPageTest, FitsBesideThePanelOfTheState) {
  showRun();
  EXPECT_LE(page_.minimumSizeHint().width(), 740);
  EXPECT_LE(page_.minimumSizeHint().height(), 640);
}

TEST_F(SensorsPageTest, EveryControlHasANameAndATip) {
  for (const QWidget* const widget : page_.findChildren<QWidget*>()) {
    if (widget->focusPolicy() == Qt::NoFocus || !(widget->focusPolicy() & Qt::TabFocus)) continue;
    if (widget->objectName().startsWith("qt_") || widget->inherits("QHeaderView")) continue;
    if (widget->inherits("QComboBoxListView")) continue;
    if (widget->inherits("QScrollBar") || widget->inherits("QSplitter")) continue;
    EXPECT_FALSE(widget->toolTip().isEmpty())
        << widget->metaObject()->className() << " " << qPrintable(widget->accessibleName());
  }
}

}  // namespace
}  // namespace hiss
