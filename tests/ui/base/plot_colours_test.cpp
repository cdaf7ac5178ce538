// SPDX-License-Identifier: Apache-2.0
#include "ui/base/plot_colours.h"

#include <gtest/gtest.h>

#include "tests/ui/contrast.h"

namespace hiss {
namespace {

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
