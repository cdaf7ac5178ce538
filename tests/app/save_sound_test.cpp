// SPDX-License-Identifier: Apache-2.0
#include "app/engine/save_sound.h"

#include <gtest/gtest.h>

#include "app/engine/denoise_job.h"
#include "app/engine/failure.h"
#include "tests/app/fake_processor.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class SaveSoundTest : public TemporaryFolderTest {
 protected:
  // A recording and what was made of it, kept as floats.
  SaveSoundJob makeJob(const std::string& output) const {
    writeSound(path("in.wav"), makeTone(2, 20000), 16000, "wav", "pcm16");
    FakeProcessor processor(300, 0.3F);
    DenoiseJob denoise;
    denoise.input = path("in.wav");
    denoise.output = path("clean.rf64");
    denoise.format = {"rf64", "float"};
    denoiseFile(denoise, processor);
    SaveSoundJob job;
    job.sound = path("clean.rf64");
    job.recording = path("in.wav");
    job.output = path(output);
    return job;
  }

  FailureKind kindOfFailure(const SaveSoundJob& job, const ProgressFunction& on_progress = {}) {
    try {
      saveSound(job, on_progress);
    } catch (const Failure& failure) {
      return failure.kind();
    }
    ADD_FAILURE() << "nothing thrown";
    return FailureKind::kInternal;
  }
};

TEST_F(SaveSoundTest, WritesTheFileThatDenoisingWouldHaveWritten) {
  for (const std::string name : {"saved.wav", "saved.flac", "saved.aiff"}) {
    EXPECT_EQ(saveSound(makeJob(name)), 0);
    FakeProcessor processor(300, 0.3F);
    DenoiseJob direct;
    direct.input = path("in.wav");
    direct.output = path("direct_" + name);
    denoiseFile(direct, processor);
    EXPECT_EQ(read(name), read("direct_" + name)) << name;
    std::filesystem::remove(path("clean.rf64"));
  }
}

TEST_F(SaveSoundTest, RefusesToWriteOverTheRecordingOrAnotherFile) {
  SaveSoundJob job = makeJob("other.wav");
  write("other.wav", "precious");
  EXPECT_EQ(kindOfFailure(job), FailureKind::kOutput);
  job.replace_existing = true;
  for (const std::string name : {"in.wav", "clean.rf64"}) {
    const std::string before = read(name);
    job.output = path(name);
    EXPECT_EQ(kindOfFailure(job), FailureKind::kOutput) << name;
    EXPECT_EQ(read(name), before);
  }
  EXPECT_EQ(read("other.wav"), "precious");
}

TEST_F(SaveSoundTest, CancelledLeavesNothing) {
  const SaveSoundJob job = makeJob("saved.wav");
  const auto stop = [](std::int64_t, std::int64_t) { return false; };
  EXPECT_EQ(kindOfFailure(job, stop), FailureKind::kCancelled);
  EXPECT_EQ(files(), (std::vector<std::string>{"clean.rf64", "in.wav"}));
}

TEST_F(SaveSoundTest, RefusesTheSoundOfAnotherRecording) {
  SaveSoundJob job = makeJob("saved.wav");
  writeSound(path("in.wav"), makeTone(1, 20000));
  EXPECT_EQ(kindOfFailure(job), FailureKind::kInput);
}

}  // namespace
}  // namespace hiss
