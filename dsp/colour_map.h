// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hiss {

// A colour in 8-bit sRGB.
struct Rgb {
  std::uint8_t r = 0;
  std::uint8_t g = 0;
  std::uint8_t b = 0;
  bool operator==(const Rgb&) const = default;
};

// Two colour scales whose CIELAB lightness is linear in the value, so that equal steps of the data
// look equally large, in colour, in grey print and to colour-blind eyes. Values outside the range
// are clamped, NaN takes the lowest value of `sequential` and the middle of `diverging`.

// Black over violet, red and orange to pale yellow for 0 ... 1. [thread-safe]
Rgb sequential(float value) noexcept;

// Blue over light grey to red for -1 ... 1; both ends are equally dark. [thread-safe]
Rgb diverging(float value) noexcept;

// CIE 1976 lightness L* of a colour, 0 ... 100 (D65 white). [thread-safe]
double lightness(Rgb colour) noexcept;

}  // namespace hiss
