// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/engine/byte_file.h"
#include "app/engine/spectrogram_track.h"

namespace hiss {

struct SpectrogramPane {
  std::string title;  // UTF-8; other bytes are drawn as '?'
  const SpectrogramTrack* track = nullptr;
};

struct PlotSize {
  int width_px = 1400;
  int height_px = 900;
};

// Draws the panes one above the other as a PNG picture: one time axis (that of the longest track),
// one colour scale in dBFS with its bar (80 dB below the loudest cell of all panes), frequency axes
// up to the highest half sample rate. Writes to `png`, called `name` in messages. Throws
// Failure(kOutput).
void drawSpectrograms(const std::vector<SpectrogramPane>& panes, const PlotSize& size,
                      ByteFile& png, const std::string& name);

// The same without axes, titles and bar: the panes side by side, on one scale.
void drawThumbnail(const std::vector<SpectrogramPane>& panes, const PlotSize& size, ByteFile& png,
                   const std::string& name);

}  // namespace hiss
