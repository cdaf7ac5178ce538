// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "app/engine/sound_file_io.h"
#include "models/stream_processor.h"

namespace hiss {

// Samples a channel in one block of a file job; memory does not depend on the file's length.
inline constexpr int kFileBlockSamples = 4096;

// planar [channels][n]
using BlockFunction = std::function<void(const float* const* planar, int n)>;
// `total` is -1 while unknown. Returns false to cancel.
using ProgressFunction = std::function<bool(std::int64_t done, std::int64_t total)>;

struct AlignedStreamHooks {
  BlockFunction on_input;        // may be empty
  BlockFunction on_output;       // may be empty
  ProgressFunction on_progress;  // may be empty
};

struct AlignedStreamTotals {
  std::int64_t samples = 0;
  int latency_samples = 0;           // taken out
  double process_cpu_seconds = 0.0;  // of this thread, inside StreamProcessor::process
};

// Throws Failure(kInput) if rate or channel count is not one that Denoiser takes.
void requireProcessable(const SoundFileReader& reader);

// Runs the rest of `reader` through `processor` in blocks, with the processor's latency taken out:
// on_output gets exactly as many samples as on_input, and sample n of one belongs to sample n of
// the other. Throws what `reader` and the hooks throw, and Failure(kCancelled).
AlignedStreamTotals runAligned(SoundFileReader& reader, StreamProcessor& processor,
                               const AlignedStreamHooks& hooks);

}  // namespace hiss
