// SPDX-License-Identifier: Apache-2.0
//
// The page with the engine and devices in real time, but no hardware.
#include "app/gui/live/live_bridge.h"

#include <gtest/gtest.h>

#include <QDir>
#include <QElapsedTimer>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <functional>
#include <numeric>

#include "app/gui/live/live_choices.h"
#include "tests/app/live/breakable_device.h"
#include "tests/app/sounds.h"
#include "ui/base/notice_bar.h"
#include "ui/live/level_bar.h"
#include "ui/live/live_page.h"
#include "ui/live/live_view.h"
#include "ui/live/setup_box.h"
#include "ui/live/sound_box.h"

namespace hiss {
namespace {

constexpr int kPatienceMs = 60000;
constexpr const char* kModel = HISS_TEST_GOLDEN "/denoiser_symmetric.safetensors";

using State = LiveStatus::State;

class LiveBridgeTest : public ::testing::Test {
 protected:
  LiveBridgeTest() {
    page_.resize(800, 700);
    page_.show();
  }

  void makeBridge(bool has_devices = true, const ModelRegistry& registry = ModelRegistry(
                                               std::vector<std::filesystem::path>())) {
    LiveSystem system;
    system.list = [has_devices] {
      if (!has_devices) {
        throw Failure(FailureKind::kInput, "sound devices", "at least one", "none");
      }
      AudioDeviceInfo device;
      device.name = "test";
      device.host = "Test";
      device.in_channels = device.out_channels = 1;
      return std::vector{device};
    };
    system.make = [fate = fate_] { return std::make_unique<BreakableDevice>(fate); };
    bridge_ = std::make_unique<LiveBridge>(page_, registry, system);
    if (registry.directories().empty()) {
      page_.setupBox().chooseModel(QStringLiteral("file:") + kModel);
    }
  }
  bool waitFor(const std::function<bool()>& done) {
    return QTest::qWaitFor(
        [&] {
          page_.frame(now_s_ += 0.016);
          return done();
        },
        kPatienceMs);
  }
  bool waitForState(State state) {
    return waitFor([&] { return page_.status().state == state; });
  }
  bool waitForNotice(const QString& part) {
    return waitFor([&] { return page_.notices().notice().text.contains(part); });
  }

