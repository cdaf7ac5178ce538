// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <optional>

#include "dsp/aligned_buffer.h"
#include "dsp/real_fft.h"
#include "dsp/realtime.h"

namespace hiss {

// Window, hop and output span of a short-time Fourier transform, in samples; the limits are those
// of makeWindowPair and RealFft.
struct StftConfig {
  int n_fft = 512;
  int hop = 256;
  int synthesis_length = 512;
  int bins() const noexcept HISS_NONBLOCKING { return n_fft / 2 + 1; }
};

// Turns a stream, given hop by hop, into spectra. Spectrum t is the transform of the last n_fft
// samples ending with hop t, times the analysis window; before the stream there is silence.
// Not thread-safe: one instance per stream.
class StftAnalyzer {
 public:
  // Spectra come out times `scale`. Throws std::invalid_argument for an impossible config.
  // [main-thread]
  void prepare(const StftConfig& config, float scale = 1.0F);

  // hop_in [hop], spectrum [bins]. [audio-thread]
  void analyze(const float* hop_in, std::complex<float>* spectrum) noexcept HISS_NONBLOCKING;

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING { history_.fill(0.0F); }

  const StftConfig& config() const noexcept HISS_NONBLOCKING { return config_; }

  // The past as plain floats: n_fft - hop values. `loadState` continues bit for bit.
  // [audio-thread]
  std::size_t stateFloats() const noexcept HISS_NONBLOCKING;
  void saveState(float* out) const noexcept HISS_NONBLOCKING;
  void loadState(const float* in) noexcept HISS_NONBLOCKING;

 private:
  StftConfig config_;
  std::optional<RealFft> fft_;
  AlignedBuffer<float> window_;    // [n_fft], times the scale
  AlignedBuffer<float> history_;   // [n_fft], the newest hop is written at its end
  AlignedBuffer<float> windowed_;  // [n_fft]
};

// Turns spectra back into a stream, hop by hop: inverse transform, synthesis window, overlap-add.
// Fed with the spectra of StftAnalyzer it gives that stream back, later by latencySamples().
// Not thread-safe: one instance per stream.
class OverlapAdd {
 public:
  // Takes spectra that came out times `scale`. Throws std::invalid_argument for an impossible
  // config. [main-thread]
  void prepare(const StftConfig& config, float scale = 1.0F);

  // spectrum [bins], hop_out [hop]. [audio-thread]
  void synthesize(const std::complex<float>* spectrum, float* hop_out) noexcept HISS_NONBLOCKING;

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING { pending_.fill(0.0F); }

  // synthesis_length - hop: how far hop_out lies behind the hop_in of the same index. A stream cut
  // into hops by HopAdapter waits for one hop more, synthesis_length in all. [thread-safe]
  int latencySamples() const noexcept HISS_NONBLOCKING {
    return config_.synthesis_length - config_.hop;
  }

  const StftConfig& config() const noexcept HISS_NONBLOCKING { return config_; }

  // The sums not yet complete: synthesis_length - hop values.
  // [audio-thread]
  std::size_t stateFloats() const noexcept HISS_NONBLOCKING;
  void saveState(float* out) const noexcept HISS_NONBLOCKING;
  void loadState(const float* in) noexcept HISS_NONBLOCKING;

 private:
  StftConfig config_;
  std::optional<RealFft> fft_;
  AlignedBuffer<float> window_;   // [synthesis_length], the window's end, divided by the scale
  AlignedBuffer<float> segment_;  // [n_fft]
  AlignedBuffer<float> pending_;  // [synthesis_length], running sums
};

}  // namespace hiss
