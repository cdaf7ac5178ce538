// SPDX-License-Identifier: Apache-2.0
// Model files made of published weights, and what is refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/denoiser_model.h"
#include "models/import/checkpoint.h"
#include "models/import/model_import.h"
#include "models/model_error.h"
#include "models/sequence_model.h"
#include "tests/models/model_maker.h"
#include "tests/models/torch_file_maker.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

using Shape = std::vector<std::int64_t>;

// Published weights being put together.
struct Weights {
  std::vector<TestTensor> tensors;

  void add(const std::string& name, const Shape& shape) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    const auto stream = static_cast<std::uint32_t>(tensors.size());
    tensors.push_back(
        floatTensor(name, shape, goldenTensor(stream, static_cast<std::size_t>(count), 0.3F)));
  }
  TestTensor& tensor(const std::string& name) {
    return *std::find_if(tensors.begin(), tensors.end(),
                         [&](const TestTensor& tensor) { return tensor.name == name; });
  }
  void remove(const std::string& name) {
    std::erase_if(tensors, [&](const TestTensor& tensor) { return tensor.name == name; });
  }
};

class ImportModel : public testing::Test {
 protected:
  void SetUp() override {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("hiss_import_" + std::to_string(::getpid()) + "_" + test->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Two layers of d_model 4, as transformers names them.
  static Weights mamba() {
    Weights w;
    w.add("backbone.embeddings.weight", {6, 4});
    for (const std::string layer : {"backbone.layers.0.", "backbone.layers.1."}) {
      w.add(layer + "norm.weight", {4});
      w.add(layer + "mixer.in_proj.weight", {16, 4});
      w.add(layer + "mixer.conv1d.weight", {8, 1, 4});
      w.add(layer + "mixer.conv1d.bias", {8});
      w.add(layer + "mixer.x_proj.weight", {7, 8});
      w.add(layer + "mixer.dt_proj.weight", {8, 1});
      w.add(layer + "mixer.dt_proj.bias", {8});
      w.add(layer + "mixer.A_log", {8, 3});
      w.add(layer + "mixer.D", {8});
      w.add(layer + "mixer.out_proj.weight", {4, 8});
    }
    w.add("backbone.norm_f.weight", {4});
    return w;
  }

  // d_inner 8 in two heads, two groups of d_state 3.
  static Weights mamba2() {
    Weights w;
    w.add("backbone.embedding.weight", {6, 4});
    const std::string layer = "backbone.layers.0.";
    w.add(layer + "norm.weight", {4});
    w.add(layer + "mixer.in_proj.weight", {8 + 8 + 12 + 2, 4});
    w.add(layer + "mixer.conv1d.weight", {20, 1, 4});
    w.add(layer + "mixer.conv1d.bias", {20});
    w.add(layer + "mixer.dt_bias", {2});
    w.add(layer + "mixer.A_log", {2});
    w.add(layer + "mixer.D", {2});
    w.add(layer + "mixer.norm.weight", {8});
    w.add(layer + "mixer.out_proj.weight", {4, 8});
    w.add("backbone.norm_f.weight", {4});
    w.add("lm_head.weight", {6, 4});
    return w;
  }

  fs::path write(const std::string& name, const std::vector<std::byte>& bytes) const {
    writeBytes(folder_ / name, bytes);
    return folder_ / name;
  }
  fs::path write(const Weights& weights) const {
    return write("w.safetensors", safetensorsBytes(weights.tensors, {{"format", "pt"}}));
  }
  fs::path write(const std::string& name, const std::string& text) const {
    const auto* const first = reinterpret_cast<const std::byte*>(text.data());
    return write(name, std::vector<std::byte>(first, first + text.size()));
  }

  static std::string refusal(const ImportRequest& request) {
    try {
      (void)importModel(request);
    } catch (const ModelError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      return error.what();
    }
    return "taken";
  }

  fs::path folder_;
};

TEST_F(ImportModel, MakesASequenceModelOfMamba) {
  const Weights weights = mamba();
  const fs::path config = write("config.json", std::string(R"({"layer_norm_epsilon": 1e-4})"));
  const ImportedModel model =
      importModel({.input = write(weights), .config = config, .name = "small"});
  EXPECT_EQ(model.kind, ImportKind::kMamba);
  const auto read = SequenceModel::parse(model.file, "small");
  EXPECT_EQ(read->config().n_in, 6);
  EXPECT_EQ(read->config().n_out, 6);
  EXPECT_EQ(read->config().n_layer, 2);
  EXPECT_EQ(read->config().block.d_state, 3);
  EXPECT_EQ(read->config().block.expand, 2);
  EXPECT_FLOAT_EQ(read->config().block.norm_eps, 1e-4F);
  EXPECT_EQ(read->card().name, "small");
  // Tied: the head's weights are the embedding's.
  const SafetensorsFile file = SafetensorsFile::parse(model.file, "small");
  EXPECT_EQ(floatBytes(file.find("head.weight")->data),
            floatBytes(file.find("embedding.weight")->data));
  EXPECT_EQ(floatBytes(file.find("blocks.1.mixer.A_log")->data), weights.tensors.at(18).data);
}

TEST_F(ImportModel, MakesASequenceModelOfMamba2) {
  const fs::path config = write("config.json", std::string(R"({"n_groups": 2})"));
  const ImportedModel model = importModel({.input = write(mamba2()), .config = config});
  EXPECT_EQ(model.kind, ImportKind::kMamba2);
  const BlockConfig block = SequenceModel::parse(model.file, "small")->config().block;
  EXPECT_EQ(block.headdim, 4);
  EXPECT_EQ(block.ngroups, 2);
  EXPECT_EQ(block.d_state, 3);
}

// Python writes numbers into a config.json that JSON has not.
TEST_F(ImportModel, TakesAStepWithoutLimitsAndNoOther) {
  const Weights weights = mamba2();
  const auto import = [&](const std::string& limit) {
    const std::string text =
        R"({"n_groups": 2, "a": "Infinity \" NaN", "time_step_limit": )" + limit + "}";
    return refusal({.input = write(weights), .config = write("config.json", text)});
  };
  for (const char* const limit : {"[0.0, Infinity]", R"([0, {"__float__": "Infinity"}])"}) {
    EXPECT_EQ(import(limit), "taken") << limit;
  }
  for (const char* const limit :
       {"[0.0, 0.1]", "[0.001, Infinity]", "[]", "3", "[0.0, NaN, 1]", R"([0, {"x": 1}])"}) {
    EXPECT_NE(import(limit).find("time_step_limit: expected [0, Infinity], found "),
              std::string::npos)
        << limit;
  }
  EXPECT_NE(import("[0.0, Infinit]").find("valid JSON"), std::string::npos);
}

