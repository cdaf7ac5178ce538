// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/theme.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

// Contrast as the guidelines for web content (WCAG 2) define it.
double luminance(const QColor& colour) {
  const auto linear = [](double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
         0.0722 * linear(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double x = luminance(a) + 0.05;
  const double y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

TEST(Theme, NamesGoThereAndBack) {
  for (const Theme theme : {Theme::kSystem, Theme::kLight, Theme::kDark}) {
    EXPECT_EQ(themeOf(themeName(theme)), theme);
  }
  EXPECT_FALSE(themeOf("blue").has_value());
  EXPECT_FALSE(themeOf("").has_value());
}

TEST(Theme, TextCanBeRead) {
  constexpr double kReadable = 4.5;
  constexpr std::pair<QPalette::ColorRole, QPalette::ColorRole> kPairs[] = {
      {QPalette::WindowText, QPalette::Window},
      {QPalette::Text, QPalette::Base},
      {QPalette::Text, QPalette::AlternateBase},
      {QPalette::ButtonText, QPalette::Button},
      {QPalette::ToolTipText, QPalette::ToolTipBase},
      {QPalette::Link, QPalette::Window},
      {QPalette::Link, QPalette::Base}};
  for (const bool is_dark : {false, true}) {
    const QPalette palette = themePalette(is_dark);
    for (const auto& [text, ground] : kPairs) {
      EXPECT_GE(contrast(palette.color(text), palette.color(ground)), kReadable)
          << is_dark << ' ' << text << " on " << ground;
    }
    EXPECT_GE(
        contrast(palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight)),
        is_dark ? 4.0 : kReadable);
    EXPECT_EQ(palette.color(QPalette::Window).lightness() < 128, is_dark);
  }
}

}  // namespace
}  // namespace hiss
