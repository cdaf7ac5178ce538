// SPDX-License-Identifier: Apache-2.0
#include "ui/files/files_page.h"

#include <gtest/gtest.h>

#include <QLabel>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <nlohmann/json.hpp>

#include "tests/support/sanitized.h"
#include "tests/ui/files/files_page_fixture.h"
#include "ui/base/notice_bar.h"
#include "ui/files/existing_question.h"
#include "ui/files/result_panel.h"

namespace hiss {
namespace {

constexpr int kShort = 8000;
// Long enough that a test can act while it runs.
constexpr int kLong = kSanitized ? 400000 : 4000000;

class FilesPageRunTest : public FilesPageTest {
 protected:
  FilesPageRunTest() {
    writeSound(path("in/a.wav"), makeTone(1, kShort));
    writeSound(path("in/deep/b.flac"), makeTone(2, kShort), 16000, "flac", "pcm16");
    writeSound(path("single.wav"), makeTone(1, 2 * kShort));
    write("in/words.txt", "no sound");
  }

  // `hiss denoise` with the page's model.
  void runCommand(QStringList arguments) {
    arguments.prepend("denoise");
    arguments << "--model" << name("models/base.safetensors");
    QProcess process;
    process.start(HISS_BIN, arguments);
    constexpr int kPatienceMs = 120000;
    ASSERT_TRUE(process.waitForFinished(kPatienceMs));
    ASSERT_EQ(process.exitCode(), 0) << process.readAllStandardError().toStdString();
  }

  // Drops a long recording and starts; true when it is in work.
  bool startLong() {
    writeSound(path("long.wav"), makeTone(1, kLong), 48000);
    saveTo("out");
    drop({name("long.wav")});
    if (!framesUntilQueued(1)) return false;
    action("Start")->trigger();
    return frames([&] { return row("long.wav").state == FileState::kRunning; });
  }

