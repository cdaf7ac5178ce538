// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <complex>
#include <cstdint>

#include "dsp/latest_value.h"
#include "dsp/realtime.h"
#include "models/denoiser_config.h"
#include "models/snapshot.h"
#include "ssm/state.h"

namespace hiss {

// Carries DenoiserSnapshots from the audio thread to one reader. The writing side stores powers;
// logarithms are left to the reader.
class SnapshotWriter {
 public:
  // Neither side may be running. [main-thread]
  void prepare(const DenoiserConfig& config);

  // After one hop: input and output spectra [bins] and the state. [audio-thread]
  void write(const std::complex<float>* input, const std::complex<float>* output,
             MambaState& state) noexcept HISS_NONBLOCKING;

  // Counts hops from 0 again. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING { hop_index_ = 0; }

  // Copies the newest snapshot; false, and `snapshot` untouched, if there is none since the last
  // call. One reader thread, not the audio thread.
  bool read(DenoiserSnapshot& snapshot);

 private:
  DenoiserConfig config_;
  float power_scale_ = 1.0F;  // makes a sine of amplitude 1 have power 1
  std::uint64_t hop_index_ = 0;
  LatestValue<DenoiserSnapshot> latest_;  // with powers in place of decibels
};

}  // namespace hiss
