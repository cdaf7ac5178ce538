// SPDX-License-Identifier: Apache-2.0
#include "ui/base/plot_colours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

// WCAG 2.1, relative luminance and contrast ratio.
double luminance(const QColor& colour) {
  const auto linear = [](double v) {
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
         0.0722 * linear(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

QPalette paletteOf(QRgb base, QRgb text) {
  QPalette palette;
  palette.setColor(QPalette::Base, QColor(base));
  palette.setColor(QPalette::Text, QColor(text));
  return palette;
}

TEST(PlotColours, CanBeSeenOnLightAndDarkGround) {
  for (const QPalette& palette : {paletteOf(0xffffff, 0x000000), paletteOf(0x232629, 0xfcfcfc)}) {
    const PlotColours colours = plotColours(palette);
    EXPECT_EQ(colours.is_dark, palette.color(QPalette::Base).lightness() < 128);
    for (const QColor& line : colours.lines) EXPECT_GE(contrast(line, colours.background), 3.0);
    EXPECT_GE(contrast(colours.alert, colours.background), 3.0);
    EXPECT_GE(contrast(colours.good, colours.background), 3.0);
    EXPECT_GE(contrast(colours.faint_text, colours.background), 4.5);
    EXPECT_GE(contrast(colours.text, colours.background), 4.5);
  }
}

}  // namespace
}  // namespace hiss
