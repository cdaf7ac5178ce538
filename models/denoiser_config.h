// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/stft.h"
#include "ssm/block_config.h"
#include "ssm/tensor.h"

namespace hiss {

// Shape of the head that gives gains above the network's band (models/high_band.h); member names
// are the keys of the object `high_band` in `hiss.config`. A band is usedBins() / low_bands bins
// wide: 1 kHz for a network of 8 kHz.
struct HighBandConfig {
  int bands = 16;     // above the network's band
  int low_bands = 8;  // of the same width within it
  int d_model = 32;
  int n_layer = 2;
  int d_state = 16;
  int d_conv = 4;
  int expand = 2;
  int dt_rank = 2;
  float compress = 0.3F;  // exponent of the magnitude in the input features
  float norm_eps = 1e-5F;

  [[nodiscard]] int dInner() const noexcept { return expand * d_model; }
  // Energies of all bands, and the network's gains in the low ones.
  [[nodiscard]] int inputs() const noexcept { return bands + 2 * low_bands; }
};

// Shape of the `subband-mamba` denoiser network; member names are the keys of `hiss.config` in a
// model file. The network itself is stated in models/README.md.
struct DenoiserConfig {
  int sample_rate = 16000;  // of the network, Hz
  int n_fft = 512;          // analysis window, samples
  int hop = 256;
  int synthesis_length = 512;  // = n_fft for a symmetric window pair
  float compress = 0.3F;       // exponent of the magnitude in the input features
  int channels = 48;           // C
  int kernel = 8;              // of the first and of the last convolution, over bins
  int stride = 4;              // of the same
  int n_conv = 2;              // residual convolutions of the encoder, and of the decoder
  int conv_kernel = 3;         // of these
  int n_band = 24;             // sub-bands; the rows of the Mamba blocks
  int d_model = 36;
  int n_layer = 3;
  int d_state = 16;
  int d_conv = 4;
  int expand = 2;
  int dt_rank = 3;
  int band_mult = 2;  // widening of the mixing along the bands
  int chan_mult = 2;  // widening of the mixing along d_model
  float norm_eps = 1e-5F;
  float bn_eps = 1e-5F;
  // These are optional in `hiss.config`; the defaults ask for nothing.
  int features = 2;          // of a bin: real, imaginary and, with 3, magnitude, all compressed
  int band_bias = 0;         // 1: each band has a bias of its own in front of the blocks
  int fullband_d_model = 0;  // width of the Mamba block that sees all bands at once; 0: none
  int fullband_rank = 0;     // channels that each band gives to it and takes from it
  // Kind and own sizes of the blocks where they are not `mamba`; d_state, d_conv, expand and
  // dt_rank above are then not looked at. Its other members are the network's, see bandBlock().
  std::optional<BlockConfig> block;
  int fullband_d_state = 0;  // in place of block->d_state in the block that sees all bands at once
  std::optional<HighBandConfig> high_band;

  // Bins the network sees: all but the one at half the sample rate.
  [[nodiscard]] int usedBins() const noexcept { return n_fft / 2; }
  // Rows F of the convolutional layers.
  [[nodiscard]] int rows() const noexcept { return usedBins() / stride; }
  [[nodiscard]] bool hasFullband() const noexcept { return fullband_d_model > 0; }
  // The blocks that every band goes through, and the one that sees all bands at once.
  [[nodiscard]] BlockConfig bandBlock() const noexcept;
  [[nodiscard]] BlockConfig fullbandBlock() const noexcept;
  // Blocks in front of it; there is one behind it at least.
  [[nodiscard]] int fullbandBefore() const noexcept { return (n_layer + 1) / 2; }
  // None of the optional members asks for anything: what a file of format 1 may hold.
  [[nodiscard]] bool isPlain() const noexcept {
    return features == 2 && band_bias == 0 && !hasFullband() && !block && !high_band;
  }
  // Zero rows on each side of the strided convolutions and of the residual ones.
  [[nodiscard]] int outerPadding() const noexcept { return (kernel - stride) / 2; }
  [[nodiscard]] int innerPadding() const noexcept { return (conv_kernel - 1) / 2; }
  [[nodiscard]] StftConfig stft() const noexcept { return {n_fft, hop, synthesis_length}; }
  // Algorithmic latency at `sample_rate`: waiting for a hop, and the synthesis window's rest.
  [[nodiscard]] int latencySamples() const noexcept { return synthesis_length; }
};

// Reads `hiss.config`. Every key but the optional ones must be there, none may be unknown, and each
// value must lie in the range that the engine supports, so that no config can ask for more than a
// few hundred megabytes. Throws ModelError with `path`. [main-thread]
[[nodiscard]] DenoiserConfig parseDenoiserConfig(std::string_view json, const std::string& path);

// The JSON text that parseDenoiserConfig reads back.
[[nodiscard]] std::string toJson(const DenoiserConfig& config);

// Every tensor of the network, computed from `config`; a model file holds these and no others.
[[nodiscard]] std::vector<TensorSpec> denoiserTensors(const DenoiserConfig& config);

}  // namespace hiss
