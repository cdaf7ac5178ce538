// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace hiss {

// How a recording stands to the clean reference of what it holds, all channels taken together.
struct SoundComparison {
  double level_db = 0.0;        // RMS in dBFS
  double pause_level_db = 0.0;  // the same where the reference pauses: what is left of the noise
  double si_sdr_db = 0.0;       // scale-invariant signal-to-distortion ratio
};

// Compares `file` with `reference`; both are read in blocks.
//
// A pause is each 20 ms window in which the reference lies 40 dB or more under its loudest one;
// without any, pause_level_db is NaN. SI-SDR is that of Le Roux et al. 2019, eq. 3, no mean
// removed: with s the reference, x the file and a = <x,s>/<s,s>, 10 log10(|a s|^2 / |x - a s|^2);
// it ends at
// +-120 dB. A level ends at -144 dBFS.
//
// Throws Failure(kInput) when a file cannot be read, or when rate, channels or length differ.
// [thread-safe]
SoundComparison compareSounds(const std::filesystem::path& reference,
                              const std::filesystem::path& file);

}  // namespace hiss
