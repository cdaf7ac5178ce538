// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "app/engine/aligned_stream.h"

namespace hiss {

// A sound that was made from a recording and kept in another file, usually as floats.
struct SaveSoundJob {
  std::filesystem::path sound;
  std::filesystem::path recording;  // gives format and metadata
  std::filesystem::path output;
  SoundFormatWish format;
  bool replace_existing = false;
};

// Writes the samples of `job.sound` under the name `job.output`, in the format that a denoised
// recording gets there (see resolveOutput) and with the recording's metadata: with a sound in
// floats the file is the one that denoiseFile would have written. It appears only when complete.
// Throws Failure and leaves no output; refuses an output that is the recording or the sound.
// Returns the values that an integer format clamped.
std::int64_t saveSound(const SaveSoundJob& job, const ProgressFunction& on_progress = {});

}  // namespace hiss
