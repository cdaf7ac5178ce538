// SPDX-License-Identifier: Apache-2.0
#include "dsp/colour_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace hiss {
namespace {

constexpr int kSteps = 512;
using Table = std::array<Rgb, kSteps + 1>;

// White point D65 and the matrices of IEC 61966-2-1 (sRGB); CIELAB as in CIE 15.
constexpr double kWhiteX = 0.95047;
constexpr double kWhiteZ = 1.08883;
constexpr double kLabDelta = 6.0 / 29.0;

struct LinearRgb {
  double r, g, b;
};

double labInverse(double t) {
  return t > kLabDelta ? t * t * t : 3.0 * kLabDelta * kLabDelta * (t - 4.0 / 29.0);
}

LinearRgb fromLch(double L, double chroma, double hue_degrees) {
  const double hue = hue_degrees * std::numbers::pi / 180.0;
  const double fy = (L + 16.0) / 116.0;
  const double x = kWhiteX * labInverse(fy + chroma * std::cos(hue) / 500.0);
  const double y = labInverse(fy);
  const double z = kWhiteZ * labInverse(fy - chroma * std::sin(hue) / 200.0);
  return {3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
          -0.9692660 * x + 1.8760108 * y + 0.0415560 * z,
          0.0556434 * x - 0.2040259 * y + 1.0572252 * z};
}

bool inGamut(const LinearRgb& c) {
  const auto [low, high] = std::minmax({c.r, c.g, c.b});
  return low >= 0.0 && high <= 1.0;
}

std::uint8_t encode(double linear) {
  const double c = std::clamp(linear, 0.0, 1.0);
  const double srgb = c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1.0 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(255.0 * srgb));
}

double decode(std::uint8_t value) {
  const double srgb = value / 255.0;
  return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4);
}

// The wanted lightness and hue, with as much of the wanted chroma as sRGB can show.
Rgb colourOf(double L, double wanted_chroma, double hue_degrees) {
  double chroma = wanted_chroma;
  if (!inGamut(fromLch(L, chroma, hue_degrees))) {
    double shown = 0.0;
    for (int i = 0; i < 24; ++i) {
      const double middle = 0.5 * (shown + chroma);
      (inGamut(fromLch(L, middle, hue_degrees)) ? shown : chroma) = middle;
    }
    chroma = shown;
  }
  const LinearRgb c = fromLch(L, chroma, hue_degrees);
  return {encode(c.r), encode(c.g), encode(c.b)};
}

// Linear interpolation of values at equal distances over 0 ... 1.
template <std::size_t N>
double interpolate(const std::array<double, N>& values, double t) {
  const double position = t * static_cast<double>(N - 1);
  const auto i = std::min(static_cast<std::size_t>(position), N - 2);
  const double weight = position - static_cast<double>(i);
  return (1.0 - weight) * values[i] + weight * values[i + 1];
}

Table makeSequential() {
  // Hues go one way round from blue-violet over magenta, red and orange to yellow.
  constexpr std::array<double, 6> kHues{290.0, 318.0, 362.0, 402.0, 430.0, 460.0};
  constexpr std::array<double, 6> kChromas{4.0, 46.0, 62.0, 72.0, 70.0, 40.0};
  Table table{};
  for (int i = 0; i <= kSteps; ++i) {
    const double t = static_cast<double>(i) / kSteps;
    table[i] = colourOf(1.0 + 96.0 * t, interpolate(kChromas, t), interpolate(kHues, t));
  }
  return table;
}

Table makeDiverging() {
  constexpr double kBlue = 285.0;
  constexpr double kRed = 35.0;
  Table table{};
  for (int i = 0; i <= kSteps; ++i) {
    const double v = 2.0 * i / kSteps - 1.0;
    table[i] = colourOf(93.0 - 55.0 * std::abs(v), 58.0 * std::abs(v), v < 0.0 ? kBlue : kRed);
  }
  return table;
}

Rgb lookUp(const Table& table, float position) {
  const float clamped = std::clamp(position, 0.0F, 1.0F);
  return table[static_cast<std::size_t>(std::lround(clamped * kSteps))];
}

}  // namespace

Rgb sequential(float value) noexcept {
  static const Table kTable = makeSequential();
  return lookUp(kTable, std::isnan(value) ? 0.0F : value);
}

Rgb diverging(float value) noexcept {
  static const Table kTable = makeDiverging();
  return lookUp(kTable, std::isnan(value) ? 0.5F : 0.5F * (value + 1.0F));
}

double lightness(Rgb colour) noexcept {
  const double y =
      0.2126729 * decode(colour.r) + 0.7151522 * decode(colour.g) + 0.0721750 * decode(colour.b);
  const double f = y > kLabDelta * kLabDelta * kLabDelta
                       ? std::cbrt(y)
                       : y / (3.0 * kLabDelta * kLabDelta) + 4.0 / 29.0;
  return 116.0 * f - 16.0;
}

}  // namespace hiss
