// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRgb>
#include <array>

namespace hiss {

// Colours of values kept as bytes. [thread-safe]

// `sequential` of dsp/colour_map.h, 0 ... 255 from low to high.
const std::array<QRgb, 256>& sequentialColours();
// Blue to red: 128 is the middle, 1 and 255 are the ends; 0 is as 1. On a light ground `diverging`
// of dsp/colour_map.h, on a dark one with a dark middle, so that what holds nothing does not shine.
const std::array<QRgb, 256>& divergingColours(bool is_dark);

}  // namespace hiss
