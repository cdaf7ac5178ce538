// SPDX-License-Identifier: Apache-2.0
#include "dsp/plot_scale.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace hiss {
namespace {

constexpr float kLowestTopDb = -60.0F;

// ":07"
void appendTwoDigits(std::string& text, long value) {
  text += ':';
  text += static_cast<char>('0' + value / 10);
  text += static_cast<char>('0' + value % 10);
}

}  // namespace

double decimalStep(double span) {
  const double decade = std::pow(10.0, std::floor(std::log10(span)));
  for (const double factor : {1.0, 0.5, 0.2}) {
    if (span / (decade * factor) >= 4.0) return decade * factor;
  }
  return decade * 0.1;
}

double timeStep(double seconds) {
  constexpr std::array kSteps = {15.0,   30.0,   60.0,   120.0,  300.0,   600.0,
                                 1200.0, 1800.0, 3600.0, 7200.0, 14400.0, 36000.0};
  if (seconds <= kDecimalSeconds) return decimalStep(seconds);
  for (const double step : kSteps) {
    if (seconds / step <= 10.0) return step;
  }
  return decimalStep(seconds / 3600.0) * 3600.0;
}

std::string timeLabel(double seconds, double whole_seconds) {
  if (whole_seconds <= kDecimalSeconds) return numberLabel(seconds);
  const long total = std::lround(seconds);
  std::string text = std::to_string(whole_seconds < 3600.0 ? total / 60 : total / 3600);
  if (whole_seconds >= 3600.0) appendTwoDigits(text, total / 60 % 60);
  appendTwoDigits(text, total % 60);
  return text;
}

std::string numberLabel(double value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6);
  return {text.data(), end.ptr};
}

LevelScale levelScaleFor(float loudest_db) {
  // + 0 turns a negative zero into the zero that is wanted on an axis.
  return {std::max(kLowestTopDb, 10.0F * std::ceil(loudest_db / 10.0F)) + 0.0F};
}

}  // namespace hiss
