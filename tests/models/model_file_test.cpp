// SPDX-License-Identifier: Apache-2.0
// Model files as a whole: what DenoiserModel takes and what it refuses.
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "models/denoiser_model.h"
#include "models/model_error.h"
#include "models/subband_net.h"
#include "ssm/simd/kernels.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

std::string refusal(const std::vector<std::byte>& bytes) {
  try {
    (void)DenoiserModel::parse(bytes, "m");
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

// What a valid small model is refused with after `damage`.
std::string refusalAfter(const std::function<void(TestModel&)>& damage) {
  TestModel model = randomModel(smallConfig());
  damage(model);
  return refusal(model.bytes());
}

void setValue(TestTensor& tensor, std::size_t index, float value) {
  const std::vector<std::byte> bytes = floatBytes(std::vector<float>{value});
  std::copy(bytes.begin(), bytes.end(),
            tensor.data.begin() + static_cast<std::ptrdiff_t>(index * sizeof(float)));
}

TEST(ModelFile, IsReadFromDisk) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "model_file_test.safetensors";
  writeBytes(path, randomModel().bytes());
  const auto model = DenoiserModel::load(path);
  EXPECT_EQ(model->path(), path.string());
  EXPECT_EQ(model->config().d_model, 36);
  EXPECT_EQ(model->card().name, "random");
  // As PyTorch counts the shipped network: what was trained, without batch-norm statistics.
  EXPECT_EQ(model->parameterCount(), 110390U);
  EXPECT_NE(model->pack(scalarKernels()), nullptr);
  std::filesystem::remove(path);
}

TEST(ModelFile, FingerprintTellsWeightsApart) {
  const auto one = DenoiserModel::parse(randomModel(smallConfig(), 1).bytes(), "m");
  const auto same = DenoiserModel::parse(randomModel(smallConfig(), 1).bytes(), "n");
  const auto other = DenoiserModel::parse(randomModel(smallConfig(), 2).bytes(), "m");
  EXPECT_EQ(one->fingerprint(), same->fingerprint());
  EXPECT_NE(one->fingerprint(), other->fingerprint());
}

TEST(ModelFile, RefusesEachMetadataKeyMissing) {
  for (const char* key : {"hiss.format", "hiss.task", "hiss.config", "hiss.card"}) {
    EXPECT_EQ(refusalAfter([&](TestModel& model) { model.metadata.erase(key); }),
              std::string("m: __metadata__.") + key + ": expected a value, found none");
  }
}

TEST(ModelFile, RefusesAnotherFormatOrTask) {
  EXPECT_EQ(refusalAfter([](TestModel& model) { model.metadata["hiss.format"] = "3"; }),
            "m: __metadata__.hiss.format: expected \"1\" or \"2\", found \"3\"");
  EXPECT_EQ(refusalAfter([](TestModel& model) { model.metadata["hiss.task"] = "anomaly"; }),
            "m: __metadata__.hiss.task: expected \"denoise\", found \"anomaly\"");
}

TEST(ModelFile, TakesBothFormats) {
  const TestModel plain = randomModel(smallConfig());
  EXPECT_EQ(plain.metadata.at("hiss.format"), "1");
  EXPECT_EQ(DenoiserModel::parse(plain.bytes(), "m")->packHighBand(scalarKernels()), nullptr);
  TestModel newer = plain;
  newer.metadata["hiss.format"] = "2";
  EXPECT_EQ(refusal(newer.bytes()), "");

  TestModel headed = randomModel(smallHighBandConfig());
  EXPECT_EQ(headed.metadata.at("hiss.format"), "2");
  const auto model = DenoiserModel::parse(headed.bytes(), "m");
  EXPECT_EQ(model->config().high_band->bands, 6);
  EXPECT_NE(model->packHighBand(scalarKernels()), nullptr);
  // A reader of format 1 would take such a file for a damaged one: it must say that it is newer.
  headed.metadata["hiss.format"] = "1";
  EXPECT_EQ(refusal(headed.bytes()), "m: __metadata__.hiss.format: expected \"2\", found \"1\"");
}

TEST(ModelFile, ChecksTheTensorsOfTheHighBand) {
  const TestModel whole = randomModel(smallHighBandConfig());
  const std::size_t core = randomModel(smallConfig()).tensors.size();
  ASSERT_GT(whole.tensors.size(), core);
  for (std::size_t i = core; i < whole.tensors.size(); ++i) {
    const std::string& name = whole.tensors[i].name;
    EXPECT_TRUE(name.starts_with("high_band.")) << name;
    TestModel less = whole;
    less.tensors.erase(less.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(refusal(less.bytes()).find("m: " + name + ": expected a tensor of shape ["), 0U);
    TestModel other = whole;
    other.tensors[i].shape.push_back(1);
    EXPECT_EQ(refusal(other.bytes()).find("m: " + name + ": expected shape ["), 0U);
  }
  // Without the object in the config nobody knows the tensors.
  TestModel model = whole;
  model.metadata["hiss.config"] = toJson(smallConfig());
  EXPECT_EQ(refusal(model.bytes()).find("m: high_band."), 0U) << refusal(model.bytes());
}

TEST(ModelFile, OptionalPartsNeedFormat2) {
  for (const auto& choose :
       {+[](DenoiserConfig& config) { config.features = 3; },
        +[](DenoiserConfig& config) { config.band_bias = 1; },
        +[](DenoiserConfig& config) {
          config.fullband_d_model = 5;
          config.fullband_rank = 2;
        },
        +[](DenoiserConfig& config) { config.block.emplace().kind = BlockKind::kS4d; }}) {
    DenoiserConfig config = smallConfig();
    choose(config);
    TestModel model = randomModel(config);
    EXPECT_EQ(model.metadata.at("hiss.format"), "2");
    EXPECT_EQ(refusal(model.bytes()), "");
    model.metadata["hiss.format"] = "1";
    EXPECT_EQ(refusal(model.bytes()), "m: __metadata__.hiss.format: expected \"2\", found \"1\"");
  }
}

TEST(ModelFile, ChecksTheTensorsOfEveryKindOfBlock) {
  for (const BlockKind kind : kBlockKinds) {
    const TestModel whole = randomModel(smallKindConfig(kind));
    int mixers = 0;
    for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
      const std::string& name = whole.tensors[i].name;
      if (name.find(".mixer.") == std::string::npos) continue;
      ++mixers;
      TestModel less = whole;
      less.tensors.erase(less.tensors.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_EQ(refusal(less.bytes()).find("m: " + name + ": expected a tensor of shape ["), 0U);
      TestModel other = whole;
      other.tensors[i].shape.push_back(1);
      EXPECT_EQ(refusal(other.bytes()).find("m: " + name + ": expected shape ["), 0U);
    }
    EXPECT_EQ(mixers % 3, 0) << "two blocks and the one over all bands";
    EXPECT_GE(mixers, 3 * 4);
    for (const BlockKind another : kBlockKinds) {
      TestModel taken = whole;
      taken.metadata["hiss.config"] = toJson(smallKindConfig(another));
      EXPECT_EQ(refusal(taken.bytes()).empty(), another == kind);
    }
  }
}

TEST(ModelFile, ChecksTheTensorsOfTheOptionalParts) {
  const TestModel whole = randomModel(smallFullbandConfig());
  std::size_t count = 0;
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    const std::string& name = whole.tensors[i].name;
    if (name != "band_bias" && !name.starts_with("fullband.")) continue;
    ++count;
    TestModel less = whole;
    less.tensors.erase(less.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(refusal(less.bytes()).find("m: " + name + ": expected a tensor of shape ["), 0U);
    TestModel other = whole;
    other.tensors[i].shape.push_back(1);
    EXPECT_EQ(refusal(other.bytes()).find("m: " + name + ": expected shape ["), 0U);
  }
  EXPECT_EQ(count, 1U + 11U + 9U);
  TestModel model = whole;
  model.metadata["hiss.config"] = toJson(smallConfig());
  EXPECT_EQ(refusal(model.bytes()),
            "m: pre.conv.weight: expected shape [6, 2, 8], found shape [6, 3, 8]");
  DenoiserConfig without = smallFullbandConfig();
  without.fullband_d_model = without.fullband_rank = 0;
  model.metadata["hiss.config"] = toJson(without);
  EXPECT_EQ(refusal(model.bytes()).find("m: fullband."), 0U) << refusal(model.bytes());
}

TEST(ModelFile, RefusesABadConfigOrCard) {
  EXPECT_EQ(refusalAfter([](TestModel& model) { model.metadata["hiss.config"] = "{"; }),
            "m: hiss.config: expected valid JSON, found an error at byte 2");
  EXPECT_EQ(
      refusalAfter([](TestModel& model) { model.metadata["hiss.config"] = R"({"a":1,"a":2})"; }),
      "m: hiss.config: expected each key once, found \"a\" twice");
  EXPECT_EQ(refusalAfter([](TestModel& model) { model.metadata["hiss.card"] = "{}"; }),
            "m: hiss.card.name: expected a string, found none");
}

TEST(ModelFile, RefusesEachTensorMissing) {
  const TestModel whole = randomModel(smallConfig());
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    TestModel model = whole;
    model.tensors.erase(model.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    const std::string text = refusal(model.bytes());
    EXPECT_EQ(text.find("m: " + whole.tensors[i].name + ": expected a tensor of shape ["), 0U)
        << text;
    EXPECT_NE(text.find("found none"), std::string::npos) << text;
  }
}

TEST(ModelFile, RefusesEachTensorOfAnotherShape) {
  const TestModel whole = randomModel(smallConfig());
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    TestModel model = whole;
    model.tensors[i].shape.push_back(1);  // the same values
    const std::string text = refusal(model.bytes());
    EXPECT_EQ(text.find("m: " + whole.tensors[i].name + ": expected shape ["), 0U) << text;
  }
  EXPECT_EQ(refusalAfter([](TestModel& model) {
              model.tensor("chan_down.weight").shape = {6, 4};
            }),
            "m: chan_down.weight: expected shape [4, 6], found shape [6, 4]");
}

TEST(ModelFile, RefusesATensorItDoesNotKnow) {
  EXPECT_EQ(refusalAfter([](TestModel& model) {
              model.tensors.push_back(floatTensor("extra", {2}, std::vector<float>(2)));
            }),
            "m: extra: expected no tensor of this name, found one of shape [2]");
}

TEST(ModelFile, RefusesATensorGivenTwice) {
  const TestModel model = randomModel(smallConfig());
  std::string header = headerOf(model.tensors, model.metadata);
  const std::string again =
      R"("post.bias":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"last.bias")";
  header.replace(header.find("\"last.bias\""), std::string("\"last.bias\"").size(), again);
  std::vector<std::byte> data;
  for (const TestTensor& tensor : model.tensors) {
    data.insert(data.end(), tensor.data.begin(), tensor.data.end());
  }
  EXPECT_EQ(refusal(assembleFile(header, data)),
            "m: header: expected each key once, found \"post.bias\" twice");
}

TEST(ModelFile, RefusesWeightsThatAreNotFinite) {
  EXPECT_EQ(refusalAfter([](TestModel& model) {
              setValue(model.tensor("enc.0.conv.weight"), 3,
                       std::numeric_limits<float>::quiet_NaN());
            }),
            "m: enc.0.conv.weight: expected finite values, found NaN at index 3");
  EXPECT_EQ(refusalAfter([](TestModel& model) {
              setValue(model.tensor("blocks.1.mixer.A_log"), 0,
                       -std::numeric_limits<float>::infinity());
            }),
            "m: blocks.1.mixer.A_log: expected finite values, found infinity at index 0");
}

TEST(ModelFile, RefusesANegativeVariance) {
  EXPECT_EQ(refusalAfter([](TestModel& model) {
              setValue(model.tensor("dec.0.mix.bn.running_var"), 2, -0.5F);
            }),
            "m: dec.0.mix.bn.running_var: expected variances of at least 0, found -0.500000 at "
            "index 2");
}

TEST(ModelFile, RefusesTruncatedAndExtendedData) {
  std::vector<std::byte> bytes = randomModel(smallConfig()).bytes();
  bytes.push_back(std::byte{0});
  EXPECT_NE(refusal(bytes).find("(trailing data)"), std::string::npos) << refusal(bytes);
  bytes.resize(bytes.size() - 2);
  EXPECT_NE(refusal(bytes).find("expected a range within"), std::string::npos) << refusal(bytes);
}

TEST(ModelFile, TakesHalfPrecisionWeights) {
  TestModel model = randomModel(smallConfig());
  for (TestTensor& tensor : model.tensors) {
    // The upper half of each f32 is its bf16 value, rounded towards zero.
    std::vector<std::byte> halves;
    for (std::size_t i = 0; i < tensor.data.size(); i += 4) {
      halves.push_back(tensor.data[i + 2]);
      halves.push_back(tensor.data[i + 3]);
    }
    tensor.data = halves;
    tensor.dtype = "BF16";
  }
  EXPECT_EQ(refusal(model.bytes()), "");
}

}  // namespace
}  // namespace hiss
