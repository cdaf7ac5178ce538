// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/lane_renderer.h"

#include <gtest/gtest.h>

#include <QImage>
#include <QPainter>

#include "tests/ui/image_check.h"
#include "tests/ui/sensors/made_lanes.h"
#include "ui/base/plot_colours.h"
#include "ui/sensors/share_bars.h"

namespace hiss {
namespace {

PlotColours coloursOf(bool is_dark) {
  QPalette palette;
  palette.setColor(QPalette::Base, is_dark ? QColor(0x232629) : QColor(Qt::white));
  palette.setColor(QPalette::Text, is_dark ? QColor(0xfcfcfc) : QColor(Qt::black));
  return plotColours(palette);
}

QString imagePath(const char* name, bool is_dark) {
  return QStringLiteral(HISS_TEST_IMAGES "/%1_%2.png")
      .arg(QLatin1String(name), QLatin1String(is_dark ? "dark" : "light"));
}

QImage drawn(const SensorLanes& lanes, const MomentAxis& axis, const PlotColours& colours) {
  QImage image(300, 160, QImage::Format_RGB32);
  image.fill(colours.background);
  QPainter painter(&image);
  const QRectF value(4, 4, 292, 100);
  const QRectF score(4, 108, 292, 48);
  paintAlerts(painter, lanes, axis, value, colours);
  paintLane(painter, lanes, lanes.lanes[0], scaleOf(lanes.lanes[0]), axis, value, colours,
            colours.lines[0]);
  paintAlerts(painter, lanes, axis, score, colours);
  paintScore(painter, lanes, scaleOfScore(lanes), axis, score, colours);
  return image;
}

TEST(LaneRenderer, DrawsValueBandScoreAndAlertInLightAndDark) {
  const SensorLanes lanes = madeLanes();
  for (const bool is_dark : {false, true}) {
    const QImage image = drawn(lanes, {lanes.begin, lanes.end, true}, coloursOf(is_dark));
    EXPECT_TRUE(equalsStoredImage(image, imagePath("lane", is_dark)));
  }
}

TEST(LaneRenderer, DrawsAnotherRangeWhereItStands) {
  const SensorLanes lanes = madeLanes();
  const std::int64_t span = lanes.end - lanes.begin;
  // A range twice as long that ends where the lanes do: the left half is empty.
  const MomentAxis axis{lanes.begin - span, lanes.end, true};
  const PlotColours colours = coloursOf(false);
  const QImage image = drawn(lanes, axis, colours);
  EXPECT_TRUE(equalsStoredImage(image, imagePath("lane_right_half", false)));
  for (int x = 4; x < 145; ++x) {
    for (int y = 4; y < 104; ++y) ASSERT_EQ(QColor(image.pixel(x, y)), colours.background);
  }
}

TEST(LaneRenderer, ScalesHoldTheValuesAndNoBandThatRunsAway) {
  SensorLane lane;
  EXPECT_EQ(scaleOf(lane).low, 0.0);
  EXPECT_EQ(scaleOf(lane).high, 1.0);
  lane.least = {5.0F, kNoValue, 6.0F};
  lane.greatest = {5.0F, kNoValue, 7.0F};
  lane.band_low = {4.0F, kNoValue, -1e30F};
  lane.band_high = {6.0F, kNoValue, 1e30F};
  const LaneScale scale = scaleOf(lane);
  EXPECT_LT(scale.low, 4.0);
  EXPECT_GT(scale.high, 7.0);
  EXPECT_GT(scale.low, -10.0);
  EXPECT_LT(scale.high, 20.0);
  lane = {};
  lane.least = lane.greatest = {3.0F};
  lane.band_low = lane.band_high = {kNoValue};
  EXPECT_LT(scaleOf(lane).low, 3.0);
  EXPECT_GT(scaleOf(lane).high, 3.0);
}

TEST(LaneRenderer, DrawsSharesAsBars) {
  for (const bool is_dark : {false, true}) {
    const PlotColours colours = coloursOf(is_dark);
    QImage image(120, 66, QImage::Format_RGB32);
    image.fill(colours.background);
    QPainter painter(&image);
    paintShareBars(painter, {{"flow", 0.75, {}}, {"heat", 0.25, {}}, {"rpm", 0.0, {}}},
                   QRectF(2, 2, 116, 62), 20.0, colours);
    painter.end();
    EXPECT_TRUE(equalsStoredImage(image, imagePath("shares", is_dark)));
  }
}

}  // namespace
}  // namespace hiss
