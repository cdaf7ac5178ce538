// SPDX-License-Identifier: Apache-2.0
#include "app/engine/model_summary.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "models/denoiser_config.h"
#include "tests/app/temporary_folder.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

class ModelSummaryTest : public TemporaryFolderTest {
 protected:
  void add(const std::string& name, TestModel model, const std::string& figures) const {
    model.metadata["hiss.card"] =
        R"({"name": "own", "description": "", "data": "", "licence": "", "figures": )" + figures +
        "}";
    writeBytes(path(name + ".safetensors"), model.bytes());
  }
};

TEST_F(ModelSummaryTest, SaysWhatIsInTheFile) {
  add("base", randomModel(tinyConfig()),
      R"json({"dev (2 pairs)": {"own": {"STOI": 0.9, "WB-PESQ": "2.5"},
                                "RNNoise 0.2": {"STOI": 0.8}},
              "dev, other": {"own": {"STOI": 0.7}}, "test": {"own": {"STOI": 0.6}}})json");
  const ModelSummary summary = summarise({"base", path("base.safetensors")});
  EXPECT_EQ(summary.error, "");
  EXPECT_TRUE(summary.is_default);
  EXPECT_EQ(summary.file_bytes, std::filesystem::file_size(path("base.safetensors")));
  EXPECT_GT(summary.parameters, 100U);
  EXPECT_GT(summary.macs_per_second, 1e4);
  EXPECT_EQ(summary.sample_rate_hz, 16000);
  EXPECT_EQ(summary.latency_ms, 32.0);
  EXPECT_EQ(summary.dev.set, "dev (2 pairs)");
  using Figures = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(summary.dev.figures, (Figures{{"STOI", "0.9"}, {"WB-PESQ", "2.5"}}));
}

TEST_F(ModelSummaryTest, TakesNoFigureOfAnotherModelForItsOwn) {
  add("a", randomModel(tinyConfig()), R"({"dev": {"noisy": {"STOI": 0.9}}, "own": {"STOI": 1}})");
  const ModelSummary summary = summarise({"a", path("a.safetensors")});
  EXPECT_FALSE(summary.is_default);
  EXPECT_EQ(summary.dev.set, "");
  EXPECT_TRUE(summary.dev.figures.empty());
}

TEST_F(ModelSummaryTest, ListsTheLeastWorkFirstAndTheBrokenLast) {
  add("a-full", randomModel(DenoiserConfig{}), "{}");
  add("b-tiny", randomModel(tinyConfig()), "{}");
  write("a-broken.safetensors", "broken");
  const auto all = summariseAll(ModelRegistry({path("")}));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].name, "b-tiny");
  EXPECT_EQ(all[1].name, "a-full");
  EXPECT_NEAR(all[1].macs_per_second * 1e-6, 289.5, 0.5);
  EXPECT_EQ(all[2].name, "a-broken");
  EXPECT_NE(all[2].error.find("a-broken.safetensors: "), std::string::npos) << all[2].error;
  EXPECT_EQ(all[2].file_bytes, 6U);
  EXPECT_TRUE(summariseAll(ModelRegistry({path("none")})).empty());
}

TEST_F(ModelSummaryTest, ListsAForecasterAfterTheDenoisers) {
  add("b-tiny", randomModel(tinyConfig()), "{}");
  write("broken.safetensors", "broken");
  writeBytes(path("a-sensors.safetensors"), randomForecaster().bytes());
  const ModelRegistry registry({path("")});
  const auto all = summariseAll(registry);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].task, kDenoiseTask);
  EXPECT_EQ(all[1].name, "a-sensors");
  EXPECT_EQ(all[1].error, "");
  EXPECT_EQ(all[1].task, kForecasterTask);
  EXPECT_GT(all[1].parameters, 100U);
  EXPECT_GT(all[1].macs_per_row, 100.0);
  EXPECT_EQ(all[1].macs_per_second, 0.0);
  EXPECT_EQ(all[2].task, "");
  // Where a denoiser is to be chosen it is not offered, but a file that nobody can read is.
  const auto offered = registry.list(kDenoiseTask);
  ASSERT_EQ(offered.size(), 2U);
  EXPECT_EQ(offered[0].name, "b-tiny");
  EXPECT_EQ(offered[1].name, "broken");
}

TEST_F(ModelSummaryTest, ListsAModelOfSequencesAfterTheForecasters) {
  using Input = SequenceConfig::Input;
  const SequenceConfig config = smallSequenceConfig(BlockKind::kS4d, Input::kTokens);
  writeBytes(path("a-tokens.safetensors"), randomSequenceModel(config).bytes());
  writeBytes(path("b-sensors.safetensors"), randomForecaster().bytes());
  add("c-tiny", randomModel(tinyConfig()), "{}");
  const ModelRegistry registry({path("")});
  const auto all = summariseAll(registry);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].name, "c-tiny");
  EXPECT_EQ(all[1].task, kForecasterTask);
  EXPECT_EQ(all[2].error, "");
  EXPECT_EQ(all[2].task, kSequenceTask);
  EXPECT_EQ(all[2].block, "s4d");
  EXPECT_GT(all[2].parameters, 100U);
  EXPECT_EQ(all[2].macs_per_row, static_cast<double>(config.macsPerStep()));
  EXPECT_EQ(registry.list(kDenoiseTask).size(), 1U);
}

}  // namespace
}  // namespace hiss
