// SPDX-License-Identifier: Apache-2.0
#include "ui/shell/theme.h"

namespace hiss {
namespace {

struct Colours {
  QColor window, text, base, alternate, button, tip, faint, highlight, on_highlight, link;
};

const Colours kLightColours = {QColor(0xf3, 0xf4, 0xf6), QColor(0x1b, 0x1e, 0x22),
                               QColor(0xff, 0xff, 0xff), QColor(0xf0, 0xf2, 0xf5),
                               QColor(0xe9, 0xeb, 0xee), QColor(0xff, 0xff, 0xee),
                               QColor(0x8c, 0x90, 0x96), QColor(0x1f, 0x66, 0xb0),
                               QColor(0xff, 0xff, 0xff), QColor(0x1f, 0x66, 0xb0)};
const Colours kDarkColours = {QColor(0x24, 0x27, 0x2b), QColor(0xe8, 0xea, 0xed),
                              QColor(0x18, 0x1a, 0x1d), QColor(0x20, 0x23, 0x26),
                              QColor(0x33, 0x37, 0x3c), QColor(0x3a, 0x3e, 0x44),
                              QColor(0x80, 0x85, 0x8b), QColor(0x2f, 0x7c, 0xcf),
                              QColor(0xff, 0xff, 0xff), QColor(0x7a, 0xb8, 0xf5)};

}  // namespace

QString themeName(Theme theme) {
  if (theme == Theme::kLight) return QStringLiteral("light");
  return theme == Theme::kDark ? QStringLiteral("dark") : QStringLiteral("system");
}

std::optional<Theme> themeOf(const QString& name) {
  for (const Theme theme : {Theme::kSystem, Theme::kLight, Theme::kDark}) {
    if (name == themeName(theme)) return theme;
  }
  return std::nullopt;
}

QPalette themePalette(bool is_dark) {
  const Colours& colours = is_dark ? kDarkColours : kLightColours;
  QPalette palette(colours.button, colours.window);  // the style's shades of edges
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText,
                          QPalette::ToolTipText, QPalette::BrightText}) {
    palette.setColor(role, colours.text);
    palette.setColor(QPalette::Disabled, role, colours.faint);
  }
  palette.setColor(QPalette::Window, colours.window);
  palette.setColor(QPalette::Base, colours.base);
  palette.setColor(QPalette::AlternateBase, colours.alternate);
  palette.setColor(QPalette::Button, colours.button);
  palette.setColor(QPalette::ToolTipBase, colours.tip);
  palette.setColor(QPalette::PlaceholderText, colours.faint);
  palette.setColor(QPalette::Highlight, colours.highlight);
  palette.setColor(QPalette::HighlightedText, colours.on_highlight);
  palette.setColor(QPalette::Disabled, QPalette::Highlight, colours.faint);
  palette.setColor(QPalette::Disabled, QPalette::Base, colours.window);
  palette.setColor(QPalette::Link, colours.link);
  palette.setColor(QPalette::LinkVisited, colours.link);
  return palette;
}

}  // namespace hiss
