// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "models/denoiser_config.h"

namespace hiss {

// What one part of the denoising network has to do in one hop of one stream. Counts follow from the
// sizes alone; how the work is done (padding, packing, transforms) does not change them.
struct NetPart {
  // "features", "pre", "enc.0", ..., "down", "blocks.0.mamba" (or another kind's name),
  // "blocks.0.band_mix", "blocks.0.chan_mix", ..., in the midst of the blocks "fullband.down",
  // "fullband.mamba" (likewise) and "fullband.up" where there is such a block, "up", "dec.0", ...,
  // "post", "last", "mask".
  std::string name;
  double macs = 0.0;          // multiply-accumulates, counted as the model card counts them
  double weight_bytes = 0.0;  // of the weights it reads, in f32
  double state_bytes = 0.0;   // of the recurrent state that it reads and writes back, in f32
  double exps = 0.0;          // exponentials of the state update, exp(dt A), sigmoid and tanh
};

// The parts in the order in which a hop goes through them, of a network packed as floats.
// [main-thread]
[[nodiscard]] std::vector<NetPart> netParts(const DenoiserConfig& config);

}  // namespace hiss
