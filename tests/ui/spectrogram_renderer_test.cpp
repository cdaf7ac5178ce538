// SPDX-License-Identifier: Apache-2.0
#include "ui/spectrogram_renderer.h"

#include <gtest/gtest.h>

#include "dsp/colour_map.h"
#include "tests/ui/pictures.h"

namespace hiss {
namespace {

// A column of the picture is stored as power, so that a level comes back with a rounding error.
void expectNear(QRgb a, QRgb b) {
  EXPECT_NEAR(qRed(a), qRed(b), 2);
  EXPECT_NEAR(qGreen(a), qGreen(b), 2);
  EXPECT_NEAR(qBlue(a), qBlue(b), 2);
}

TEST(SpectrogramRenderer, LevelsTakeTheColoursOfTheScale) {
  const LevelScale scale{-20.0F};
  for (const float position : {0.0F, 0.25F, 0.5F, 0.75F, 1.0F}) {
    const Rgb expected = sequential(position);
    expectNear(levelColour(-100.0F + 80.0F * position, scale),
               qRgb(expected.r, expected.g, expected.b));
  }
  EXPECT_EQ(levelColour(20.0F, scale), levelColour(-20.0F, scale));
  EXPECT_EQ(levelColour(-160.0F, scale), levelColour(-100.0F, scale));
}

TEST(SpectrogramRenderer, OnePixelACellWithLowFrequenciesAtTheBottom) {
  const auto level = [](int column, int bin) {
    return -10.0F - 5.0F * static_cast<float>(column) - 3.0F * static_cast<float>(bin);
  };
  const SpectrogramData data = makePicture(6, 5, level);
  const LevelScale scale{-10.0F};
  const QImage image = renderSpectrogram(*data.picture, scale);
  ASSERT_EQ(image.size(), QSize(6, 5));
  for (int column = 0; column < 6; ++column) {
    for (int bin = 0; bin < 5; ++bin) {
      expectNear(image.pixel(column, 4 - bin), levelColour(level(column, bin), scale));
    }
  }
}

TEST(SpectrogramRenderer, SizeIsThatOfThePictureNotOfTheRecording) {
  SpectrogramPicture picture;
  picture.prepare(3, 64, SpectrogramPicture::Pooling::kMax);
  const std::vector<float> column = {-90.0F, -30.0F, -60.0F};
  for (int i = 0; i < 100000; ++i) picture.addColumn(column.data());
  const QImage image = renderSpectrogram(picture, levelScaleFor(picture.loudestDb()));
  EXPECT_LE(image.width(), 64);
  EXPECT_GT(image.width(), 32);
  EXPECT_EQ(image.height(), 3);
}

TEST(SpectrogramRenderer, BarRunsFromDarkToBright) {
  const QImage bar = renderColourBar({3, 200});
  expectNear(bar.pixel(1, 199), levelColour(-80.0F, {0.0F}));
  expectNear(bar.pixel(1, 0), levelColour(0.0F, {0.0F}));
  for (int y = 1; y < bar.height(); ++y) {
    EXPECT_LE(qGray(bar.pixel(0, y)), qGray(bar.pixel(0, y - 1)) + 2) << y;
  }
}

}  // namespace
}  // namespace hiss
