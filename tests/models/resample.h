// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <vector>

#include "dsp/real_fft.h"

namespace hiss {

// x as if it repeated for ever, at `to` samples where there were x.size(), by its spectrum: exact
// for what both can hold, without what only one can. Both sizes fit RealFft.
inline std::vector<float> resampled(const std::vector<float>& x, std::size_t to) {
  RealFft forward(static_cast<int>(x.size()));
  RealFft inverse(static_cast<int>(to));
  std::vector<std::complex<float>> spectrum(
      static_cast<std::size_t>(std::max(forward.bins(), inverse.bins())));
  forward.forward(x.data(), spectrum.data());
  // The bin at half the lower rate has no phase to keep.
  const auto top = static_cast<std::size_t>(std::min(forward.bins(), inverse.bins())) - 1;
  std::fill(spectrum.begin() + static_cast<std::ptrdiff_t>(top), spectrum.end(),
            std::complex<float>());
  const float scale = static_cast<float>(to) / static_cast<float>(x.size());
  for (std::complex<float>& bin : spectrum) bin *= scale;
  std::vector<float> y(to);
  inverse.inverse(spectrum.data(), y.data());
  return y;
}

}  // namespace hiss
