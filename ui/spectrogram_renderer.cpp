// SPDX-License-Identifier: Apache-2.0
#include "ui/spectrogram_renderer.h"

#include <algorithm>
#include <vector>

#include "dsp/colour_map.h"

namespace hiss {
namespace {

QRgb toQRgb(Rgb colour) { return qRgb(colour.r, colour.g, colour.b); }

}  // namespace

QRgb levelColour(float db, const LevelScale& scale) noexcept {
  return toQRgb(sequential(scale.position(db)));
}

QImage renderSpectrogram(const SpectrogramPicture& picture, const LevelScale& scale) {
  const int bins = picture.bins();
  QImage image(picture.columns(), bins, QImage::Format_RGB32);
  std::vector<float> column(static_cast<std::size_t>(bins));
  auto* const pixels = reinterpret_cast<QRgb*>(image.bits());
  const qsizetype stride = image.bytesPerLine() / static_cast<qsizetype>(sizeof(QRgb));
  for (int i = 0; i < picture.columns(); ++i) {
    picture.column(i, column);
    for (int bin = 0; bin < bins; ++bin) {
      pixels[stride * (bins - 1 - bin) + i] = levelColour(column[bin], scale);
    }
  }
  return image;
}

QImage renderColourBar(QSize size) {
  QImage image(size, QImage::Format_RGB32);
  for (int row = 0; row < size.height(); ++row) {
    const float up = 1.0F - (static_cast<float>(row) + 0.5F) / static_cast<float>(size.height());
    auto* const line = reinterpret_cast<QRgb*>(image.scanLine(row));
    std::fill_n(line, size.width(), toQRgb(sequential(up)));
  }
  return image;
}

}  // namespace hiss
