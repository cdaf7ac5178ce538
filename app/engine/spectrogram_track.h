// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "dsp/spectrogram.h"

namespace hiss {

// Spectrogram of a whole recording in fixed memory, whatever its length: of each time and frequency
// the loudest channel, pooled to at most `max_columns` columns. Not thread-safe.
class SpectrogramTrack {
 public:
  static constexpr int kMaxColumns = 2400;

  // Window about 32 ms, at most 2048 samples; a quarter of it as hop. `max_columns`: even.
  SpectrogramTrack(int sample_rate_hz, int channels, int max_columns = kMaxColumns);

  // planar [channels][n]
  void add(const float* const* planar, int n);
  // Completes the last window with zeros. Call once, after the last `add`.
  void finish();

  const SpectrogramPicture& picture() const noexcept { return picture_; }
  int sampleRateHz() const noexcept { return sample_rate_hz_; }
  double seconds() const noexcept { return static_cast<double>(samples_) / sample_rate_hz_; }
  // Time of a cell's left edge and width, so that a sound is drawn where its window has its centre.
  double firstColumnSeconds() const noexcept;
  double cellSeconds() const noexcept;

 private:
  void addChannels(const float* const* planar, int n);

  int sample_rate_hz_;
  int n_fft_;
  int hop_;
  std::int64_t samples_ = 0;
  std::vector<Spectrogram> channels_;
  std::vector<std::vector<float>> pending_;  // [channels][columns of this block, bins]
  SpectrogramPicture picture_;
};

}  // namespace hiss
