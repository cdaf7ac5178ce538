// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dsp/realtime.h"
#include "dsp/stft.h"
#include "models/denoiser_config.h"

namespace hiss {

// The transform of a stream at its own rate, made so that its first bins are those that the network
// was trained on: hop, overlap and window last as long as the network's, and bins lie as far apart,
// each as nearly as whole samples and the sizes of RealFft allow. So no rate needs resampling, and
// what a stream holds above the network's band stays in its upper bins.
struct StreamGrid {
  int sample_rate_hz = 0;
  StftConfig stft;
  // Bins that the network sees, all below half its own rate. A slow stream may have fewer: those
  // missing are zero.
  int core_bins = 0;
  // What spectra are multiplied by for the network, so that a sine has there the magnitude that it
  // has at the network's rate.
  float scale = 1.0F;

  [[nodiscard]] int bins() const noexcept HISS_NONBLOCKING { return stft.bins(); }
  // Bins above the network's band. A stream of the network's own width has none: its top bin, at
  // half the rate, was never the network's.
  [[nodiscard]] int highBins() const noexcept HISS_NONBLOCKING {
    return bins() > core_bins + 1 ? bins() - core_bins : 0;
  }
  // Algorithmic latency: a hop to gather, and the overlap.
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING {
    return stft.synthesis_length;
  }
};

// With r = sample_rate_hz / config.sample_rate:
//
//   n_fft   = 2 * (number of the form 2^a 3^b 5^c 7^d nearest to r config.n_fft / 2)
//   hop     = round(r config.hop)
//   overlap = round(r (config.synthesis_length - config.hop)), at most n_fft - hop
//
// and synthesis_length = hop + overlap; exactly the config's own numbers for r = 1. (Where three
// hops or more overlap, synthesis_length stays as many hops, which may then be a little shorter.)
// sample_rate_hz is positive. [main-thread]
[[nodiscard]] StreamGrid streamGrid(const DenoiserConfig& config, int sample_rate_hz);

}  // namespace hiss
