// SPDX-License-Identifier: Apache-2.0
//
// What the live page paints: pictures of the sound, meters, the bar of the latency.
#include <gtest/gtest.h>

#include <QImage>
#include <QLabel>
#include <QPainter>
#include <QTest>

#include "tests/ui/image_check.h"
#include "tests/ui/live/silent_engine.h"
#include "ui/base/plot_colours.h"
#include "ui/live/latency_panel.h"
#include "ui/live/level_bar.h"
#include "ui/live/live_track.h"
#include "ui/live/live_view.h"

namespace hiss {
namespace {

PlotColours coloursOf(bool dark) {
  QPalette palette;
  palette.setColor(QPalette::Base, dark ? QColor(0x23, 0x26, 0x29) : QColor(Qt::white));
  palette.setColor(QPalette::Text, dark ? QColor(0xfc, 0xfc, 0xfc) : QColor(Qt::black));
  return plotColours(palette);
}

QString stored(const char* name) { return QStringLiteral(HISS_TEST_IMAGES "/") + name; }

TEST(LiveTrack, PutsNoisyAndCleanOfOneMomentInOneColumn) {
  constexpr int kLatency = 1000;
  LiveTrack track;
  EXPECT_TRUE(track.isEmpty());
  EXPECT_FALSE(track.levelDb(LiveTrack::kNoisy, 0.0, 1000.0));
  track.add({1, 16000, kLatency, 0, 0}, tonePairs(4.0, kLatency));
  EXPECT_NEAR(track.endSeconds(), 4.0 - kLatency / 16000.0, track.columnSeconds());
  EXPECT_EQ(track.maxHz(), 8000.0);
  // The tone is at 500 + 800 t Hz.
  for (const double seconds : {1.0, 2.0, 3.0}) {
    const double hz = 500.0 + 800.0 * seconds;
    const auto noisy = track.levelDb(LiveTrack::kNoisy, seconds, hz);
    const auto clean = track.levelDb(LiveTrack::kClean, seconds, hz);
    ASSERT_TRUE(noisy && clean);
    EXPECT_NEAR(*noisy, *clean, 3.0F) << seconds;
    EXPECT_GT(*clean, -30.0F);
    EXPECT_LT(*track.levelDb(LiveTrack::kClean, seconds, hz + 2000.0),
              *track.levelDb(LiveTrack::kNoisy, seconds, hz + 2000.0) - 10.0F);
  }
  EXPECT_FALSE(track.levelDb(LiveTrack::kNoisy, 4.1, 1000.0));
}

TEST(LiveTrack, DoesNotDependOnHowTheSoundIsCut) {
  const std::vector<float> pairs = tonePairs(1.0, 300);
  const LiveStream stream{1, 16000, 300, 0, 0};
  LiveTrack once;
  once.add(stream, pairs);
  LiveTrack pieces;
  for (std::size_t at = 0; at < pairs.size(); at += 222) {
    pieces.add(stream, std::span(pairs).subspan(at, std::min<std::size_t>(222, pairs.size() - at)));
  }
  ASSERT_EQ(once.columns(), pieces.columns());
  for (int row = 0; row < once.wave().rows(); ++row) {
    for (std::int64_t c = 0; c < once.columns(); ++c) {
      ASSERT_EQ(once.wave().value(c, row), pieces.wave().value(c, row));
    }
  }
}

TEST(LiveTrack, GoesOnWithTheNextStreamAndCountsItsTimeFromZero) {
  LiveTrack track;
  track.add({1, 16000, 0, 0, 0}, tonePairs(2.0, 0));
  const std::int64_t columns = track.columns();
  track.add({2, 16000, 0, 0, 0}, tonePairs(1.0, 0));
  EXPECT_GT(track.columns(), columns);
  EXPECT_NEAR(track.endSeconds(), 1.0, track.columnSeconds());
  EXPECT_TRUE(track.levelDb(LiveTrack::kNoisy, -1.0, 1000.0));
  // What was lost is silence, and takes its time.
  track.add({2, 16000, 0, 8000, 0}, tonePairs(0.5, 0));
  EXPECT_NEAR(track.endSeconds(), 2.0, 2 * track.columnSeconds());
  EXPECT_LT(*track.levelDb(LiveTrack::kNoisy, 1.25, 1000.0), -100.0F);
  // A denoiser that began anew at sample 32000.
  track.add({2, 16000, 0, 8000, 32000}, tonePairs(1.0, 0));
  EXPECT_NEAR(track.endSeconds(), 1.0, 2 * track.columnSeconds());
  // Another rate cannot be drawn beside.
  track.add({3, 48000, 0, 8000, 0}, tonePairs(1.0, 0));
  EXPECT_EQ(track.maxHz(), 24000.0);
  EXPECT_LT(track.columns(), columns);
}

TEST(LivePlots, LookAsStored) {
  LiveTrack track;
  track.add({1, 16000, 320, 0, 0}, tonePairs(6.0, 320));
  for (const bool dark : {false, true}) {
    const PlotColours colours = coloursOf(dark);
    track.setWaveColours(colours.background.rgb(), colours.lines[1].rgb(), colours.lines[0].rgb());
    QImage image(400, 230, QImage::Format_RGB32);
    image.fill(Qt::gray);
    QPainter painter(&image);
    paintLivePlots(painter, track, {track.endSeconds(), 5.0},
                   {{0, 0, 400, 80}, {0, 90, 400, 80}, {0, 180, 400, 50}}, colours);
    painter.end();
    EXPECT_TRUE(equalsStoredImage(image, stored(dark ? "plots_dark.png" : "plots_light.png")));
  }
}

TEST(LevelBarRenderer, LooksAsStored) {
  QImage image(120, 100, QImage::Format_RGB32);
  image.fill(Qt::white);
  QPainter painter(&image);
  const PlotColours colours = coloursOf(false);
  int x = 5;
  for (const LiveMeter& meter :
       {LiveMeter(), LiveMeter{-30.0F, -42.0F}, LiveMeter{-1.0F, -3.0F}, LiveMeter{0.0F, -12.0F}}) {
    paintLevelBar(painter, QRectF(x, 5, 14, 90), meter, meter.peak_db >= 0.0F, colours);
    x += 25;
  }
  painter.end();
  EXPECT_TRUE(equalsStoredImage(image, stored("levels.png")));
}

TEST(LatencyBarRenderer, LooksAsStored) {
  QImage image(200, 12, QImage::Format_RGB32);
  image.fill(Qt::white);
  QPainter painter(&image);
  paintLatencyBar(painter, image.rect(), {0.005, 0.010, 0.012, 0.002, 0.008, 0.004}, 0.05,
                  coloursOf(false));
  painter.end();
  EXPECT_TRUE(equalsStoredImage(image, stored("latency.png")));
}

TEST(LevelBar, HoldsTheClipLampUntilItIsClicked) {
  LevelBar bar(QStringLiteral("In"));
  bar.resize(bar.sizeHint());
  bar.show();
  bar.setMeter({0.0F, -10.0F});
  bar.setMeter({-20.0F, -30.0F});
  EXPECT_TRUE(bar.hasClipped());
  const QImage lit = bar.grab().toImage();
  QTest::mouseClick(&bar, Qt::LeftButton);
  EXPECT_FALSE(bar.hasClipped());
  EXPECT_NE(bar.grab().toImage(), lit);
  bar.setMeter({1.0F, -10.0F});
  QTest::keyClick(&bar, Qt::Key_Return);
  EXPECT_FALSE(bar.hasClipped());
}

TEST(LiveView, ReadsTimeFrequencyAndLevelsUnderTheMouse) {
  LiveView view;
  view.resize(600, 400);
  view.show();
  EXPECT_TRUE(view.readout().isEmpty());
  view.track().add({1, 16000, 0, 0, 0}, tonePairs(12.0, 0));
  view.advance();
  view.setSpan(5.0);
  const QRect noisy = view.plots().noisy;
  QTest::mouseMove(&view, {noisy.left() + noisy.width() / 2, noisy.center().y()});
  EXPECT_TRUE(view.readout().contains(QStringLiteral("kHz"))) << view.readout().toStdString();
  EXPECT_TRUE(view.readout().startsWith(QStringLiteral("9.")) ||
              view.readout().startsWith(QStringLiteral("10.")))
      << view.readout().toStdString();
  EXPECT_TRUE(view.readout().contains(QStringLiteral("noisy")));
  QTest::mouseMove(&view, {2, 2});
  EXPECT_TRUE(view.readout().isEmpty());
}

TEST(LatencyPanel, WritesAllFiguresButNotTooOften) {
  LatencyPanel panel;
  LiveFigures figures;
  figures.latency_s = {0.005, 0.010, 0.012, 0.0, 0.008, 0.004};
  figures.window_s = 0.010;
  figures.model_p50_s = 0.0012;
  figures.model_p99_s = 0.0034;
  figures.gaps[1] = 2;
  figures.gaps[3] = 1;
  figures.two_clocks = true;
  figures.drift_ppm = -34.4;
  figures.reconnections = 5;
  panel.setFigures(figures, 10.0);
  const QString text = panel.text();
  for (const char* part :
       {"Delay: 39.0 ms", "Model: 12.0 ms", "1.2 / 3.4 of 10 ms", "Gaps: 3", "-34 ppm", "5"}) {
    EXPECT_TRUE(text.contains(QLatin1String(part))) << part << " in " << text.toStdString();
  }
  figures.gaps[1] = 9;
  panel.setFigures(figures, 10.1);
  EXPECT_EQ(panel.text(), text);
  panel.setFigures(figures, 10.3);
  EXPECT_NE(panel.text(), text);
}

}  // namespace
}  // namespace hiss
