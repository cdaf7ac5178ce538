// SPDX-License-Identifier: Apache-2.0
#include "app/engine/denoise_job.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "models/denoiser.h"
#include "tests/app/fake_processor.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

using Files = std::vector<std::string>;

class DenoiseJobTest : public TemporaryFolderTest {
 protected:
  DenoiseJob job() const {
    DenoiseJob job;
    job.input = path("a.wav");
    job.output = path("b.wav");
    return job;
  }

  FailureKind kindOfFailure(const DenoiseJob& wanted, StreamProcessor& processor) const {
    try {
      denoiseFile(wanted, processor);
    } catch (const Failure& failure) {
      return failure.kind();
    }
    ADD_FAILURE() << "nothing thrown";
    return FailureKind::kInternal;
  }
};

TEST_F(DenoiseJobTest, ReportsWhatItDid) {
  Sound sound = makeTone(2, 16000);
  sound[1][100] = 0.75F;
  writeSound(path("a.wav"), sound);
  FakeProcessor processor(300, 0.5F);
  const DenoiseReport report = denoiseFile(job(), processor);
  EXPECT_EQ(report.samples, 16000);
  EXPECT_DOUBLE_EQ(report.seconds, 1.0);
  EXPECT_EQ(report.latency_samples, 300);
  EXPECT_EQ(report.rtf, report.process_cpu_seconds);
  EXPECT_NEAR(report.input_levels.peak_dbfs, 20.0 * std::log10(0.75), 1e-6);
  EXPECT_NEAR(report.input_levels.rms_dbfs, 20.0 * std::log10(0.5 * std::sqrt(0.5)), 0.05);
  EXPECT_NEAR(report.output_levels.rms_dbfs, report.input_levels.rms_dbfs - 6.0206, 1e-3);
  EXPECT_EQ(report.output_spec.format_code, report.input_spec.format_code);
  const Sound out = readSound(path("b.wav"));
  EXPECT_EQ(out[1][100], 0.375F);
  EXPECT_EQ(out[0].size(), 16000U);
}

TEST_F(DenoiseJobTest, EveryFailureLeavesTheFolderAsItWas) {
  Sound sound = makeTone(1, 20000);
  sound[0][19999] = std::numeric_limits<float>::quiet_NaN();
  writeSound(path("a.wav"), sound);
  FakeProcessor processor(0);
  EXPECT_EQ(kindOfFailure(job(), processor), FailureKind::kInput);
  EXPECT_EQ(files(), Files{"a.wav"});

  sound[0][19999] = 0.0F;
  writeSound(path("a.wav"), sound);
  FakeProcessor broken(0, std::numeric_limits<float>::infinity());
  EXPECT_EQ(kindOfFailure(job(), broken), FailureKind::kInternal);
  EXPECT_EQ(files(), Files{"a.wav"});

  EXPECT_THROW(denoiseFile(job(), processor, [](auto, auto) { return false; }), Failure);
  EXPECT_EQ(files(), Files{"a.wav"});

  DenoiseJob onto_itself = job();
  onto_itself.output = onto_itself.input;
  onto_itself.replace_existing = true;
  EXPECT_EQ(kindOfFailure(onto_itself, processor), FailureKind::kOutput);
  EXPECT_EQ(readSound(path("a.wav")), sound);
}

TEST_F(DenoiseJobTest, ExistingOutputIsReplacedOnlyWhenAsked) {
  writeSound(path("a.wav"), makeTone(1, 100));
  write("b.wav", "precious");
  FakeProcessor processor(0);
  DenoiseJob wanted = job();
  EXPECT_EQ(kindOfFailure(wanted, processor), FailureKind::kOutput);
  EXPECT_EQ(read("b.wav"), "precious");
  wanted.replace_existing = true;
  denoiseFile(wanted, processor);
  EXPECT_EQ(readSound(path("b.wav")).front().size(), 100U);
}

TEST_F(DenoiseJobTest, SameAsTheDenoiserOnTheWholeRecording) {
  writeBytes(path("m.safetensors"), randomModel(tinyConfig()).bytes());
  Denoiser denoiser(DenoiserModel::load(path("m.safetensors")));
  const int samples = 30000;
  const Sound sound = makeTone(1, samples);
  writeSound(path("a.wav"), sound);
  denoiseFile(job(), denoiser);
  const Sound from_file = readSound(path("b.wav"));

  const int latency = 512;
  std::vector<float> whole = sound[0];
  whole.resize(samples + latency, 0.0F);
  denoiser.prepare({16000, 1, samples + latency});
  ASSERT_EQ(denoiser.latencySamples(), latency);
  float* const planar = whole.data();
  denoiser.process(&planar, &planar, samples + latency);
  EXPECT_EQ(from_file[0], std::vector<float>(whole.begin() + latency, whole.end()));
}

}  // namespace
}  // namespace hiss
