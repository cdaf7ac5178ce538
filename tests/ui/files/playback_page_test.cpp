// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <QSlider>
#include <QTableView>

#include "tests/ui/files/files_page_fixture.h"
#include "ui/files/result_panel.h"
#include "ui/spectrogram_view.h"

namespace hiss {
namespace {

constexpr int kRate = 16000;
constexpr int kSeconds = 20;
constexpr int kFade = kRate / 100;

// With a recording that is done and selected.
class PlaybackPageTest : public FilesPageTest {
 protected:
  void SetUp() override {
    writeSound(path("in/a.wav"), makeTone(1, kSeconds * kRate), kRate);
    saveTo("out");
    drop({name("in/a.wav")});
    ASSERT_TRUE(framesUntilQueued(1));
    action("Start")->trigger();
    ASSERT_TRUE(framesUntilIdle());
    ASSERT_EQ(row("a.wav").state, FileState::kDone);
    page_->select(row("a.wav").id);
    before_ = readSound(path("in/a.wav"));
    after_ = readSound(path("out/a.wav"));
    ASSERT_EQ(before_[0].size(), after_[0].size());
    ASSERT_TRUE(frames([&] { return action("Play")->isEnabled(); }));
  }

  // Whether, while frames go on, the sound whose sample i is at(i) comes to be heard.
  template <class At>
  bool hears(const At& at) {
    constexpr int kPiece = 400;
    return frames([&] { return isPartOf(crank_.turn(kPiece), at); });
  }

  void pressSpace() {
    auto* const table = page_->findChild<QTableView*>();
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Space);
  }

  double position() const {
    const auto* const slider = page_->result().playback().findChild<QSlider*>();
    return static_cast<double>(slider->value()) / slider->maximum() * kSeconds;
  }

  // Whether `heard` is a part of the sound whose sample i is at(i).
  template <class At>
  bool isPartOf(const std::vector<float>& heard, const At& at) const {
    const int last = static_cast<int>(before_[0].size() - heard.size());
    for (int begin = 0; begin <= last; ++begin) {
      int i = 0;
      while (i < static_cast<int>(heard.size()) &&
             heard[static_cast<std::size_t>(i)] == at(static_cast<std::size_t>(begin + i))) {
        ++i;
      }
      if (i == static_cast<int>(heard.size())) return true;
    }
    return false;
  }

  Sound before_;
  Sound after_;
};

TEST_F(PlaybackPageTest, ShowsBothSpectrogramsAndTheFigures) {
  SpectrogramView& view = page_->result().spectrograms();
  ASSERT_TRUE(
      frames([&] { return view.levelAt(SpectrogramView::kLower, 1.0, 1000.0).has_value(); }));
  EXPECT_TRUE(view.isVisible());
  EXPECT_TRUE(view.levelAt(SpectrogramView::kUpper, 1.0, 1000.0).has_value());
}

TEST_F(PlaybackPageTest, ThePlayheadMovesOverPixelsThatStayTheSame) {
  SpectrogramView& view = page_->result().spectrograms();
  ASSERT_TRUE(
      frames([&] { return view.levelAt(SpectrogramView::kLower, 1.0, 1000.0).has_value(); }));
  const QImage before = view.grab().toImage();
  view.setPlayhead(5.0);
  const QImage with = view.grab().toImage();
  EXPECT_NE(before, with);
  const QRectF plot = view.plotRect(SpectrogramView::kUpper);
  const int x = static_cast<int>(std::lround(plot.left() + plot.width() / 4.0));
  const int y = static_cast<int>(plot.center().y());
  const auto is_white = [&](int column) { return with.pixelColor(column, y) == QColor(Qt::white); };
  EXPECT_TRUE(is_white(x - 1) || is_white(x) || is_white(x + 1));
  view.setPlayhead(0.0);
  EXPECT_EQ(before, view.grab().toImage());
}

TEST_F(PlaybackPageTest, KeysSwitchBetweenBeforeAfterAndTheDifference) {
  pressSpace();
  const auto after = [&](std::size_t i) { return after_[0][i]; };
  const auto before = [&](std::size_t i) { return before_[0][i]; };
  const auto removed = [&](std::size_t i) { return before_[0][i] - after_[0][i]; };
  EXPECT_TRUE(hears(after));
  QTest::keyClick(page_.get(), Qt::Key_1);
  EXPECT_TRUE(hears(before));
  QTest::keyClick(page_.get(), Qt::Key_3);
  EXPECT_TRUE(hears(removed));
  QTest::keyClick(page_.get(), Qt::Key_2);
  EXPECT_TRUE(hears(after));
  pressSpace();
  ASSERT_TRUE(frames([&] {
    const std::vector<float> heard = crank_.turn(kFade);
    return std::all_of(heard.begin(), heard.end(), [](float x) { return x == 0.0F; });
  }));
  EXPECT_FALSE(page_->result().playback().isPlaying());
}

TEST_F(PlaybackPageTest, AClickOnTheSpectrogramJumpsAndADragLoops) {
  SpectrogramView& view = page_->result().spectrograms();
  ASSERT_TRUE(
      frames([&] { return view.levelAt(SpectrogramView::kLower, 1.0, 1000.0).has_value(); }));
  const QRectF plot = view.plotRect(SpectrogramView::kUpper);
  const auto at = [&](double share) {
    return QPointF(plot.left() + share * plot.width(), plot.center().y()).toPoint();
  };
  QTest::mouseClick(&view, Qt::LeftButton, Qt::NoModifier, at(0.5));
  EXPECT_TRUE(frames([&] { return std::abs(position() - kSeconds / 2.0) < 0.1; }));
  QTest::mousePress(&view, Qt::LeftButton, Qt::NoModifier, at(0.25));
  QTest::mouseMove(&view, at(0.4));
  QTest::mouseRelease(&view, Qt::LeftButton, Qt::NoModifier, at(0.4));
  const PlayedLoop loop = page_->result().playback().loop();
  ASSERT_TRUE(loop);
  EXPECT_NEAR(loop->first, 5.0, 0.1);
  EXPECT_NEAR(loop->second, 8.0, 0.1);
  EXPECT_TRUE(frames([&] { return std::abs(position() - loop->first) < 0.1; }));
}

TEST_F(PlaybackPageTest, WithoutASelectionNothingPlays) {
  pressSpace();
  ASSERT_TRUE(frames([&] { return page_->result().playback().isPlaying(); }));
  action("Remove")->trigger();
  ASSERT_TRUE(frames([&] { return !page_->result().playback().isPlaying(); }));
  EXPECT_FALSE(action("Play")->isEnabled());
}

}  // namespace
}  // namespace hiss
