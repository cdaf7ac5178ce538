// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/denoiser_config.h"
#include "ssm/linear.h"
#include "ssm/mamba_block.h"
#include "ssm/norm.h"
#include "ssm/state.h"
#include "ssm/tensor.h"

namespace hiss {

// Gains above the band that the network sees (8 kHz), one for each band of 1 kHz, from a small
// recurrent head: see models/README.md, "The high band". It knows what the network makes of the
// bands below, but nothing of its insides. Holds the packed weights and no state of a stream, so
// one object serves any number of them. [thread-safe]
class HighBand {
 public:
  // What one channel of a stream remembers: reset(), savedBytes(), save() and load().
  using State = MambaState;

  // Intermediate results of one hop; one a thread is enough. Not thread-safe.
  struct Scratch {
    Scratch() = default;
    explicit Scratch(const HighBand& head);  // [main-thread]

    AlignedBuffer<float> energies;  // [bands + low_bands, 2], complex with no imaginary part
    AlignedBuffer<float> features;  // [inputs()]
    AlignedBuffer<float> z;         // [d_model]
    AlignedBuffer<float> gains;     // [bands]
    MambaScratch mamba;
  };

  // Fetches the tensors `high_band.*` of denoiserTensors(); `core_bins` is the network's
  // usedBins(), a multiple of config.low_bands. Throws what `lookup` throws. `kernels` must outlive
  // this. [main-thread]
  HighBand(const HighBandConfig& config, int core_bins, const TensorLookup& lookup,
           const Kernels& kernels);

  [[nodiscard]] const HighBandConfig& config() const noexcept { return config_; }
  // First bin that a gain is given for.
  [[nodiscard]] int coreBins() const noexcept HISS_NONBLOCKING { return core_bins_; }

  // State of one channel at the start of a stream. [main-thread]
  [[nodiscard]] State makeState() const;

  // One hop. x [bins]: the noisy spectrum on the network's scale, up to half the stream's sample
  // rate; bins > coreBins(). y [coreBins()]: what the network made of its part of x. gains
  // [bins - coreBins()]: for x from bin coreBins() on, 0 ... 1, linear between the middles of the
  // bands and constant beyond the last one. [audio-thread]
  void step(const std::complex<float>* x, const std::complex<float>* y, int bins, State& state,
            Scratch& scratch, float* gains) const noexcept HISS_NONBLOCKING;

 private:
  [[nodiscard]] MambaConfig mambaConfig() const;
  void readFeatures(const std::complex<float>* x, const std::complex<float>* y, int bins,
                    Scratch& scratch) const noexcept HISS_NONBLOCKING;
  void spreadGains(const float* band_gains, int count,
                   float* gains) const noexcept HISS_NONBLOCKING;

  HighBandConfig config_;
  int core_bins_ = 0;
  int width_ = 0;  // bins of a band
  const Kernels* kernels_ = nullptr;
  Linear pre_;  // [d_model, inputs()]
  std::vector<MambaBlock> blocks_;
  RmsNorm norm_;
  Linear post_;  // [bands, d_model]
};

}  // namespace hiss
