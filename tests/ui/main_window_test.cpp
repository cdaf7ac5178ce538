// SPDX-License-Identifier: Apache-2.0
#include "ui/main_window.h"

#include <gtest/gtest.h>

#include <QDir>
#include <QDropEvent>
#include <QFile>
#include <QMimeData>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

#include "app/engine/denoise_job.h"
#include "app/gui/engine_bridge.h"
#include "models/denoiser.h"
#include "ui/attenuation_slider.h"
#include "ui/message_line.h"
#include "ui/numbers_panel.h"
#include "ui/spectrogram_view.h"

namespace hiss {
namespace {

constexpr int kPatienceMs = 60000;
constexpr const char* kRecording = HISS_TEST_AUDIO "/cafe_noisy.flac";
constexpr const char* kModel = HISS_TEST_GOLDEN "/denoiser_symmetric.safetensors";

QByteArray contentOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// The window with its engine, and a folder that holds one model.
class MainWindowTest : public ::testing::Test {
 protected:
  MainWindowTest() {
    QFile::copy(kModel, folder_.filePath("symmetric.safetensors"));
    window_ = std::make_unique<MainWindow>();
    bridge_ = std::make_unique<EngineBridge>(
        *window_, ModelRegistry({std::filesystem::path(folder_.path().toStdString())}));
    window_->show();
  }

  bool wait() {
    return QTest::qWaitFor([this] { return !window_->isBusy(); }, kPatienceMs);
  }

  bool openAndWait(const QString& path) {
    window_->openRecording(path);
    return wait() && !window_->message().isError();
  }

  bool denoiseAndWait() {
    window_->denoise();
    return wait() && window_->hasCleanRecording();
  }

  void drop(const QList<QUrl>& urls) {
    QMimeData data;
    data.setUrls(urls);
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent event({10.0, 10.0}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &event);
  }

  QPushButton* button(const QString& text) const {
    for (auto* const candidate : window_->findChildren<QPushButton*>()) {
      if (candidate->text() == text) return candidate;
    }
    return nullptr;
  }

