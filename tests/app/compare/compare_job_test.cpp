// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_job.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "app/engine/aligned_stream.h"
#include "app/engine/comparison.h"
#include "app/engine/failure.h"
#include "models/denoiser.h"
#include "models/stream_grid.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

using Input = SequenceConfig::Input;

class CompareJobTest : public TemporaryFolderTest {
 protected:
  std::string add(const std::string& name, const TestModel& model) const {
    writeBytes(path(name), model.bytes());
    return path(name).string();
  }

  std::string addSequence(BlockKind kind, Input input) const {
    return add(std::string(blockKindName(kind)) + ".safetensors",
               randomSequenceModel(smallSequenceConfig(kind, input)));
  }

  // A model of sequences that says the same at each step.
  std::string addConstant(Input input, const std::vector<float>& says) const {
    TestModel model = randomSequenceModel(smallSequenceConfig(BlockKind::kMamba, input));
    TestTensor& weight = model.tensor("head.weight");
    weight.data.assign(weight.data.size(), std::byte{0});
    model.tensor("head.bias").data = floatBytes(says);
    return add("constant.safetensors", model);
  }

  // A tone of two channels, and the same with noise.
  void addSounds() const {
    Sound clean = makeTone(2, 20011);
    writeSound(path("clean.wav"), clean, 24000);
    std::uint32_t noise = 1;
    for (std::vector<float>& channel : clean) {
      for (float& value : channel) {
        noise = noise * 1664525U + 1013904223U;
        value += 0.05F * (static_cast<float>(noise >> 8U) / 8388608.0F - 1.0F);
      }
    }
    writeSound(path("noisy.wav"), clean, 24000);
  }

  std::string failure(const CompareSpec& spec, FailureKind kind) const {
    try {
      (void)compareModels(spec, {});
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), kind) << failure.what();
      return failure.what();
    }
    ADD_FAILURE() << "no failure";
    return {};
  }
};

double figure(const std::vector<CompareFigure>& figures, const std::string& key) {
  for (const CompareFigure& own : figures) {
    if (own.key == key) return own.value;
  }
  ADD_FAILURE() << key;
  return 0.0;
}

TEST_F(CompareJobTest, MeasuresWhatADenoiserMakes) {
  addSounds();
  const std::string model = add("m.safetensors", randomModel(smallFullbandConfig()));
  const CompareReport report =
      compareModels({{model}, path("noisy.wav"), path("clean.wav"), 0}, {});
  EXPECT_EQ(report.task, "denoise");
  ASSERT_EQ(report.models.size(), 1U);
  const CompareModel& own = report.models.front();
  EXPECT_EQ(own.name, "m");
  EXPECT_EQ(own.kind, "mamba");
  EXPECT_EQ(own.block, "all bands");

  // What `hiss denoise` makes, measured as `hiss compare` does.
  const auto loaded = DenoiserModel::load(model);
  Denoiser denoiser(loaded);
  SoundFileReader noisy(path("noisy.wav"));
  SoundFileReader clean(path("clean.wav"));
  const Sound reference = readSound(clean);
  ReferenceMeter meter(24000, 2);
  std::size_t at = 0;
  AlignedStreamHooks hooks;
  hooks.on_output = [&](const float* const* planar, int n) {
    const std::vector<const float*> clean_planes = {reference[0].data() + at,
                                                    reference[1].data() + at};
    meter.add(clean_planes.data(), planar, n);
    at += static_cast<std::size_t>(n);
  };
  runAligned(noisy, denoiser, hooks);
  const SoundComparison expected = meter.result();
  EXPECT_NEAR(figure(own.quality, "si_sdr_db"), expected.si_sdr_db, 1e-9);
  EXPECT_NEAR(figure(own.quality, "rms_dbfs"), expected.level_db, 1e-9);
  EXPECT_EQ(own.parameters, loaded->parameterCount());

  const int hop = streamGrid(loaded->config(), 24000).stft.hop;
  EXPECT_DOUBLE_EQ(own.step_seconds, hop / 24000.0);
  const auto steps = static_cast<std::size_t>((20011 + denoiser.latencySamples() + hop - 1) / hop);
  EXPECT_EQ(own.step.count, steps);
  EXPECT_EQ(own.trace.state_rms.size(), steps);
  EXPECT_EQ(own.trace.dt_mean.size(), steps);
  EXPECT_TRUE(own.trace.loss.empty());
  EXPECT_EQ(own.state_bytes, denoiser.saveState().size());
  EXPECT_EQ(own.state_growth, 0);
  EXPECT_GT(own.state_rms_p99, own.state_rms_p50);
  EXPECT_GT(own.dt_variation, 0.001);
}

