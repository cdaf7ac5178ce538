// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_colours.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

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

Rgb divergingOnDark(float value) {
  constexpr Rgb kMiddle{0x2b, 0x2f, 0x34};
  constexpr Rgb kBelow{0x6f, 0xb7, 0xff};
  constexpr Rgb kAbove{0xff, 0x82, 0x6b};
  const Rgb end = value < 0.0F ? kBelow : kAbove;
  const float share = std::min(std::abs(value), 1.0F);
  const auto mix = [share](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(
        static_cast<float>(from) + share * (static_cast<float>(to) - static_cast<float>(from))));
  };
  return {mix(kMiddle.r, end.r), mix(kMiddle.g, end.g), mix(kMiddle.b, end.b)};
}

}  // namespace

const std::array<QRgb, 256>& sequentialColours() {
  static const std::array<QRgb, 256> kColours = table(sequential, 0.0F, 1.0F / 255.0F);
  return kColours;
}

const std::array<QRgb, 256>& divergingColours(bool is_dark) {
  constexpr float kStep = 1.0F / 127.0F;
  static const std::array<QRgb, 256> kOnLight = table(diverging, -128.0F * kStep, kStep);
  static const std::array<QRgb, 256> kOnDark = table(divergingOnDark, -128.0F * kStep, kStep);
  return is_dark ? kOnDark : kOnLight;
}

}  // namespace hiss
