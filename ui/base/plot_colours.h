// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <QPalette>
#include <array>

namespace hiss {

// Colours of what is painted by hand, for a light or a dark palette. Lines can be told apart by
// colour-blind eyes and have a contrast of at least 3:1 to the background.
struct PlotColours {
  bool is_dark = false;
  QColor background;
  QColor text;
  QColor faint_text;  // axis labels
  QColor grid;
  QColor band;   // a predicted band, laid under lines
  QColor alert;  // what needs attention
  QColor good;
  QColor accent;                // what is chosen
  std::array<QColor, 6> lines;  // of several curves, in this order
};

// [thread-safe]
PlotColours plotColours(const QPalette& palette);

}  // namespace hiss
