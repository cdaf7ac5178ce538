// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "ui/spectrogram_data.h"

namespace hiss {

inline constexpr double kPictureSeconds = 10.0;
inline constexpr double kPictureHz = 8000.0;

// A spectrogram of 10 s up to 8 kHz whose cells hold level(column, bin) in dBFS.
inline SpectrogramData makePicture(int columns, int bins,
                                   const std::function<float(int, int)>& level) {
  auto picture = std::make_shared<SpectrogramPicture>();
  picture->prepare(bins, columns + columns % 2, SpectrogramPicture::Pooling::kMax);
  std::vector<float> column(static_cast<std::size_t>(bins));
  for (int i = 0; i < columns; ++i) {
    for (int bin = 0; bin < bins; ++bin) column[static_cast<std::size_t>(bin)] = level(i, bin);
    picture->addColumn(column.data());
  }
  return {picture, kPictureSeconds, 0.0, kPictureSeconds / columns, kPictureHz};
}

}  // namespace hiss
