// SPDX-License-Identifier: Apache-2.0
#include "app/engine/save_sound.h"

#include "app/engine/atomic_output.h"
#include "app/engine/failure.h"
#include "app/engine/file_identity.h"
#include "app/engine/planar_block.h"

namespace hiss {

std::int64_t saveSound(const SaveSoundJob& job, const ProgressFunction& on_progress) {
  requireDifferentFiles(job.recording, job.output);
  requireDifferentFiles(job.sound, job.output);
  SoundFileReader recording(job.recording, true);
  SoundFileReader sound(job.sound);
  const SoundSpec& found = sound.spec();
  if (found.sample_rate_hz != recording.spec().sample_rate_hz ||
      found.channels != recording.spec().channels) {
    throw Failure(FailureKind::kInput, recording.name(), "the recording that was denoised",
                  "another sample rate or channel count");
  }
  const SoundSpec spec = resolveOutput(recording.spec(), job.format, job.output);
  AtomicOutput output(job.output, job.replace_existing ? AtomicOutput::Existing::kReplace
                                                       : AtomicOutput::Existing::kRefuse);
  SoundFileWriter writer(output.file(), output.name(), spec, &recording);
  writer.ditherFrom(recording.spec());
  PlanarBlock block(found.channels);
  while (const int n = sound.read(block.planar(), kFileBlockSamples)) {
    writer.write(block.planar(), n);
    if (on_progress && !on_progress(sound.position(), found.samples)) {
      throw Failure(FailureKind::kCancelled, output.name(), "to be written to the end",
                    "a request to stop");
    }
  }
  writer.close();
  output.commit();
  return writer.clippedValues();
}

}  // namespace hiss
