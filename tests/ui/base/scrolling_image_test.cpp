// SPDX-License-Identifier: Apache-2.0
#include "ui/base/scrolling_image.h"

#include <gtest/gtest.h>

#include <QImage>
#include <QPainter>
#include <cstdint>
#include <vector>

namespace hiss {
namespace {

constexpr QRgb kBlank = 0xff123456U;

QImage drawn(ScrollingImage& picture, QSize size, double end, double shown) {
  QImage image(size, QImage::Format_RGB32);
  image.fill(kBlank);
  QPainter painter(&image);
  picture.paint(painter, image.rect(), end, shown);
  return image;
}

std::uint8_t valueOf(std::int64_t column, int row) {
  return static_cast<std::uint8_t>((column * 7 + row * 31) % 251);
}

void addColumns(ScrollingImage& picture, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) {
    std::vector<std::uint8_t> values;
    for (int r = 0; r < picture.rows(); ++r) values.push_back(valueOf(picture.columns(), r));
    picture.add(values);
  }
}

TEST(ScrollingImage, DrawsTheNewestColumnsOnePixelEachAndLeavesWhatIsNotThere) {
  ScrollingImage picture(3, 16);
  addColumns(picture, 5);
  const QImage image = drawn(picture, {8, 3}, 5.0, 8.0);
  for (int x = 0; x < 8; ++x) {
    for (int y = 0; y < 3; ++y) {
      const int grey = x < 3 ? 0 : valueOf(x - 3, 2 - y);
      EXPECT_EQ(image.pixel(x, y), x < 3 ? kBlank : qRgb(grey, grey, grey)) << x << ' ' << y;
    }
  }
}

TEST(ScrollingImage, DrawnStepByStepEqualsDrawnAtOnce) {
  ScrollingImage steps(5, 64);
  ScrollingImage once(5, 64);
  QImage last;
  for (int k = 0; k < 150; ++k) {
    addColumns(steps, 1);
    last = drawn(steps, {20, 7}, static_cast<double>(steps.columns()), 30.0);
  }
  addColumns(once, 150);
  EXPECT_EQ(last, drawn(once, {20, 7}, 150.0, 30.0));
  EXPECT_EQ(steps.value(149, 3), valueOf(149, 3));
}

TEST(ScrollingImage, AnotherSizeOrColoursDrawsAllAgain) {
  ScrollingImage picture(4, 32);
  addColumns(picture, 32);
  const QImage before = drawn(picture, {32, 4}, 32.0, 32.0);
  drawn(picture, {16, 9}, 32.0, 32.0);
  EXPECT_EQ(before, drawn(picture, {32, 4}, 32.0, 32.0));
  std::array<QRgb, 256> red{};
  for (int i = 0; i < 256; ++i) red[static_cast<std::size_t>(i)] = qRgb(i, 0, 0);
  picture.setColours(red);
  EXPECT_EQ(qBlue(drawn(picture, {32, 4}, 32.0, 32.0).pixel(7, 1)), 0);
}

TEST(ScrollingImage, PoolsWhatSharesAPixel) {
  ScrollingImage greatest(2, 8);
  ScrollingImage farthest(2, 8, ScrollingImage::Pooling::kExtreme);
  for (ScrollingImage* picture : {&greatest, &farthest}) {
    picture->add(std::vector<std::uint8_t>{130, 140});
    picture->add(std::vector<std::uint8_t>{10, 150});
  }
  EXPECT_EQ(qRed(drawn(greatest, {1, 1}, 2.0, 2.0).pixel(0, 0)), 150);
  EXPECT_EQ(qRed(drawn(farthest, {1, 1}, 2.0, 2.0).pixel(0, 0)), 10);
}

TEST(ScrollingImage, ClearingForgetsAll) {
  ScrollingImage picture(2, 8);
  addColumns(picture, 8);
  drawn(picture, {8, 2}, 8.0, 8.0);
  picture.clear();
  EXPECT_EQ(picture.columns(), 0);
  EXPECT_EQ(drawn(picture, {8, 2}, 8.0, 8.0).pixel(4, 1), kBlank);
}

}  // namespace
}  // namespace hiss
