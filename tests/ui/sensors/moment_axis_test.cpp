// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/moment_axis.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QDateTime>
#include <QFontMetricsF>
#include <limits>

namespace hiss {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

TEST(MomentAxis, PlacesAndMomentsAreEachOthersInverse) {
  const MomentAxis axis{1'700'000'000 * kSecond, 1'700'000'100 * kSecond, true};
  const QRectF plot(50, 0, 400, 10);
  EXPECT_DOUBLE_EQ(axis.xOf(axis.begin, plot), 50.0);
  EXPECT_DOUBLE_EQ(axis.xOf(axis.end, plot), 450.0);
  EXPECT_DOUBLE_EQ(axis.xOf(axis.begin - 25 * kSecond, plot), -50.0);
  EXPECT_EQ(axis.momentAt(250.0, plot), axis.begin + 50 * kSecond);
  EXPECT_EQ(axis.momentAt(axis.xOf(axis.begin + 3 * kSecond, plot), plot),
            axis.begin + 3 * kSecond);
}

TEST(MomentAxis, TicksAreRoundInLocalTimeAndNotTooMany) {
  const std::int64_t begin = 1'700'000'123 * kSecond;
  for (const std::int64_t span :
       {kSecond / 100, 3 * kSecond, 600 * kSecond, kDay, 40 * kDay, 4000 * kDay}) {
    const std::vector<std::int64_t> ticks = momentTicks({begin, begin + span, true}, 8);
    EXPECT_GE(ticks.size(), 1U) << span;
    EXPECT_LE(ticks.size(), 16U) << span;
    for (const std::int64_t tick : ticks) {
      EXPECT_GE(tick, begin);
      EXPECT_LT(tick, begin + span);
    }
  }
  for (const std::int64_t tick : momentTicks({begin, begin + 10 * kDay, true}, 8)) {
    EXPECT_EQ(QDateTime::fromMSecsSinceEpoch(tick / 1'000'000).time(), QTime(0, 0));
  }
}

TEST(MomentAxis, LabelsStandWithinThePlotAndApart) {
  const QFontMetricsF metrics(QApplication::font());
  const QRectF plot(40, 0, 840, 100);
  const std::int64_t begin = QDateTime(QDate(2015, 1, 10), QTime(14, 0)).toMSecsSinceEpoch();
  for (int minutes = 0; minutes < 240; minutes += 10) {
    const std::int64_t from = (begin + 60'000LL * minutes) * 1'000'000;
    const auto labels = momentLabels({from, from + 21 * 3'600'000'000'000LL, true}, plot, metrics);
    ASSERT_GE(labels.size(), 3U) << minutes;
    double free_from = plot.left();
    for (const MomentLabel& label : labels) {
      EXPECT_GE(label.x, free_from) << minutes << ' ' << label.text.toStdString();
      free_from = label.x + label.width + 1.0;
    }
    EXPECT_LE(labels.back().x + labels.back().width, plot.right());
  }
}

TEST(MomentAxis, RowsAreWholeNumbersAndTheFarthestMomentsDoNoHarm) {
  EXPECT_EQ(momentTicks({0, 10, false}, 5), (std::vector<std::int64_t>{0, 2, 4, 6, 8}));
  EXPECT_EQ(momentTicks({0, 2, false}, 8), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(momentText(12, false, 5.0), "12");
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const MomentAxis axis{kMost - 100, kMost, false};
  EXPECT_LE(momentTicks(axis, 8).size(), 16U);
  EXPECT_LE(axis.momentAt(1e9, QRectF(0, 0, 10, 10)), kMost);
}

}  // namespace
}  // namespace hiss