  std::shared_ptr<DeviceFate> fate_ = std::make_shared<DeviceFate>();
  double now_s_ = 0.0;
  LivePage page_;
  std::unique_ptr<LiveBridge> bridge_;
};

TEST_F(LiveBridgeTest, SoundMovesMetersAndPictures) {
  makeBridge();
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  ASSERT_TRUE(waitFor([&] { return page_.inputLevel().meter().rms_db > -40.0F; }));
  ASSERT_TRUE(waitFor([&] { return page_.view().track().endSeconds() > 0.3; }));
  const QImage before = page_.view().grab().toImage();
  const double end_s = page_.view().track().endSeconds();
  ASSERT_TRUE(waitFor([&] { return page_.view().track().endSeconds() > end_s + 0.3; }));
  EXPECT_NE(page_.view().grab().toImage(), before);
  EXPECT_TRUE(page_.status().description.contains("test microphone"));
  EXPECT_NE(page_.stateTap(), nullptr);
  page_.stop();
  ASSERT_TRUE(waitForState(State::kStopped));
  EXPECT_EQ(page_.stateTap(), nullptr);
}

// Clean and noisy pictures are the same while the original is held.
TEST_F(LiveBridgeTest, HoldingAKeyMakesTheOutputTheInput) {
  makeBridge();
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  QTest::keyPress(&page_, Qt::Key_B);
  LiveTrack& track = page_.view().track();
  ASSERT_TRUE(waitFor([&] { return !track.isEmpty(); }));
  const double from_s = track.endSeconds() + 0.5;
  ASSERT_TRUE(waitFor([&] { return track.endSeconds() > from_s + 0.3; }));
  for (double hz = 100.0; hz < 8000.0; hz += 250.0) {
    EXPECT_EQ(track.levelDb(LiveTrack::kNoisy, from_s + 0.1, hz),
              track.levelDb(LiveTrack::kClean, from_s + 0.1, hz));
  }
  QTest::keyRelease(&page_, Qt::Key_B);
  EXPECT_FALSE(page_.soundBox().sound().bypass);
}

TEST_F(LiveBridgeTest, ALostDeviceIsShownAndComesBack) {
  makeBridge();
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  fate_->gone = true;
  ASSERT_TRUE(waitForState(State::kWaiting));
  EXPECT_TRUE(page_.status().waiting_for.contains("test microphone"));
  ASSERT_TRUE(waitForNotice("gone"));
  EXPECT_FALSE(page_.notices().notice().details.isEmpty());
  fate_->gone = false;
  ASSERT_TRUE(waitForState(State::kRunning));
  EXPECT_TRUE(waitForNotice("back"));
}

TEST_F(LiveBridgeTest, ABrokenModelIsToldAndTheOldOneGoesOn) {
  const QTemporaryDir folder;
  QFile broken(folder.filePath("broken.safetensors"));
  ASSERT_TRUE(broken.open(QIODevice::WriteOnly));
  broken.write("no model");
  broken.close();
  makeBridge();
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  EXPECT_TRUE(page_.openFiles({broken.fileName()}));
  ASSERT_TRUE(waitForNotice("model"));
  EXPECT_EQ(page_.notices().notice().kind, Notice::Kind::kError);
  EXPECT_TRUE(
      waitFor([&] { return page_.setupBox().setup().model.endsWith("symmetric.safetensors"); }));
  EXPECT_EQ(page_.status().state, State::kRunning);
}

TEST_F(LiveBridgeTest, WithoutDevicesTheDemoRecordingIsThere) {
  makeBridge(false);
  ASSERT_TRUE(waitForNotice("No sound device"));
  EXPECT_EQ(page_.setupBox().setup().input, "demo");
  EXPECT_EQ(page_.setupBox().setup().output, "none");
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  ASSERT_TRUE(waitFor([&] { return page_.view().track().endSeconds() > 0.3; }));
  EXPECT_GT(page_.inputLevel().meter().peak_db, kFloorDb);
  EXPECT_EQ(fate_->opens, 0);
}

TEST_F(LiveBridgeTest, AMicrophoneThatIsBusyIsTold) {
  makeBridge();
  fate_->gone = true;
  page_.start();
  ASSERT_TRUE(waitForNotice("microphone cannot be used"));
  EXPECT_FALSE(page_.notices().notice().advice.isEmpty());
  EXPECT_TRUE(waitForState(State::kStopped));
}

TEST_F(LiveBridgeTest, ARecordingIsWrittenAndReadable) {
  const QTemporaryDir folder;
  makeBridge();
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  page_.record(folder.filePath("noisy.flac"), folder.filePath("clean.wav"));
  ASSERT_TRUE(waitFor([&] { return page_.status().recorded_s > 0.5; }));
  EXPECT_FALSE(page_.runningTask().isEmpty());
  page_.stopRecording();
  ASSERT_TRUE(waitForNotice("complete"));
  EXPECT_GT(readSound(folder.filePath("clean.wav").toStdString())[0].size(), 1000U);
  page_.record({}, QStringLiteral("/proc/clean.wav"));
  ASSERT_TRUE(waitForNotice("Nothing can be recorded"));
}

TEST_F(LiveBridgeTest, ADeviceThatHangsDoesNotHoldTheWindowUp) {
  makeBridge();
  fate_->hangs = true;
  page_.start();
  ASSERT_TRUE(waitFor([&] { return fate_->opens == 1; }));
  EXPECT_TRUE(waitForState(State::kStarting));
  page_.stop();
  page_.frame(now_s_);
  // It would hang for good.
  bridge_.reset();
  fate_->hangs = false;
  EXPECT_TRUE(waitFor([&] { return fate_.use_count() == 1; }));
}

// Ten minutes: only with ctest -C Slow.
TEST_F(LiveBridgeTest, DISABLED_NoGapInTenMinutesOfResizing) {
  constexpr int kSeconds = 600;
  makeBridge(false, ModelRegistry({HISS_TEST_WEIGHTS}));
  ASSERT_TRUE(waitFor([&] { return page_.setupBox().setup().model == "base"; }));
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  QElapsedTimer clock;
  clock.start();
  for (int k = 0; clock.elapsed() < 1000 * kSeconds; ++k) {
    page_.resize(800 + 8 * (k % 100), 700 + 3 * (k % 100));
    QTest::qWait(16);
    page_.frame(now_s_ += 0.016);
  }
  const LiveFigures& figures = page_.status().figures;
  EXPECT_EQ(std::accumulate(figures.gaps.begin(), figures.gaps.end(), std::uint64_t{0}), 0U);
  EXPECT_GT(page_.view().track().endSeconds(), kSeconds - 5);
}

TEST(LiveChoices, TellWhatAModelIsWorth) {
  LiveOffer offer;
  ModelSummary model;
  model.name = "good";
  model.dev = {"dev", {{"WB-PESQ", "2.073 [1.931, 2.214]"}}};
  offer.models = {model};
  model.name = "odd";
  model.dev = {"dev", {{"WB-PESQ", "not measured"}}};
  offer.models.push_back(model);
  model.name = "broken";
  model.error = "broken: expected a model, found none";
  offer.models.push_back(model);
  const QList<LiveChoice> models = liveChoices(offer, true, true).models;
  ASSERT_EQ(models.size(), 4);
  EXPECT_EQ(models[0].label, QStringLiteral("good · PESQ %1").arg(QLocale().toString(2.07)));
  EXPECT_EQ(models[1].label, "odd");
  EXPECT_EQ(models[2].hint, "broken: expected a model, found none");
  EXPECT_EQ(models[3].id, SetupBox::kAskFile);
}

// Pictures of the page in HISS_UI_SCREENSHOTS, if that is set.
TEST_F(LiveBridgeTest, TheDemoRecordingIsSeen) {
  const QString folder = qEnvironmentVariable("HISS_UI_SCREENSHOTS");
  makeBridge(false, ModelRegistry({HISS_TEST_WEIGHTS}));
  page_.setupBox().chooseInput(QStringLiteral("demo"));
  page_.setupBox().chooseOutput(QStringLiteral("none"));
  ASSERT_TRUE(waitFor([&] { return page_.setupBox().setup().model == "base"; }));
  page_.start();
  ASSERT_TRUE(waitForState(State::kRunning));
  LiveTrack& track = page_.view().track();
  ASSERT_TRUE(waitFor([&] { return track.endSeconds() > (folder.isEmpty() ? 1.0 : 8.0); }));
  EXPECT_EQ(track.maxHz(), 8000.0);
  if (folder.isEmpty()) return;
  QDir().mkpath(folder);
  const QPalette light = QApplication::palette();
  QPalette dark;
  dark.setColor(QPalette::Window, QColor(0x2a, 0x2e, 0x32));
  dark.setColor(QPalette::Base, QColor(0x23, 0x26, 0x29));
  dark.setColor(QPalette::Button, QColor(0x31, 0x36, 0x3b));
  for (const QPalette::ColorRole role :
       {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    dark.setColor(role, QColor(0xfc, 0xfc, 0xfc));
  }
  for (const auto& [name, palette] : {std::pair("light", light), {"dark", dark}}) {
    QApplication::setPalette(palette);
    for (const QSize size : {QSize(800, 700), QSize(1600, 1000)}) {
      page_.resize(size);
      QTest::mouseMove(&page_.view(), page_.view().plots().noisy.center());
      waitFor([end_s = track.endSeconds(), &track] { return track.endSeconds() > end_s + 0.5; });
      EXPECT_TRUE(page_.grab().save(
          QStringLiteral("%1/live_%2_%3.png").arg(folder, name).arg(size.width())));
    }
  }
  QApplication::setPalette(light);
}

}  // namespace
}  // namespace hiss
