// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace hiss {

// What a window shows of a running denoiser: its first channel after the newest hop. Plain values,
// no part of the engine.
struct DenoiserSnapshot {
  std::uint64_t hop_index = 0;   // hops since `prepare` or `reset`; 0 before the first
  int sample_rate_hz = 0;        // of the stream: bin k lies at k * sample_rate_hz / (2 (bins - 1))
  std::vector<float> input_db;   // [bins], dBFS: a sine of amplitude 1 reads 0 dB
  std::vector<float> output_db;  // [bins], the same of the denoised spectrum
  // Of each Mamba block in the network's order, root mean square of ssm_state over all of it. Exact
  // if the snapshot of the hop before was fetched; else, to cost nothing while nobody looks, parts
  // of the sum are up to 8 hops old.
  std::vector<float> ssm_state_rms;
  // Which of these is the block that sees all bands at once, and so has one row; -1: none.
  int fullband_layer = -1;
};

}  // namespace hiss