TEST_F(CompareJobTest, TellsDenoisersOfAllKindsApart) {
  addSounds();
  CompareSpec spec;
  for (const BlockKind kind : kBlockKinds) {
    spec.models.push_back(
        add(std::string(blockKindName(kind)) + ".safetensors", randomModel(smallKindConfig(kind))));
  }
  spec.input = path("noisy.wav");
  spec.reference = path("clean.wav");
  const CompareReport report = compareModels(spec, {});
  ASSERT_EQ(report.models.size(), 5U);
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const CompareModel& own = report.models[i];
    const BlockKind kind = kBlockKinds[i];
    EXPECT_EQ(own.kind, blockKindName(kind));
    EXPECT_EQ(own.block, "all bands");
    EXPECT_TRUE(std::isfinite(figure(own.quality, "si_sdr_db")));
    EXPECT_GT(own.state_rms_p50, 0.0);
    EXPECT_EQ(own.state_growth, 0);
    if (kind == BlockKind::kSimplifiedMamba) {
      EXPECT_TRUE(std::isnan(own.dt_variation));
    } else if (kind == BlockKind::kS4d) {
      EXPECT_LT(own.dt_variation, 1e-6);
    } else {
      EXPECT_GT(own.dt_variation, 1e-3) << own.kind;
    }
  }
}

TEST_F(CompareJobTest, FindsThatNothingRemovedIsTheInput) {
  addSounds();
  const std::string model = add("m.safetensors", passThroughModel(smallConfig()));
  const CompareReport report =
      compareModels({{model, model}, path("noisy.wav"), path("clean.wav"), 2}, {});
  EXPECT_EQ(report.baseline, "the input");
  const double input = figure(report.baseline_quality, "si_sdr_db");
  EXPECT_GT(input, 10.0);
  for (const CompareModel& own : report.models) {
    EXPECT_EQ(own.block, "block 2");
    EXPECT_NEAR(figure(own.quality, "si_sdr_db"), input, 0.02);
  }
  EXPECT_EQ(report.models[0].trace.state_rms, report.models[1].trace.state_rms);
  const CompareReport without = compareModels({{model}, path("noisy.wav"), {}, 0}, {});
  EXPECT_TRUE(without.models.front().quality.empty());
  EXPECT_TRUE(without.baseline.empty());
}