  std::string message() const { return window_->message().text().toStdString(); }

  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;
  std::unique_ptr<EngineBridge> bridge_;
};

TEST_F(MainWindowTest, DenoisesAShippedRecording) {
  ASSERT_TRUE(openAndWait(kRecording)) << message();
  EXPECT_TRUE(window_->spectrograms().levelAt(SpectrogramView::kUpper, 1.0, 1000.0));
  EXPECT_FALSE(window_->spectrograms().levelAt(SpectrogramView::kLower, 1.0, 1000.0));
  EXPECT_FALSE(button("Save as…")->isEnabled());
  window_->attenuation().setLimitDb(12.0F);
  button("Denoise")->click();
  EXPECT_TRUE(window_->isBusy());
  EXPECT_TRUE(button("Cancel")->isVisible());
  ASSERT_TRUE(wait());
  ASSERT_TRUE(window_->hasCleanRecording()) << message();
  EXPECT_FALSE(button("Cancel")->isVisible());
  EXPECT_TRUE(window_->spectrograms().levelAt(SpectrogramView::kLower, 1.0, 1000.0));
  EXPECT_EQ(window_->numbers().value(NumbersPanel::kModel), "symmetric");
  EXPECT_EQ(window_->numbers().value(NumbersPanel::kLimit), "12 dB");
  EXPECT_EQ(window_->numbers().value(NumbersPanel::kLatency), "32.0 ms");
  EXPECT_EQ(window_->numbers().value(NumbersPanel::kSimd).toStdString(), defaultKernels().name);
  // For review: a picture of the window.
  const QString picture = qEnvironmentVariable("HISS_UI_SCREENSHOT");
  EXPECT_TRUE(picture.isEmpty() || window_->grab().save(picture));
}

TEST_F(MainWindowTest, SavesTheFileThatTheCommandLineWrites) {
  ASSERT_TRUE(openAndWait(kRecording)) << message();
  ASSERT_TRUE(denoiseAndWait()) << message();
  for (const QString& extension : {QString("flac"), QString("wav")}) {
    const QString saved = folder_.filePath("saved." + extension);
    window_->saveCleanAs(saved);
    ASSERT_TRUE(wait());
    EXPECT_FALSE(window_->message().isError()) << message();
    Denoiser denoiser(DenoiserModel::load(kModel));
    DenoiseJob job;
    job.input = kRecording;
    job.output = folder_.filePath("expected." + extension).toStdString();
    denoiseFile(job, denoiser);
    EXPECT_EQ(contentOf(saved), contentOf(folder_.filePath("expected." + extension)));
  }
}

TEST_F(MainWindowTest, NeverWritesOverTheRecording) {
  const QString recording = folder_.filePath("recording.flac");
  ASSERT_TRUE(QFile::copy(kRecording, recording));
  ASSERT_TRUE(openAndWait(recording)) << message();
  ASSERT_TRUE(denoiseAndWait()) << message();
  window_->saveCleanAs(recording);
  ASSERT_TRUE(wait());
  EXPECT_TRUE(window_->message().isError());
  EXPECT_EQ(contentOf(recording), contentOf(kRecording));
}

TEST_F(MainWindowTest, CancelKeepsTheRecordingOpen) {
  ASSERT_TRUE(openAndWait(kRecording)) << message();
  window_->denoise();
  window_->cancel();
  ASSERT_TRUE(wait());
  EXPECT_FALSE(window_->hasCleanRecording());
  EXPECT_EQ(message().substr(0, 9), "Cancelled");
  EXPECT_TRUE(denoiseAndWait()) << message();
}

TEST_F(MainWindowTest, OpeningAnotherRecordingEndsTheRunningJob) {
  ASSERT_TRUE(openAndWait(kRecording)) << message();
  window_->denoise();
  ASSERT_TRUE(openAndWait(HISS_TEST_AUDIO "/rain_noisy.flac")) << message();
  QTest::qWait(50);
  EXPECT_FALSE(window_->hasCleanRecording());
  EXPECT_EQ(message(), "Opened rain_noisy.flac.");
}

TEST_F(MainWindowTest, ShowsErrorsInOneLineAndKeepsWhatIsOpen) {
  ASSERT_TRUE(openAndWait(kRecording)) << message();
  for (const QString& wrong : {folder_.filePath("absent.wav"), folder_.path(), QString(kModel)}) {
    window_->openRecording(wrong);
    ASSERT_TRUE(wait());
    EXPECT_TRUE(window_->message().isError()) << wrong.toStdString();
    EXPECT_NE(message().find("expected"), std::string::npos) << message();
    EXPECT_EQ(message().find('\n'), std::string::npos);
  }
  EXPECT_TRUE(denoiseAndWait()) << message();
}

TEST_F(MainWindowTest, RefusesAFileThatIsNoModel) {
  ASSERT_TRUE(openAndWait(kRecording)) << message();
  bridge_->chooseModel(HISS_TEST_GOLDEN "/denoiser_symmetric_vectors.safetensors");
  window_->denoise();
  ASSERT_TRUE(wait());
  EXPECT_TRUE(window_->message().isError());
  bridge_->chooseModel("no-such-model");
  EXPECT_NE(message().find("no-such-model"), std::string::npos) << message();
}

TEST_F(MainWindowTest, OpensWhatIsDropped) {
  drop({QUrl::fromLocalFile(kRecording)});
  ASSERT_TRUE(wait());
  EXPECT_EQ(message(), "Opened cafe_noisy.flac.");
  drop({QUrl::fromLocalFile(kRecording), QUrl::fromLocalFile(kModel)});
  EXPECT_NE(message().find("one recording at a time"), std::string::npos) << message();
}

TEST(MainWindowWithoutModel, SaysSoAndStillOpens) {
  const QTemporaryDir empty;
  MainWindow window;
  EngineBridge bridge(window, ModelRegistry({std::filesystem::path(empty.path().toStdString())}));
  EXPECT_TRUE(window.message().isError());
  window.openRecording(kRecording);
  ASSERT_TRUE(QTest::qWaitFor([&] { return !window.isBusy(); }, kPatienceMs));
  EXPECT_NE(window.message().text().indexOf("no model found"), -1);
  window.denoise();
  EXPECT_FALSE(window.isBusy());
  bridge.chooseModel(kModel);
  window.denoise();
  ASSERT_TRUE(QTest::qWaitFor([&] { return !window.isBusy(); }, kPatienceMs));
  EXPECT_TRUE(window.hasCleanRecording()) << window.message().text().toStdString();
}

TEST(MainWindowClosing, WhileAJobRunsLeavesNoTemporaryFile) {
  const QTemporaryDir temporary;
  qputenv("TMPDIR", temporary.path().toLocal8Bit());
  {
    MainWindow window;
    EngineBridge bridge(window, ModelRegistry(std::vector<std::filesystem::path>()));
    bridge.chooseModel(kModel);
    window.openRecording(kRecording);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !window.isBusy(); }, kPatienceMs));
    window.denoise();
    QTest::qWait(20);
  }
  EXPECT_TRUE(QDir(temporary.path()).isEmpty());
  qunsetenv("TMPDIR");
}

}  // namespace
}  // namespace hiss
