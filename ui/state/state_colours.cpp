// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_colours.h"

#include "dsp/colour_map.h"

namespace hiss {
namespace {

template <typename Colour>
std::array<QRgb, 256> table(Colour colour, float begin, float step) {
  std::array<QRgb, 256> colours{};
  for (int i = 0; i < 256; ++i) {
    const Rgb rgb = colour(begin + step * static_cast<float>(i));
    colours[static_cast<std::size_t>(i)] = qRgb(rgb.r, rgb.g, rgb.b);
  }
  return colours;
}

}  // namespace

const std::array<QRgb, 256>& sequentialColours() {
  static const std::array<QRgb, 256> kColours = table(sequential, 0.0F, 1.0F / 255.0F);
  return kColours;
}

const std::array<QRgb, 256>& divergingColours() {
  static const std::array<QRgb, 256> kColours = table(diverging, -128.0F / 127.0F, 1.0F / 127.0F);
  return kColours;
}

}  // namespace hiss
