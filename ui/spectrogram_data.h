// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "dsp/spectrogram.h"

namespace hiss {

// A spectrogram with its place in time and frequency. The picture is never written to after it was
// handed over, so copies share it between threads.
struct SpectrogramData {
  std::shared_ptr<const SpectrogramPicture> picture;  // null: nothing to show
  double seconds = 0.0;                               // length of the recording
  double first_column_seconds = 0.0;                  // left edge of column 0; may lie before 0
  double cell_seconds = 0.0;                          // width of a column
  double max_hz = 0.0;                                // of the highest bin

  bool isEmpty() const noexcept {
    return !picture || picture->columns() == 0 || !(seconds > 0.0) || !(cell_seconds > 0.0);
  }
};

}  // namespace hiss
