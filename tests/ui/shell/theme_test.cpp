// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/theme.h"

#include <gtest/gtest.h>

#include "tests/ui/contrast.h"

namespace hiss {
namespace {

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
