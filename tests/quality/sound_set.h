// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hiss {

using Samples = std::vector<float>;

// Mono sounds at 16 kHz for the tests of behaviour.
struct NamedSound {
  std::string name;
  Samples samples;
};

// The recordings of tests/data/audio: real voices, and the real noises of its noisy recordings.
class SoundSet {
 public:
  static constexpr int kRateHz = 16000;

  // Throws Failure for a recording that cannot be read or has another rate. [main-thread]
  SoundSet();

  // Clean speech of nine talkers, 6 to 8 s each.
  [[nodiscard]] const std::vector<NamedSound>& voices() const { return voices_; }
  // Café, rain and wind, recorded; 7 to 8 s each.
  [[nodiscard]] const std::vector<NamedSound>& noises() const { return noises_; }
  // The recordings as they are shipped: a voice in each of the noises.
  [[nodiscard]] const std::vector<NamedSound>& noisy() const { return noisy_; }

 private:
  std::vector<NamedSound> voices_;
  std::vector<NamedSound> noises_;
  std::vector<NamedSound> noisy_;
};

// `voice` with `noise` (repeated if it is shorter) so that the voice's active level (activeLevelDb)
// lies `snr_db` over the noise's level.
Samples mixedAt(double snr_db, std::span<const float> voice, std::span<const float> noise);

// Generated noise of `seconds` at -30 dBFS: white at any rate, or pink (falling by 3 dB an octave)
// at 16 kHz.
Samples whiteNoise(double seconds, int rate = SoundSet::kRateHz);
Samples pinkNoise(double seconds);

// 9.6 s of generated music at -20 dBFS: a sung line (a buzz with vibrato of half a semitone
// through the resonances of vowels) over chords of plucked strings and brushed cymbals, then each
// alone. It stands in for recordings, of which none with a fitting licence is at hand.
Samples sungAndPlucked(int rate);

// `x` times a factor so that its largest sample reads `peak_dbfs`.
Samples atPeak(double peak_dbfs, std::span<const float> x);

}  // namespace hiss
