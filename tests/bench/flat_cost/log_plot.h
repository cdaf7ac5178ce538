// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dsp/colour_map.h"

namespace hiss {

// A line through measured points (x, y), both above 0, in the order of x.
struct LogCurve {
  std::string label;
  Rgb colour;
  bool dashed = false;
  std::vector<std::pair<double, double>> points;
};

// Two logarithmic axes with ticks at powers of ten; `*_tick` names the power 10^exponent.
struct LogPanel {
  std::string title;
  std::string x_title;
  std::function<std::string(int exponent)> x_tick;
  std::function<std::string(int exponent)> y_tick;
  std::vector<LogCurve> curves;
  std::string note;  // small, below the axis
};

// Draws the panels side by side and writes a PNG. Throws std::runtime_error if it cannot.
void drawLogPanels(const std::vector<LogPanel>& panels, int width_px, int height_px,
                   const std::filesystem::path& png);

}  // namespace hiss
