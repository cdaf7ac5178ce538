// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <QImage>
#include <QPainter>
#include <cmath>
#include <limits>
#include <vector>

#include "dsp/colour_map.h"
#include "tests/ui/contrast.h"
#include "tests/ui/image_check.h"
#include "tests/ui/state/synthetic_state.h"
#include "ui/state/curve_renderer.h"
#include "ui/state/heat_map_renderer.h"
#include "ui/state/horizon_histogram.h"

namespace hiss {
namespace {

QString stored(const char* name) {
  return QStringLiteral(HISS_TEST_IMAGES "/") + QLatin1String(name);
}

QImage blank(int width, int height) {
  QImage image(width, height, QImage::Format_RGB32);
  image.fill(Qt::white);
  return image;
}

TEST(HeatMapRenderer, DrawsEachCellInItsColourAtItsPlace) {
  const std::vector<float> h = {-2.0F, 0.0F, 2.0F, 1.0F, -1.0F, std::nanf("")};  // [3, 2]
  HeatMapRenderer renderer;
  const QImage& image = renderer.render(h, 3, 2, 2.0F, {30, 20}, false);
  const QRect all(0, 0, 30, 20);
  for (int c = 0; c < 3; ++c) {
    for (int s = 0; s < 2; ++s) {
      const QPoint at = HeatMapRenderer::cellRect({c, s}, 3, 2, all).center();
      const float value = h[static_cast<std::size_t>(c * 2 + s)];
      const Rgb colour = diverging(std::isnan(value) ? -1.0F : value / 2.0F);
      EXPECT_NEAR(qRed(image.pixel(at)), colour.r, 3) << c << ' ' << s;
      EXPECT_NEAR(qBlue(image.pixel(at)), colour.b, 3) << c << ' ' << s;
      EXPECT_EQ(HeatMapRenderer::cellAt(at, 3, 2, all), (StateCell{c, s}));
    }
  }
}

TEST(HeatMapRenderer, CellUnderEachPixelIsTheOneDrawnThere) {
  for (const QSize size : {QSize(97, 31), QSize(48, 16), QSize(20, 9)}) {
    const QRect all(QPoint(5, 7), size);
    for (int x = all.left(); x <= all.right(); ++x) {
      for (int y = all.top(); y <= all.bottom(); ++y) {
        const StateCell cell = HeatMapRenderer::cellAt({x, y}, 48, 16, all);
        ASSERT_TRUE(HeatMapRenderer::cellRect(cell, 48, 16, all).contains(x, y)) << x << ' ' << y;
      }
    }
  }
}

TEST(HeatMapRenderer, EqualsTheStoredPicture) {
  const StateLayout layout = syntheticLayout();
  const StateSnapshot step = syntheticStep(layout, 40, {2, 0});
  HeatMapRenderer renderer;
  EXPECT_TRUE(equalsStoredImage(renderer.render(step.h, 48, 16, 1.2F, {203, 67}, false),
                                stored("heat_map.png")));
}

TEST(HeatMapRenderer, IsDarkOnADarkGroundWhereThereIsNothing) {
  HeatMapRenderer renderer;
  const QImage& image = renderer.render(std::vector{-1.0F, 0.0F, 1.0F}, 3, 1, 1.0F, {3, 1}, true);
  const QColor below(image.pixel(0, 0));
  const QColor nothing(image.pixel(1, 0));
  const QColor above(image.pixel(2, 0));
  EXPECT_LT(nothing.lightness(), 64);
  EXPECT_LT(nothing.saturation(), 64);
  EXPECT_GT(contrast(below, nothing), 4.5);
  EXPECT_GT(contrast(above, nothing), 4.5);
  EXPECT_GT(below.blue(), below.red());
  EXPECT_GT(above.red(), above.blue());
}

TEST(CurveRenderer, EqualsTheStoredPicture) {
  QImage image = blank(200, 120);
  QPainter painter(&image);
  CurveRenderer renderer;
  StepCurve sparse(60);
  StepCurve dense(900);
  for (int k = 1; k <= 900; ++k) {
    const auto x = static_cast<float>(k);
    if (k % 61 != 0) dense.set(k, std::sin(0.03F * x) + 0.3F * std::sin(2.1F * x));
    if (k > 800 && (k < 870 || k > 880)) sparse.set(k, std::pow(10.0F, 0.05F * (x - 860.0F)));
  }
  renderer.paint(painter, {0, 0, 200, 60}, dense, {900, 900}, {-2.0F, 2.0F, false}, Qt::blue, 1);
  renderer.paint(painter, {0, 60, 200, 60}, sparse, {900, 60}, {1e-1F, 1e2F, true}, Qt::red, 2);
  painter.end();
  EXPECT_TRUE(equalsStoredImage(image, stored("curves.png")));
}

TEST(CurveRenderer, LeavesAGapWhereStepsAreMissing) {
  StepCurve curve(100);
  for (int k = 1; k <= 100; ++k) {
    if (k <= 40 || k > 60) curve.set(k, 0.5F);
  }
  QImage image = blank(100, 11);
  QPainter painter(&image);
  CurveRenderer().paint(painter, image.rect(), curve, {100, 100}, {0.0F, 1.0F, false}, Qt::black,
                        1);
  painter.end();
  for (int x = 0; x < 100; ++x) {
    EXPECT_EQ(image.pixel(x, 5) == qRgb(0, 0, 0), x < 40 || x >= 60) << x;
  }
}

TEST(CurveScale, EndsAreRoundAndHoldWhatIsShown) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(roundScale(0.1F, 1.3F, false).upper, 2.0F);
  EXPECT_EQ(roundScale(0.1F, 1.3F, false).lower, 0.0F);
  EXPECT_EQ(roundScale(-4.0F, 1.3F, false).upper, 5.0F);
  EXPECT_EQ(roundScale(-4.0F, 1.3F, false).lower, -5.0F);
  EXPECT_EQ(roundScale(0.0F, 0.0F, false).upper, 1.0F);
  EXPECT_FLOAT_EQ(roundScale(0.02F, 3.0F, true).lower, 0.01F);
  EXPECT_FLOAT_EQ(roundScale(0.02F, 3.0F, true).upper, 10.0F);
  // Nothing is shown.
  EXPECT_LT(roundScale(kInfinity, -kInfinity, true).lower,
            roundScale(kInfinity, -kInfinity, true).upper);
}

TEST(HorizonHistogram, EqualsTheStoredPicture) {
  const StateLayout layout = syntheticLayout();
  HorizonHistogram histogram;
  histogram.setLayer(layout.layers[2]);
  histogram.count(syntheticStep(layout, 40, {2, 0}).dt);
  QImage image = blank(240, 60);
  QPainter painter(&image);
  histogram.paint(painter, image.rect(), 0.1, Qt::darkBlue);
  painter.end();
  EXPECT_TRUE(equalsStoredImage(image, stored("horizons.png")));
}

}  // namespace
}  // namespace hiss
