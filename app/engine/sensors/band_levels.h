// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dsp/real_fft.h"

namespace hiss {

// Sound, as it comes, as sixteen rows a second of the level in sixteen bands of frequency. The
// bands are equally wide in mel between 30 Hz and half the rate (40 to 384 kHz: at most 20 kHz). A
// row is the power in a band of the last 1/8 s (sqrt-Hann window), the mean of all channels, in dB
// relative to full scale and at least -120. Before the first sample there was silence. Not
// thread-safe.
class BandLevels {
 public:
  static constexpr int kBands = 16;
  static constexpr int kRowsPerSecond = 16;
  static constexpr double kSilenceDb = -120.0;

  // sample_rate_hz >= 1000, channels >= 1.
  BandLevels(int sample_rate_hz, int channels);

  // "30-94 Hz", [kBands]
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // How many samples of each channel the next row takes. Ends of rows are rounded down to samples,
  // so that they stay in time at every rate.
  [[nodiscard]] int samplesOfNextRow() const;
  [[nodiscard]] int mostSamplesOfARow() const { return window_ / 2 + 1; }
  // Of the rows so far.
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  // Takes samplesOfNextRow() samples of each channel, block [channels][...], and gives the row,
  // levels [kBands].
  void next(std::span<const std::vector<float>> block, std::span<double> levels);

 private:
  void nameBands();
  void analyze(std::span<double> levels);

  std::int64_t rate_;
  std::int64_t rows_ = 0;
  int window_;  // samples in 1/8 s
  RealFft fft_;
  std::array<int, kBands + 1> edges_ = {};   // first bin of each band, and of the one after
  std::vector<std::vector<float>> history_;  // [channels][window_], the newest samples
  std::vector<float> taper_;                 // [window_]
  std::vector<float> input_;                 // [fft]
  std::vector<std::complex<float>> spectrum_;
  std::vector<double> power_;  // [bins]
  double scale_ = 1.0;
  std::vector<std::string> names_;
};

}  // namespace hiss
