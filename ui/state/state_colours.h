// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRgb>
#include <array>

namespace hiss {

// The scales of dsp/colour_map.h for values kept as bytes. [thread-safe]

// 0 ... 255 from low to high.
const std::array<QRgb, 256>& sequentialColours();
// 128 is the middle, 1 and 255 are the ends; 0 is as 1.
const std::array<QRgb, 256>& divergingColours();

}  // namespace hiss
