// SPDX-License-Identifier: Apache-2.0
#include "models/channel_link.h"

namespace hiss {

template <class Value>
void linkByPower(const std::complex<float>* const* spectra, Value* const* values, int channels,
                 int bins) noexcept HISS_NONBLOCKING {
  constexpr float kSilence = 1e-30F;
  for (int k = 0; k < bins; ++k) {
    float power = 0.0F;
    for (int c = 0; c < channels; ++c) power += std::norm(spectra[c][k]);
    const bool silent = !(power > kSilence);
    const float share = silent ? 1.0F / static_cast<float>(channels) : 1.0F / power;
    // As distances from the first, which are exactly zero between equal values.
    const Value first = values[0][k];
    Value mean = first;
    for (int c = 1; c < channels; ++c) {
      mean += (silent ? share : share * std::norm(spectra[c][k])) * (values[c][k] - first);
    }
    for (int c = 0; c < channels; ++c) values[c][k] = mean;
  }
}

template void linkByPower(const std::complex<float>* const*, float* const*, int,
                          int) noexcept HISS_NONBLOCKING;
template void linkByPower(const std::complex<float>* const*, std::complex<float>* const*, int,
                          int) noexcept HISS_NONBLOCKING;

}  // namespace hiss