TEST_F(ImportModel, MakesADenoiserOfCleanUMamba) {
  const ImportedModel model =
      importModel({.input = goldenPath("cleanumamba_tiny.pkl"), .name = "tiny"});
  EXPECT_EQ(model.kind, ImportKind::kCleanUMamba);
  const auto read = DenoiserModel::parse(model.file, "tiny");
  EXPECT_EQ(read->parameterCount(), model.parameters);
  EXPECT_EQ(model.tensors, 52U);
}

TEST_F(ImportModel, NamesTheTensorThatIsMissingWrongOrUnknown) {
  for (std::size_t i = 0; i < mamba().tensors.size(); ++i) {
    Weights less = mamba();
    const std::string name = less.tensors[i].name;
    less.remove(name);
    const std::string text = refusal({.input = write(less), .kind = ImportKind::kMamba});
    // An embedding may have either of two names.
    const std::string named = i == 0 ? "backbone.embedding.weight" : name;
    EXPECT_NE(text.find(named + ": expected"), std::string::npos) << name << ": " << text;
  }
  Weights wrong = mamba();
  wrong.remove("backbone.layers.1.mixer.D");
  wrong.add("backbone.layers.1.mixer.D", {9});
  EXPECT_NE(refusal({.input = write(wrong)})
                .find("backbone.layers.1.mixer.D: expected shape [8], found shape [9]"),
            std::string::npos);
  Weights more = mamba();
  more.add("backbone.layers.0.mixer.in_proj.bias", {16});
  EXPECT_NE(refusal({.input = write(more)})
                .find("backbone.layers.0.mixer.in_proj.bias: expected no tensor of this name"),
            std::string::npos);
}

TEST_F(ImportModel, RefusesOtherArchitectures) {
  Weights other;
  other.add("transformer.h.0.attn.weight", {4, 4});
  EXPECT_NE(refusal({.input = write(other)}).find("\"transformer.h.0.attn.weight\""),
            std::string::npos);
  EXPECT_NE(refusal({.input = write(mamba()), .kind = ImportKind::kCleanUMamba}), "taken");
  EXPECT_NE(refusal({.input = write(mamba2()), .kind = ImportKind::kMamba})
                .find("backbone.layers.0.mixer.A_log"),
            std::string::npos);
  const fs::path lstm = write("lstm.json", std::string(R"({"network_config": {"LSTM": true}})"));
  EXPECT_NE(refusal({.input = goldenPath("cleanumamba_tiny.pkl"), .config = lstm})
                .find("network_config.LSTM: expected false, found true"),
            std::string::npos);
  const fs::path bad = write("bad.json", std::string("[1]"));
  EXPECT_NE(refusal({.input = write(mamba()), .config = bad}).find("bad.json"), std::string::npos);
  EXPECT_NE(refusal({.input = folder_ / "absent.pt"}).find("no such file"), std::string::npos);
}

}  // namespace
}  // namespace hiss
