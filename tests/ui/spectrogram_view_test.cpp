// SPDX-License-Identifier: Apache-2.0
#include "ui/spectrogram_view.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QMouseEvent>

#include "tests/ui/pictures.h"
#include "ui/spectrogram_renderer.h"

namespace hiss {
namespace {

constexpr SpectrogramView::Pane kBoth[] = {SpectrogramView::kUpper, SpectrogramView::kLower};

// Loud in the first half of the time below 4 kHz, quiet elsewhere.
SpectrogramData corner(float loud_db) {
  return makePicture(100, 65, [loud_db](int column, int bin) {
    return column < 50 && bin < 32 ? loud_db : -140.0F;
  });
}

QRgb pixelAt(const QImage& image, const QRectF& plot, double right, double up) {
  return image.pixel(static_cast<int>(plot.left() + right * plot.width()),
                     static_cast<int>(plot.bottom() - up * plot.height()));
}

TEST(SpectrogramView, PaintsWithoutARecording) {
  SpectrogramView view;
  view.resize(600, 400);
  view.clearPane(SpectrogramView::kUpper, "Noisy", "nothing here");
  EXPECT_FALSE(view.grab().isNull());
  EXPECT_FALSE(view.levelAt(SpectrogramView::kUpper, 1.0, 1000.0));
}

TEST(SpectrogramView, PaintsBothPanesOnOneColourScale) {
  SpectrogramView view;
  view.resize(800, 500);
  view.setPane(SpectrogramView::kUpper, "Noisy", corner(-10.0F));
  view.setPane(SpectrogramView::kLower, "Clean", corner(-50.0F));
  EXPECT_FLOAT_EQ(view.scale().top_db, -10.0F);
  const QImage image = view.grab().toImage();
  const float levels[] = {-10.0F, -50.0F};
  for (const auto pane : kBoth) {
    const QRectF plot = view.plotRect(pane);
    const auto expected = levelColour(levels[pane], view.scale());
    EXPECT_NEAR(qGray(pixelAt(image, plot, 0.25, 0.25)), qGray(expected), 3);
    for (const auto& [right, up] : {std::pair{0.75, 0.25}, {0.25, 0.75}, {0.75, 0.75}}) {
      EXPECT_NEAR(qGray(pixelAt(image, plot, right, up)), qGray(levelColour(-140.0F, view.scale())),
                  3);
    }
  }
  EXPECT_DOUBLE_EQ(view.plotRect(kBoth[0]).left(), view.plotRect(kBoth[1]).left());
  EXPECT_DOUBLE_EQ(view.plotRect(kBoth[0]).width(), view.plotRect(kBoth[1]).width());
}

TEST(SpectrogramView, ALouderPaneMovesTheColoursOfTheOther) {
  SpectrogramView view;
  view.resize(800, 500);
  view.setPane(SpectrogramView::kUpper, "Noisy", corner(-50.0F));
  view.setPane(SpectrogramView::kLower, "Clean", corner(-10.0F));
  const QImage image = view.grab().toImage();
  EXPECT_NEAR(qGray(pixelAt(image, view.plotRect(SpectrogramView::kUpper), 0.25, 0.25)),
              qGray(levelColour(-50.0F, {-10.0F})), 3);
}

TEST(SpectrogramView, TellsTheLevelUnderAPoint) {
  SpectrogramView view;
  view.setPane(SpectrogramView::kUpper, "Noisy", corner(-10.0F));
  const auto level = [&](double seconds, double hz) {
    return view.levelAt(SpectrogramView::kUpper, seconds, hz);
  };
  ASSERT_TRUE(level(2.5, 2000.0));
  EXPECT_NEAR(*level(2.5, 2000.0), -10.0F, 0.01F);
  EXPECT_NEAR(*level(7.5, 2000.0), -140.0F, 0.01F);
  EXPECT_NEAR(*level(2.5, 6000.0), -140.0F, 0.01F);
  EXPECT_FALSE(level(-0.1, 0.0));
  EXPECT_FALSE(level(0.0, kPictureHz + 1.0));
  EXPECT_TRUE(level(kPictureSeconds, kPictureHz));
}

TEST(SpectrogramView, CrosshairShowsInBothPanesAndGoes) {
  SpectrogramView view;
  view.resize(800, 500);
  for (const auto pane : kBoth) view.setPane(pane, "x", corner(-10.0F));
  const QImage before = view.grab().toImage();
  const QPointF centre = view.plotRect(SpectrogramView::kLower).center();
  QMouseEvent move(QEvent::MouseMove, centre, centre, Qt::NoButton, Qt::NoButton, Qt::NoModifier);
  QApplication::sendEvent(&view, &move);
  const QImage during = view.grab().toImage();
  for (const auto pane : kBoth) {
    const QRectF plot = view.plotRect(pane);
    const QRect column(static_cast<int>(plot.center().x()) - 2, static_cast<int>(plot.top()), 5,
                       static_cast<int>(plot.height()));
    EXPECT_NE(before.copy(column), during.copy(column));
  }
  QEvent leave(QEvent::Leave);
  QApplication::sendEvent(&view, &leave);
  EXPECT_EQ(view.grab().toImage(), before);
}

TEST(SpectrogramView, AStripIsPaintedAsTheWholeIs) {
  SpectrogramView view;
  view.resize(701, 503);
  view.setPane(SpectrogramView::kUpper, "Noisy", corner(-10.0F));
  view.setPane(SpectrogramView::kLower, "Clean", corner(-50.0F));
  view.setRange(std::make_pair(2.0, 6.0));
  const QImage without = view.grab().toImage();
  view.setPlayhead(3.0);
  const QImage with = view.grab().toImage();
  EXPECT_NE(without, with);
  QImage mended = without;
  for (const auto pane : kBoth) {
    const QRect plot = view.plotRect(pane).toRect();
    const QRect strip(plot.left() + plot.width() * 3 / 10 - 4, plot.top() + 1, 9,
                      plot.height() - 2);
    view.render(&mended, strip.topLeft(), QRegion(strip));
    EXPECT_EQ(mended.copy(strip), with.copy(strip));
    EXPECT_NE(without.copy(strip), with.copy(strip));
  }
}

TEST(SpectrogramView, PaintsAtAnySize) {
  SpectrogramView view;
  view.setPane(SpectrogramView::kUpper, "Noisy", corner(-10.0F));
  for (const QSize size : {QSize(1, 1), QSize(60, 40), QSize(3000, 90)}) {
    view.resize(size);
    EXPECT_FALSE(view.grab().isNull());
  }
}

}  // namespace
}  // namespace hiss
