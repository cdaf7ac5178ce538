// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "app/engine/sound_file_io.h"

namespace hiss {

// How a recording stands to the clean reference of what it holds, all channels taken together.
struct SoundComparison {
  double level_db = 0.0;        // RMS in dBFS
  double pause_level_db = 0.0;  // the same where the reference pauses: what is left of the noise
  double si_sdr_db = 0.0;       // scale-invariant signal-to-distortion ratio
};

// Takes a recording and its reference in blocks of any size. A pause is each 20 ms window in which
// the reference lies 40 dB or more under its loudest one; without any, pause_level_db is NaN.
// SI-SDR is that of Le Roux et al. 2019, eq. 3, no mean removed: with s the reference, x the file
// and a = <x,s>/<s,s>, 10 log10(|a s|^2 / |x - a s|^2); it ends at +-120 dB. A level ends at -144
// dBFS. Not thread-safe.
class ReferenceMeter {
 public:
  ReferenceMeter(int sample_rate_hz, int channels);

  // planar [channels][n]
  void add(const float* const* reference, const float* const* file, int n);

  [[nodiscard]] SoundComparison result() const;

 private:
  struct Window {
    double reference = 0.0;  // sums of squares
    double file = 0.0;
    int samples = 0;
  };

  int channels_;
  int window_;  // samples
  double xs_ = 0.0;
  Window open_;
  std::vector<Window> windows_;
};

// Throws Failure(kInput) where rate or channels of `file` are not those of `reference`.
void requireSameShape(const SoundFileReader& reference, const SoundFileReader& file);

// Compares `file` with `reference` by ReferenceMeter; both are read in blocks. Throws
// Failure(kInput) when a file cannot be read, or when rate, channels or length differ.
// [thread-safe]
SoundComparison compareSounds(const std::filesystem::path& reference,
                              const std::filesystem::path& file);

}  // namespace hiss
