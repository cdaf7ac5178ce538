// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hiss {

// Measures of sound, each for mono samples at `rate` Hz. Levels are in dB of mean power; silence
// reads kSilenceDb. All are pure functions. [thread-safe]
inline constexpr double kSilenceDb = -200.0;

double powerDb(double power);

// Mean power of the samples; 0 for none.
double meanPower(std::span<const float> x);

// Levels of whole frames of `frame` samples, one after the other, in dB.
std::vector<double> frameLevels(std::span<const float> x, std::size_t frame);

// Level of the speech without its pauses, after ITU-T P.56: the mean power of the 10 ms frames that
// lie no more than 15.9 dB under that very level.
double activeLevelDb(std::span<const float> x, int rate);

// For each 10 ms frame whether it is speech in the sense of activeLevelDb.
std::vector<bool> activeFrames(std::span<const float> x, int rate);

// First samples of words: active frames after at least 60 ms of pause, if speech fills at least
// half of the 100 ms that follow (a click is not a word).
std::vector<std::size_t> wordStarts(std::span<const float> x, int rate);

// Scale-invariant signal-to-distortion ratio in dB (Le Roux et al. 2019), lengths alike.
double siSdrDb(std::span<const float> reference, std::span<const float> estimate);

// Power in bands of short-time spectra: [frames][bands]. Frames are `window` samples under a Hann
// window, hop window / 2; band b is the sum of bins from edges_hz[b] up to edges_hz[b + 1].
// Throws std::invalid_argument for a window that RealFft does not take.
std::vector<std::vector<double>> bandPowers(std::span<const float> x, int rate, int window,
                                            const std::vector<double>& edges_hz);

// Power of every bin instead: [frames][window / 2 + 1].
std::vector<std::vector<double>> powerSpectra(std::span<const float> x, int window);

// Edges of the third-octave bands (base ten) whose upper edge lies under `highest_hz`, from the
// band at 63 Hz on.
std::vector<double> thirdOctaveEdges(double highest_hz);

// Mean over active 20 ms frames of the RMS difference of the two log spectra from 100 Hz to the
// top, in dB; a bin more than 50 dB under the loudest of its frame in the reference counts as that.
double logSpectralDistanceDb(std::span<const float> reference, std::span<const float> estimate,
                             int rate);

double mean(std::span<const double> values);
double standardDeviation(std::span<const double> values);

// Fourth central moment over the squared variance: 3 for a normal distribution.
double kurtosis(std::span<const double> values);

}  // namespace hiss