TEST_F(CompareJobTest, MeasuresWhatIsForetoldOfATable) {
  // 2 is missing in the second row and is 5, from the row before, for whoever needs it.
  write("t.csv", "a,b,c\n1,5,0\n2,,0\n4,6,0\n4,9,3\n");
  const std::string model = addConstant(Input::kFeatures, {2.0F, 5.0F, 1.0F});
  const CompareReport report = compareModels({{model}, path("t.csv"), {}, 0}, {});
  EXPECT_EQ(report.task, "sequence");
  const CompareModel& own = report.models.front();
  const std::vector<double> errors = {(0.0 + 1.0) / 2, (4.0 + 1.0 + 1.0) / 3,
                                      (4.0 + 16.0 + 4.0) / 3};
  ASSERT_EQ(own.trace.loss.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(own.trace.loss[i], errors[i], 1e-5);
  EXPECT_TRUE(std::isnan(own.trace.loss[3]));
  EXPECT_NEAR(figure(own.quality, "mse"), (errors[0] + errors[1] + errors[2]) / 3, 1e-6);
  EXPECT_EQ(report.baseline, "the row before");
  EXPECT_NEAR(figure(report.baseline_quality, "mse"),
              ((1.0 + 0.0) / 2 + (4.0 + 1.0 + 0.0) / 3 + (0.0 + 9.0 + 9.0) / 3) / 3, 1e-6);
  EXPECT_EQ(own.step.count, 4U);
  EXPECT_EQ(own.step_seconds, 0.0);
  EXPECT_GT(own.macs_per_step, 100.0);
}

TEST_F(CompareJobTest, MeasuresWhatIsAnswered) {
  // Of 9 answers 4 has e² times the share of each of the others.
  const double all = 8.0 + std::exp(2.0);
  const std::string model = addConstant(Input::kTokens, {0, 0, 0, 0, 2, 0, 0, 0, 0});
  write("t.txt", "1 2:4 3\n8:4 8:0 8:4\n");
  const CompareReport report = compareModels({{model}, path("t.txt"), {}, 0}, {});
  const CompareModel& own = report.models.front();
  EXPECT_NEAR(figure(own.quality, "cross_entropy"), std::log(all) - 2.0 * 3.0 / 4.0, 1e-6);
  EXPECT_DOUBLE_EQ(figure(own.quality, "accuracy"), 0.75);
  EXPECT_EQ(own.step.count, 6U);
  ASSERT_EQ(own.trace.loss.size(), 6U);
  EXPECT_TRUE(std::isnan(own.trace.loss[0]));
  EXPECT_NEAR(own.trace.loss[1], std::log(all) - 2.0, 1e-6);
  EXPECT_NEAR(figure(report.baseline_quality, "cross_entropy"),
              -0.75 * std::log(0.75) - 0.25 * std::log(0.25), 1e-9);
  EXPECT_DOUBLE_EQ(figure(report.baseline_quality, "accuracy"), 0.75);

  write("one.txt", "5\n");
  const CompareReport nothing = compareModels({{model}, path("one.txt"), {}, 0}, {});
  EXPECT_TRUE(std::isnan(figure(nothing.models.front().quality, "accuracy")));
  EXPECT_TRUE(std::isnan(figure(nothing.baseline_quality, "cross_entropy")));
}

TEST_F(CompareJobTest, BeginsEachSequenceAnew) {
  const std::string model = addSequence(BlockKind::kMamba2, Input::kTokens);
  write("twice.txt", "1 2 3 4 5\n1 2 3 4 5\n");
  const auto trace = compareModels({{model}, path("twice.txt"), {}, 0}, {}).models[0].trace;
  ASSERT_EQ(trace.loss.size(), 10U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(trace.loss[i], trace.loss[i + 5]);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(trace.state_rms[i], trace.state_rms[i + 5]);
}

TEST_F(CompareJobTest, TellsKindsThatSelectFromThoseThatDoNot) {
  CompareSpec spec;
  for (const BlockKind kind : kBlockKinds) spec.models.push_back(addSequence(kind, Input::kTokens));
  spec.input = write("t.txt", "1 7 3 0 5 2 8 8 8 1 0 4 6 2 3 3 3 7\n");
  const CompareReport report = compareModels(spec, {});
  ASSERT_EQ(report.models.size(), 5U);
  for (std::size_t i = 0; i < report.models.size(); ++i) {
    const CompareModel& own = report.models[i];
    const BlockKind kind = kBlockKinds[i];
    EXPECT_EQ(own.kind, blockKindName(kind));
    EXPECT_EQ(own.block, "block 2");
    EXPECT_GT(own.state_rms_p50, 0.0);
    EXPECT_EQ(own.state_growth, 0);
    EXPECT_GT(own.state_bytes, 0U);
    if (kind == BlockKind::kSimplifiedMamba) {
      EXPECT_TRUE(std::isnan(own.dt_variation));
    } else if (kind == BlockKind::kS4d) {
      EXPECT_LT(own.dt_variation, 1e-6);
    } else {
      EXPECT_GT(own.dt_variation, 1e-3) << own.kind;
    }
  }
}

TEST_F(CompareJobTest, RefusesModelsThatDoNotFitTogether) {
  addSounds();
  const std::string denoiser = add("d.safetensors", randomModel(tinyConfig()));
  const std::string tokens = addSequence(BlockKind::kMamba, Input::kTokens);
  const std::string features = addSequence(BlockKind::kS4d, Input::kFeatures);
  const std::string sensors = add("f.safetensors", randomForecaster());
  const auto refusal = [&](const std::vector<std::string>& models) {
    return failure({models, path("noisy.wav"), {}, 0}, FailureKind::kModel);
  };
  EXPECT_EQ(refusal({denoiser, tokens}),
            tokens + ": expected the task \"denoise\" of " + denoiser + ", found \"sequence\"");
  EXPECT_EQ(refusal({tokens, features}),
            features + ": expected input and output of the form of " + tokens + ", found another");
  EXPECT_EQ(
      refusal({sensors}),
      sensors + ": expected a model of the task \"denoise\" or \"sequence\", found \"forecaster\"");
  write("broken.safetensors", "broken");
  EXPECT_EQ(refusal({path("broken.safetensors").string()}).find(path("broken.safetensors")), 0U);
  EXPECT_NE(refusal({path("none.safetensors").string()}), "");
  EXPECT_NE(refusal({"no-such-model"}), "");
}

TEST_F(CompareJobTest, RefusesAnInputThatDoesNotFit) {
  addSounds();
  const std::string denoiser = add("d.safetensors", randomModel(tinyConfig()));
  const std::string tokens = addSequence(BlockKind::kMamba, Input::kTokens);
  const std::string features = addSequence(BlockKind::kS4d, Input::kFeatures);
  write("two.csv", "a,b\n1,2\n3,4\n");
  write("short.csv", "a,b,c\n1,2,3\n");
  write("large.txt", "1 9\n");
  write("answer.txt", "1:9 2\n");
  const auto refusal = [&](const std::string& model, const std::string& input) {
    return failure({{model}, path(input), {}, 0}, FailureKind::kInput);
  };
  EXPECT_EQ(refusal(features, "two.csv"), path("two.csv").string() +
                                              ": expected 3 columns of numbers as " + features +
                                              " takes, found 2");
  EXPECT_EQ(refusal(features, "short.csv"),
            path("short.csv").string() + ": expected at least 2 rows, found 1");
  EXPECT_EQ(
      refusal(tokens, "large.txt"),
      path("large.txt").string() + ": expected tokens from 0 to 8 as " + tokens + " has, found 9");
  EXPECT_EQ(refusal(tokens, "answer.txt"), path("answer.txt").string() +
                                               ": expected answers from 0 to 8 as " + tokens +
                                               " has, found 9");
  EXPECT_NE(refusal(tokens, "noisy.wav"), "");
  EXPECT_NE(refusal(denoiser, "two.csv"), "");
  EXPECT_NE(refusal(denoiser, "none.wav"), "");

  Sound other = makeTone(2, 20010);
  writeSound(path("other.wav"), other, 24000);
  EXPECT_NE(failure({{denoiser}, path("noisy.wav"), path("other.wav"), 0}, FailureKind::kInput),
            "");
  EXPECT_EQ(failure({{tokens}, path("large.txt"), path("clean.wav"), 0}, FailureKind::kUsage),
            "--reference: expected models that denoise, found models of sequences");
  EXPECT_NE(failure({{denoiser}, path("noisy.wav"), {}, 9}, FailureKind::kUsage), "");
}

TEST_F(CompareJobTest, StopsWhenAsked) {
  addSounds();
  const std::string denoiser = add("d.safetensors", randomModel(tinyConfig()));
  int calls = 0;
  try {
    (void)compareModels({{denoiser}, path("noisy.wav"), {}, 0},
                        [&](const std::string& model, std::int64_t done, std::int64_t total) {
                          EXPECT_EQ(model, "d");
                          EXPECT_LE(done, total);
                          return ++calls < 3;
                        });
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kCancelled);
  }
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace hiss
