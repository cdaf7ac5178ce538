// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QSize>

#include "dsp/plot_scale.h"
#include "dsp/spectrogram.h"

namespace hiss {

// Colour of a level: the sequential scale of dsp/colour_map.h over `scale`. [thread-safe]
QRgb levelColour(float db, const LevelScale& scale) noexcept;

// One pixel a cell: time from left to right, low frequencies at the bottom. Bounded by the picture,
// not by the recording. `picture` must have a column. [thread-safe]
QImage renderSpectrogram(const SpectrogramPicture& picture, const LevelScale& scale);

// The colours of a scale from bottom to top. [thread-safe]
QImage renderColourBar(QSize size);

}  // namespace hiss