  QPushButton* questionButton(const QString& text) {
    for (QPushButton* const button : page_->question().findChildren<QPushButton*>()) {
      if (QString(button->text()).remove('&') == text) return button;
    }
    return nullptr;
  }
};

TEST_F(FilesPageRunTest, DroppedFilesAndFoldersComeOutAsTheCommandMakesThem) {
  saveTo("out");
  drop({name("single.wav"), name("in")});
  ASSERT_TRUE(framesUntilQueued(3));
  ASSERT_TRUE(frames([&] { return row("b.flac").seconds > 0.0; }));
  EXPECT_DOUBLE_EQ(row("a.wav").seconds, 0.5);
  QTest::keyClick(page_.get(), Qt::Key_Return, Qt::ControlModifier);
  EXPECT_NE(page_->run(), FilesPage::Run::kIdle);
  EXPECT_FALSE(page_->runningTask().isEmpty());
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(page_->queue().totals().done, 3);
  EXPECT_TRUE(page_->runningTask().isEmpty());
  if (kThreadSanitized) GTEST_SKIP() << "clang 14 does not survive a started program";
  runCommand({name("single.wav"), name("in"), "-o", name("expected")});
  for (const char* file : {"single.wav", "a.wav", "deep/b.flac"}) {
    const std::string made = read(std::string("out/") + file);
    EXPECT_FALSE(made.empty());
    EXPECT_EQ(made, read(std::string("expected/") + file)) << file;
  }
  EXPECT_EQ(row("b.flac").output, name("out/deep/b.flac"));
  EXPECT_TRUE(std::isfinite(row("single.wav").figures.removed_db));
}

TEST_F(FilesPageRunTest, TheReportIsTheCommandsReport) {
  saveTo("out");
  drop({name("in")});
  ASSERT_TRUE(framesUntilQueued(2));
  action("Start")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  for (const char* file : {"report.json", "report.csv", "report.html"}) {
    emit page_->reportRequested(name(file));
    ASSERT_TRUE(frames([&] { return std::filesystem::exists(path(file)); }));
  }
  ASSERT_TRUE(frames([&] { return page_->notices().notice().text.contains("report.html"); }));
  std::filesystem::rename(path("out"), path("out.window"));
  if (kThreadSanitized) GTEST_SKIP() << "clang 14 does not survive a started program";
  runCommand({name("in"), "-o", name("out"), "--report", name("expected.json")});
  const auto untimed = [&](const std::string& file) {
    auto document = nlohmann::json::parse(read(file));
    for (auto& object : document.at("files")) {
      EXPECT_TRUE(object.erase("rtf") + object.erase("process_cpu_seconds") == 2);
    }
    return document;
  };
  EXPECT_EQ(untimed("report.json"), untimed("expected.json"));
  const std::string table = read("report.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3);
  EXPECT_NE(read("report.html").find("data:image/png;base64,"), std::string::npos);
}

TEST_F(FilesPageRunTest, PausesGoesOnAndLetsOtherFilesJoin) {
  ASSERT_TRUE(startLong());
  EXPECT_TRUE(frames([&] { return page_->stateTap() != nullptr; }));
  action("Pause")->trigger();
  EXPECT_EQ(page_->run(), FilesPage::Run::kPaused);
  drop({name("single.wav")});
  ASSERT_TRUE(framesUntilQueued(2));
  EXPECT_EQ(row("single.wav").state, FileState::kWaiting);
  action("Go on")->trigger();
  ASSERT_TRUE(frames([&] { return page_->queue().totals().done == 2; }));
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(page_->stateTap(), nullptr);
  EXPECT_TRUE(std::filesystem::exists(path("out/single.wav")));
}

TEST_F(FilesPageRunTest, CancelledWhatRanWaitsAgainAndLeavesNothing) {
  ASSERT_TRUE(startLong());
  action("Cancel")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(row("long.wav").state, FileState::kWaiting);
  EXPECT_FALSE(std::filesystem::exists(path("out/long.wav")));
  EXPECT_TRUE(action("Start")->isEnabled());
}

TEST_F(FilesPageRunTest, ARunningFileThatIsRemovedIsGivenUp) {
  ASSERT_TRUE(startLong());
  page_->select(row("long.wav").id);
  action("Remove")->trigger();
  EXPECT_EQ(page_->queue().rowCount(), 0);
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_FALSE(std::filesystem::exists(path("out/long.wav")));
  EXPECT_TRUE(std::filesystem::exists(path("long.wav")));
}

TEST_F(FilesPageRunTest, ClosingWhileItRunsLeavesNothingBehind) {
  ASSERT_TRUE(startLong());
  bridge_.reset();
  for (const std::string& file : files()) EXPECT_FALSE(file.starts_with("out/")) << file;
}

TEST_F(FilesPageRunTest, WhatIsNoSoundSaysSoInItsRowAndTheOthersGoOn) {
  write("in/broken.wav", "no sound");
  saveTo("out");
  drop({name("in")});
  ASSERT_TRUE(framesUntilQueued(3));
  action("Start")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(page_->queue().totals().done, 2);
  const FileRow broken = row("broken.wav");
  EXPECT_EQ(broken.state, FileState::kFailed);
  EXPECT_EQ(broken.notice.text, "This cannot be read as sound.");
  page_->select(broken.id);
  const auto* const details = page_->result().findChild<QPlainTextEdit*>();
  EXPECT_TRUE(details->isVisible());
  EXPECT_TRUE(details->toPlainText().contains("expected a sound file"));
  // Mended, it is done with the next try.
  writeSound(path("in/broken.wav"), makeTone(1, kShort));
  action("Try again")->trigger();
  EXPECT_EQ(row("broken.wav").state, FileState::kWaiting);
  action("Start")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(row("broken.wav").state, FileState::kDone);
  action("Clear finished")->trigger();
  EXPECT_EQ(page_->queue().rowCount(), 0);
}

TEST_F(FilesPageRunTest, AFolderWithoutSoundSaysHowManyFilesItHas) {
  write("papers/a.txt", "a");
  write("papers/deep/b.pdf", "b");
  drop({name("papers")});
  ASSERT_TRUE(frames([&] { return !page_->notices().notice().text.isEmpty(); }));
  EXPECT_TRUE(page_->notices().notice().text.contains("found 0 sound files among 2"))
      << page_->notices().notice().text.toStdString();
  EXPECT_EQ(page_->queue().rowCount(), 0);
}

TEST_F(FilesPageRunTest, ABrokenModelIsToldBeforeAnythingIsDone) {
  write("models/base.safetensors", "no model");
  saveTo("out");
  drop({name("single.wav")});
  ASSERT_TRUE(framesUntilQueued(1));
  action("Start")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(page_->notices().notice().text, "The model cannot be used.");
  EXPECT_TRUE(page_->notices().notice().details.contains("base.safetensors"));
  EXPECT_EQ(row("single.wav").state, FileState::kWaiting);
}

TEST_F(FilesPageRunTest, AsksWhatShallBecomeOfResultsThatExist) {
  write("out/single.wav", "mine");
  saveTo("out");
  drop({name("single.wav")});
  ASSERT_TRUE(framesUntilQueued(1));
  action("Start")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_TRUE(page_->question().isVisible());
  EXPECT_FALSE(questionButton("Go on where it stopped")->isVisible());
  QTest::mouseClick(questionButton("Keep them"), Qt::LeftButton);
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(row("single.wav").state, FileState::kSkipped);
  EXPECT_EQ(read("out/single.wav"), "mine");
  page_->select(row("single.wav").id);
  action("Try again")->trigger();
  action("Start")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  QTest::mouseClick(questionButton("Replace them"), Qt::LeftButton);
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(row("single.wav").state, FileState::kDone);
  EXPECT_NE(read("out/single.wav"), "mine");
}

TEST_F(FilesPageRunTest, GoesOnWhereAnEarlierRunStopped) {
  if (kThreadSanitized) GTEST_SKIP() << "clang 14 does not survive a started program";
  runCommand({name("in/deep"), "-o", name("out")});
  std::filesystem::rename(path("in/a.wav"), path("in/deep/a.wav"));
  saveTo("out");
  drop({name("in/deep")});
  ASSERT_TRUE(framesUntilQueued(2));
  action("Start")->trigger();
  ASSERT_TRUE(framesUntilIdle());
  ASSERT_TRUE(page_->question().isVisible());
  EXPECT_TRUE(page_->question().text().contains("2 results 1 exist"));
  QTest::mouseClick(questionButton("Go on where it stopped"), Qt::LeftButton);
  ASSERT_TRUE(framesUntilIdle());
  EXPECT_EQ(row("b.flac").state, FileState::kSkipped);
  EXPECT_EQ(row("b.flac").notice.text, "Done before with the same settings.");
  EXPECT_EQ(row("a.wav").state, FileState::kDone);
}

TEST_F(FilesPageRunTest, ADiskThatIsFullIsCalledSo) {
  const Failure full(FailureKind::kOutput, "/out/a.wav", "room to write", errnoText(ENOSPC));
  EXPECT_EQ(fileNotice(full).text, "The disk is full.");
  EXPECT_TRUE(fileNotice(full).details.contains("/out/a.wav"));
}

TEST_F(FilesPageRunTest, ThousandsOfFilesAreDroppedAndRemovedWithoutAWait) {
  constexpr int kFiles = 3000;
  const std::string sound = read("in/a.wav");
  for (int i = 0; i < kFiles; ++i) write("many/" + std::to_string(i) + ".wav", sound);
  drop({name("many")});
  ASSERT_TRUE(framesUntilQueued(kFiles));
  ASSERT_TRUE(frames([&] { return page_->queue().rows().back().seconds > 0.0; }));
  page_->grab();
  emit page_->removed({});
  QSet<quint64> all;
  for (const FileRow& row : page_->queue().rows()) all.insert(row.id);
  page_->queue().remove(all);
  EXPECT_EQ(page_->queue().rowCount(), 0);
}

}  // namespace
}  // namespace hiss
