// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace hiss {

// What every picture of a spectrogram chooses alike, whoever paints it: the steps of its axes and
// the levels that its colours stand for. [thread-safe]

// 1, 2 or 5 times a power of ten that makes four to ten steps in `span` > 0.
double decimalStep(double span);

// Times are decimal seconds on an axis up to this length, minutes and hours on a longer one.
inline constexpr double kDecimalSeconds = 100.0;

// Step of a time axis over `seconds` > 0.
double timeStep(double seconds);

// Label of a time on an axis that ends at `whole_seconds`: "2.5", "1:30" or "1:02:00".
std::string timeLabel(double seconds, double whole_seconds);

// `value` with at most six digits and a decimal point, whatever the locale.
std::string numberLabel(double value);

// Colours run over kRangeDb up to top_db, both in dBFS.
struct LevelScale {
  static constexpr float kRangeDb = 80.0F;

  float top_db = 0.0F;

  // 0 ... 1 within the range.
  float position(float db) const noexcept { return 1.0F + (db - top_db) / kRangeDb; }
};

// The scale for pictures whose loudest cell is `loudest_db`: up to the next ten decibels, but never
// below -60 dBFS, so that a silent recording is drawn dark and not amplified.
LevelScale levelScaleFor(float loudest_db);

}  // namespace hiss
