// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/latest_value.h"
#include "dsp/realtime.h"
#include "models/denoiser_config.h"
#include "models/snapshot.h"
#include "models/stream_grid.h"
#include "models/subband_net_state.h"

namespace hiss {

// Carries DenoiserSnapshots from the audio thread to one reader. The writing side copies; powers
// and logarithms are left to the reader.
class SnapshotWriter {
 public:
  // Neither side may be running. [main-thread]
  void prepare(const DenoiserConfig& config, const StreamGrid& grid);

  // After one hop: input and output spectra [grid.bins()], on the network's scale, and the state.
  // [audio-thread]
  void write(const std::complex<float>* input, const std::complex<float>* output,
             const SubbandNetState& state) noexcept HISS_NONBLOCKING;

  // Of the hop that was written last: its DenoiserSnapshot::hop_index and ssm_state_rms [blocks].
  // [audio-thread]
  [[nodiscard]] std::uint64_t hopIndex() const noexcept HISS_NONBLOCKING { return hop_index_; }
  [[nodiscard]] std::span<const float> ssmStateRms() const noexcept HISS_NONBLOCKING {
    return newest_rms_;
  }

  // The stream starts again, with a state of zeros. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // Copies the newest snapshot; false, and `snapshot` untouched, if there is none since the last
  // call. One reader thread, not the audio thread.
  bool read(DenoiserSnapshot& snapshot);

 private:
  // Reading the whole state costs several percent of a hop, so that without a reader each hop
  // looks at one in so many of its rows.
  static constexpr int kTurns = 8;

  struct Record {
    std::uint64_t hop_index = 0;
    std::vector<std::complex<float>> input;   // [bins]
    std::vector<std::complex<float>> output;  // [bins]
    std::vector<float> ssm_state_rms;         // [blocks]
  };

  // Brings `sums` [layers, rows] up to date and writes the root mean square of each layer.
  void sumRows(const BlockState& state, float* sums, float* rms) noexcept HISS_NONBLOCKING;

  DenoiserConfig config_;
  int sample_rate_hz_ = 0;
  float power_scale_ = 1.0F;  // makes a sine of amplitude 1 have power 1
  std::uint64_t hop_index_ = 0;
  // Squares of ssm_state when last looked at.
  std::vector<float> row_sums_;       // [n_layer, n_band]
  std::vector<float> fullband_sums_;  // [1], or empty
  std::vector<float> newest_rms_;     // [blocks]
  LatestValue<Record> latest_;
};

}  // namespace hiss
