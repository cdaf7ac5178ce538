// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>

#include "dsp/realtime.h"

namespace hiss {

// Whether the channels of a stream are denoised as one sound or each as its own. Linked channels
// get one and the same mask, so that levels and phases between them, and with these the places of
// what is heard, stay as they are.
enum class ChannelLink {
  kAuto,         // two channels are linked; one, or more than two, are not
  kLinked,       // all channels are
  kIndependent,  // none are
};

// What a mask is replaced by where channels are linked: its mean over the channels, weighted with
// their power in each bin,
//
//   values[c][k] = sum_c |spectra[c][k]|^2 values[c][k] / sum_c |spectra[c][k]|^2,
//
// the plain mean where all are silent. Equal values stay what they are to the bit.
// spectra[channel] [bins], values[channel] [bins]; Value is float or std::complex<float>; no
// overlap. [audio-thread]
template <class Value>
void linkByPower(const std::complex<float>* const* spectra, Value* const* values, int channels,
                 int bins) noexcept HISS_NONBLOCKING;

}  // namespace hiss
