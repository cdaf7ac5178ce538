// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "app/engine/aligned_stream.h"
#include "app/engine/atomic_output.h"
#include "app/engine/sound_file_io.h"
#include "models/stream_processor.h"

namespace hiss {

// "-" as a path stands for standard input or output.
inline constexpr const char* kStandardStream = "-";

struct DenoiseJob {
  std::filesystem::path input;
  std::filesystem::path output;
  SoundFormatWish format;
  bool replace_existing = false;
  bool allow_truncated = false;
  bool dither = true;  // see SoundFileWriter::ditherFrom
};

// Levels over all channels; silence reads -inf.
struct SignalLevels {
  double peak_dbfs = 0.0;
  double rms_dbfs = 0.0;
};

struct DenoiseReport {
  SoundSpec input_spec;
  SoundSpec output_spec;
  std::int64_t samples = 0;  // a channel; the same in input and output
  double seconds = 0.0;
  int latency_samples = 0;  // of the processor, taken out of the output
  double process_cpu_seconds = 0.0;
  double rtf = 0.0;  // process_cpu_seconds / seconds
  SignalLevels input_levels;
  SignalLevels output_levels;
  std::int64_t clipped_values = 0;  // clamped by an integer output format
};

// What follows a job while it runs; each may be empty.
struct DenoiseHooks {
  std::function<void(const SoundSpec& input)> on_start;  // before the first sample
  BlockFunction on_input;                                // sample n belongs to sample n
  BlockFunction on_output;                               // of the output, latency taken out
  // Takes the complete output over, to seal it and give it its name with others; otherwise the job
  // commits it. Not for standard streams, pipes and devices.
  std::function<void(std::unique_ptr<AtomicOutput> output)> on_written;
  ProgressFunction on_progress;
};

// Denoises one file in blocks of fixed size. The output has the input's rate, channel count, length
// and, unless `job.format` says otherwise, its container, subtype and metadata; it appears under
// its name only when complete. `processor` is prepared here. Throws Failure and leaves no output.
// Refuses an output that is the input, also through a link. [main-thread]
DenoiseReport denoiseFile(const DenoiseJob& job, StreamProcessor& processor,
                          const DenoiseHooks& hooks);
DenoiseReport denoiseFile(const DenoiseJob& job, StreamProcessor& processor,
                          const ProgressFunction& on_progress = {});

}  // namespace hiss
