// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <complex>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/sensors/row_source.h"
#include "app/engine/sound_file_io.h"
#include "dsp/real_fft.h"

namespace hiss {

// The sound of a machine as a sensor stream: sixteen rows a second of the level in sixteen bands of
// frequency. The bands are equally wide in mel between 30 Hz and half the rate (40 to 384 kHz: at
// most 20 kHz). A row is the power in a band of the last 1/8 s (sqrt-Hann window), the mean of all
// channels, in dB relative to full scale and at least -120. Its time is that of the end of its
// window, in seconds; what follows the last whole sixteenth of a second is left out. Not
// thread-safe.
class BandRows final : public RowSource {
 public:
  static constexpr int kBands = 16;
  static constexpr int kRowsPerSecond = 16;
  static constexpr double kSilenceDb = -120.0;

  // A sound file, or standard input ("-"). Throws Failure(kInput).
  BandRows(const std::filesystem::path& path, bool allow_truncated);

  [[nodiscard]] const std::vector<std::string>& channels() const override { return names_; }
  [[nodiscard]] bool hasSeconds() const override { return true; }
  [[nodiscard]] const std::vector<std::string>& columns() const override { return names_; }
  bool next(SensorRow& row) override;
  [[nodiscard]] const SourceEvents& events() const override { return events_; }

  // Samples read so far, and of the whole file; -1: not known.
  [[nodiscard]] std::int64_t samplesRead() const { return reader_.position(); }
  [[nodiscard]] std::int64_t samplesInAll() const { return reader_.spec().samples; }

 private:
  void nameBands();
  bool readSixteenth();
  void analyze(std::vector<double>& levels);

  SoundFileReader reader_;
  std::int64_t rows_ = 0;
  int window_ = 0;  // samples in 1/8 s
  RealFft fft_;
  std::array<int, kBands + 1> edges_ = {};   // first bin of each band, and of the one after
  std::vector<std::vector<float>> history_;  // [channels][window_], the newest samples
  std::vector<std::vector<float>> block_;    // [channels][1/16 s and one]
  std::vector<float> taper_;                 // [window_]
  std::vector<float> input_;                 // [fft]
  std::vector<std::complex<float>> spectrum_;
  std::vector<double> power_;  // [bins]
  double scale_ = 1.0;
  std::vector<std::string> names_;
  SourceEvents events_;
};

}  // namespace hiss
