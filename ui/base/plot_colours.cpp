// SPDX-License-Identifier: Apache-2.0
#include "ui/base/plot_colours.h"

namespace hiss {

PlotColours plotColours(const QPalette& palette) {
  constexpr int kMiddle = 128;
  PlotColours colours;
  colours.background = palette.color(QPalette::Base);
  colours.text = palette.color(QPalette::Text);
  colours.is_dark = colours.background.lightness() < kMiddle;
  colours.accent = palette.color(QPalette::Highlight);
  if (colours.is_dark) {
    colours.faint_text = QColor(0xa8, 0xac, 0xb2);
    colours.grid = QColor(0x3c, 0x40, 0x46);
    colours.band = QColor(0x56, 0xb4, 0xe9, 0x48);
    colours.alert = QColor(0xff, 0x6e, 0x54);
    colours.good = QColor(0x3f, 0xc0, 0x8f);
    colours.lines = {QColor(0x56, 0xb4, 0xe9), QColor(0xe6, 0x9f, 0x00), QColor(0x3f, 0xc0, 0x8f),
                     QColor(0xf0, 0xe4, 0x42), QColor(0xe0, 0x94, 0xc0), QColor(0xff, 0x8a, 0x4c)};
  } else {
    colours.faint_text = QColor(0x5a, 0x5e, 0x64);
    colours.grid = QColor(0xdc, 0xde, 0xe2);
    colours.band = QColor(0x00, 0x72, 0xb2, 0x38);
    colours.alert = QColor(0xc0, 0x2a, 0x12);
    colours.good = QColor(0x00, 0x7a, 0x58);
    colours.lines = {QColor(0x00, 0x72, 0xb2), QColor(0xb0, 0x60, 0x00), QColor(0x00, 0x7a, 0x58),
                     QColor(0x7a, 0x6c, 0x00), QColor(0xa8, 0x50, 0x88), QColor(0xc0, 0x4a, 0x00)};
  }
  return colours;
}

}  // namespace hiss
