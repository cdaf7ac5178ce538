// SPDX-License-Identifier: Apache-2.0
#include "models/sequence_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/model_error.h"
#include "models/state_tap.h"
#include "ssm/simd/dispatch.h"
#include "tests/models/model_maker.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

using Input = SequenceConfig::Input;

// As in models/training/make_sequence_golden.py.
constexpr int kSteps = 150;
constexpr int kRows = 2;
constexpr int kStride = 5;

// What goes into a step of all rows: one of the two is empty.
struct Values {
  std::vector<float> features;
  std::vector<std::int32_t> tokens;
};

Values goldenValues(const SequenceConfig& config, int step, int rows = kRows) {
  Values values;
  const int width = config.input == Input::kTokens ? 1 : config.n_in;
  for (int i = 0; i < rows * width; ++i) {
    const float g = goldenUniform(1, static_cast<std::uint32_t>(step * rows * width + i));
    if (config.input == Input::kTokens) {
      values.tokens.push_back(
          static_cast<std::int32_t>((g + 1.0F) * 0.5F * static_cast<float>(config.n_in)));
    } else {
      values.features.push_back(2.0F * g);
    }
  }
  return values;
}

// Some rows side by side.
struct Stream {
  Stream(std::shared_ptr<const SequenceModel> of, int rows)
      : model(std::move(of)),
        state(model->makeState(rows)),
        scratch(*model, rows),
        out(static_cast<std::size_t>(rows * model->config().n_out), -1.0F) {}

  void step(const Values& values, const StateProbe* probe = nullptr) {
    if (values.tokens.empty()) {
      model->step(values.features.data(), state, scratch, out.data(), probe);
    } else {
      model->step(values.tokens.data(), state, scratch, out.data(), probe);
    }
  }

  std::shared_ptr<const SequenceModel> model;
  SequenceModel::State state;
  SequenceModel::Scratch scratch;
  std::vector<float> out;
};

std::shared_ptr<const SequenceModel> parsed(const TestModel& model,
                                            const Kernels& kernels = defaultKernels()) {
  return SequenceModel::parse(model.bytes(), "m", kernels);
}

std::shared_ptr<const SequenceModel> small(BlockKind kind, Input input,
                                           const Kernels& kernels = defaultKernels()) {
  return parsed(randomSequenceModel(smallSequenceConfig(kind, input)), kernels);
}

class SequenceGolden : public testing::TestWithParam<const char*> {};

TEST_P(SequenceGolden, EqualsThePyTorchTwin) {
  const std::string name = std::string("sequence_") + GetParam();
  const auto vectors = SafetensorsFile::read(goldenPath(name + "_vectors.safetensors"));
  const TensorView* expected = vectors.find("out");
  ASSERT_NE(expected, nullptr);
  for (const Kernels* kernels : availableKernels()) {
    Stream stream(SequenceModel::load(goldenPath(name + ".safetensors"), *kernels), kRows);
    constexpr int kKept = (kSteps + kStride - 1) / kStride;
    ASSERT_EQ(expected->shape,
              (std::vector<std::int64_t>{kKept, kRows, stream.model->config().n_out}));
    double worst = 0.0;
    for (int t = 0; t < kSteps; ++t) {
      stream.step(goldenValues(stream.model->config(), t));
      if (t % kStride != 0) continue;
      const auto kept =
          expected->data.subspan(static_cast<std::size_t>(t / kStride) * stream.out.size());
      for (std::size_t i = 0; i < stream.out.size(); ++i) {
        const double error = std::fabs(double{stream.out[i]} - double{kept[i]});
        worst = std::max(worst, error / std::max(1.0, std::fabs(double{kept[i]})));
      }
    }
    EXPECT_LT(worst, 1e-5) << kernels->name;
    std::printf("  %s, %s: %.1e\n", GetParam(), kernels->name, worst);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, SequenceGolden,
                         testing::Values("mamba", "mamba2", "s4d", "s4d_bilinear", "selective_gate",
                                         "simplified_mamba"),
                         [](const auto& test) { return std::string(test.param); });

class SequenceKinds : public testing::TestWithParam<BlockKind> {};

INSTANTIATE_TEST_SUITE_P(All, SequenceKinds, testing::ValuesIn(kBlockKinds),
                         [](const auto& test) { return std::string(blockKindName(test.param)); });

TEST_P(SequenceKinds, SaysWhatIsInTheFile) {
  const SequenceConfig config = smallSequenceConfig(GetParam(), Input::kTokens);
  const TestModel file = randomSequenceModel(config);
  const auto model = parsed(file);
  EXPECT_EQ(model->path(), "m");
  EXPECT_EQ(model->card().name, "random");
  std::size_t values = 0;
  for (const TestTensor& tensor : file.tensors) values += tensor.data.size() / sizeof(float);
  EXPECT_EQ(model->parameterCount(), values);
  EXPECT_EQ(toJson(model->config()), file.metadata.at("hiss.config"));
  EXPECT_EQ(toJson(parseSequenceConfig(toJson(config), "m")), toJson(config));
  EXPECT_GT(model->config().macsPerStep(), 2 * 100 + 9 * 10);
  EXPECT_FALSE(model->config().foretellsFeatures());
  EXPECT_TRUE(small(GetParam(), Input::kFeatures)->config().foretellsFeatures());
  // Saved states hold that and a header.
  const auto bytes = static_cast<std::int64_t>(model->makeState(3).savedBytes());
  EXPECT_GE(bytes, 3 * model->stateBytesPerRow());
  EXPECT_LE(bytes, 3 * model->stateBytesPerRow() + 128);
}

TEST_P(SequenceKinds, ARowDoesNotDependOnTheOthers) {
  constexpr int kMany = 21;
  for (const Input input : {Input::kTokens, Input::kFeatures}) {
    for (const Kernels* kernels : availableKernels()) {
      Stream many(small(GetParam(), input, *kernels), kMany);
      Stream one(small(GetParam(), input, *kernels), 1);
      const auto width = static_cast<std::ptrdiff_t>(one.out.size());
      for (int t = 0; t < 30; ++t) {
        const Values values = goldenValues(one.model->config(), t, 1);
        Values repeated;
        for (int r = 0; r < kMany; ++r) {
          repeated.features.insert(repeated.features.end(), values.features.begin(),
                                   values.features.end());
          repeated.tokens.insert(repeated.tokens.end(), values.tokens.begin(), values.tokens.end());
        }
        many.step(repeated);
        one.step(values);
        for (int r = 0; r < kMany; ++r) {
          ASSERT_TRUE(std::equal(one.out.begin(), one.out.end(), many.out.begin() + r * width))
              << kernels->name << ", step " << t << ", row " << r;
        }
      }
    }
  }
}

TEST_P(SequenceKinds, ForgetsOnResetAndGoesOnFromASavedState) {
  Stream stream(small(GetParam(), Input::kTokens), kRows);
  const SequenceConfig& config = stream.model->config();
  stream.step(goldenValues(config, 0));
  const std::vector<float> first = stream.out;
  for (int t = 1; t < 20; ++t) stream.step(goldenValues(config, t));
  std::vector<std::byte> saved(stream.state.savedBytes());
  stream.state.save(saved);
  stream.step(goldenValues(config, 20));
  const std::vector<float> next = stream.out;
  stream.state.reset();
  stream.step(goldenValues(config, 20));
  EXPECT_NE(stream.out, next);
  stream.state.reset();
  stream.step(goldenValues(config, 0));
  EXPECT_EQ(stream.out, first);

  Stream other(small(GetParam(), Input::kTokens), kRows);
  other.state.load(saved);
  other.step(goldenValues(config, 20));
  EXPECT_EQ(other.out, next);
}

TEST_P(SequenceKinds, AllocatesNothingInAStep) {
  for (const Input input : {Input::kTokens, Input::kFeatures}) {
    Stream stream(small(GetParam(), input), kRows);
    const Values values = goldenValues(stream.model->config(), 0);
    AllocationGuard guard;
    for (int i = 0; i < 3; ++i) stream.step(values);
    EXPECT_EQ(guard.stop(), 0U);
  }
}

TEST_P(SequenceKinds, PassesOverWhatIsNoInput) {
  Stream clean(small(GetParam(), Input::kTokens), kRows);
  const SequenceConfig& config = clean.model->config();
  Stream tokens(clean.model, kRows);
  for (int t = 0; t < 4; ++t) {
    clean.step(goldenValues(config, t));
    tokens.step(goldenValues(config, t));
  }
  std::vector<float> before(static_cast<std::size_t>(kRows) * clean.state.shape().values());
  std::vector<float> after(before.size());
  tokens.state.copySsmState(0, before.data());
  tokens.step({{}, {-1, config.n_in}});
  tokens.state.copySsmState(0, after.data());
  EXPECT_EQ(before, after);
  EXPECT_EQ(tokens.state.skippedRows(), 2U);
  for (const float value : tokens.out) EXPECT_TRUE(std::isfinite(value));

  Stream features(small(GetParam(), Input::kFeatures), kRows);
  Values values = goldenValues(features.model->config(), 0);
  values.features[1] = std::numeric_limits<float>::infinity();
  features.step(values);
  EXPECT_EQ(features.state.skippedRows(), 1U);
  for (const float value : features.out) EXPECT_TRUE(std::isfinite(value));
}

TEST_P(SequenceKinds, ShowsItsStateThroughATap) {
  Stream stream(small(GetParam(), Input::kFeatures), kRows);
  Stream unseen(stream.model, kRows);
  StateTap tap(stream.model->stateLayout(kRows));
  ASSERT_EQ(tap.layout().layers.size(), 2U);
  EXPECT_EQ(tap.layout().layers[1].name, "block 2");
  EXPECT_EQ(tap.layout().layers[1].rows, kRows);
  tap.look({1, 1});
  StateSnapshot snapshot;
  for (int t = 0; t < 5; ++t) {
    const Values values = goldenValues(stream.model->config(), t);
    const StateProbe* const probe = tap.begin();
    ASSERT_NE(probe, nullptr);
    stream.step(values, probe);
    tap.end(static_cast<std::uint64_t>(t + 1), {});
    unseen.step(values);
    ASSERT_EQ(stream.out, unseen.out);
    ASSERT_TRUE(tap.next(snapshot));
    EXPECT_EQ(snapshot.step, static_cast<std::uint64_t>(t + 1));
    const auto size = static_cast<std::size_t>(snapshot.d_inner * snapshot.d_state);
    ASSERT_EQ(snapshot.h.size(), size);
    std::vector<float> states(2 * size);  // [rows, ...]
    stream.state.copySsmState(1, states.data());
    EXPECT_TRUE(std::equal(snapshot.h.begin(), snapshot.h.end(),
                           states.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

// Whatever the config says that is let through, the blocks take.
TEST(SequenceConfig, LetsThroughOnlyWhatTheBlocksTake) {
  std::uint32_t index = 0;
  const auto among = [&index](int least, int most) {
    const float g = 0.5F * (goldenUniform(7, index++) + 1.0F);
    return least + static_cast<int>(g * static_cast<float>(most - least + 1));
  };
  int accepted = 0;
  for (int i = 0; i < 3000; ++i) {
    SequenceConfig config =
        smallSequenceConfig(kBlockKinds[among(0, 4)], static_cast<Input>(among(0, 1)));
    BlockConfig& block = config.block;
    block.d_model = among(1, 40);
    block.d_state = among(1, 1024);
    block.d_conv = among(2, 16);
    block.expand = among(1, 8);
    block.dt_rank = among(1, 512);
    block.headdim = among(1, 20);
    block.ngroups = among(1, 4);
    try {
      const SequenceConfig read = parseSequenceConfig(toJson(config), "m");
      EXPECT_NO_THROW(read.block.validate()) << toJson(config);
      ++accepted;
    } catch (const ModelError&) {
      EXPECT_THROW(block.validate(), std::invalid_argument) << toJson(config);
    }
  }
  EXPECT_GT(accepted, 1000);
}

std::string refusalAfter(const SequenceConfig& config,
                         const std::function<void(TestModel&)>& damage) {
  TestModel model = randomSequenceModel(config);
  damage(model);
  try {
    (void)parsed(model);
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

TEST(SequenceModel, RefusesAnotherTaskOrFormat) {
  const auto refusal = [](const std::function<void(TestModel&)>& damage) {
    return refusalAfter(smallSequenceConfig(BlockKind::kMamba, Input::kTokens), damage);
  };
  EXPECT_EQ(refusal([](TestModel&) {}), "");
  EXPECT_EQ(refusal([](TestModel& m) { m.metadata["hiss.task"] = "denoise"; }),
            "m: __metadata__.hiss.task: expected \"sequence\", found \"denoise\"");
  EXPECT_EQ(refusal([](TestModel& m) { m.metadata["hiss.format"] = "1"; }),
            "m: __metadata__.hiss.format: expected \"2\", found \"1\"");
  for (const char* key : {"hiss.format", "hiss.task", "hiss.config", "hiss.card"}) {
    EXPECT_EQ(refusal([&](TestModel& m) { m.metadata.erase(key); }),
              std::string("m: __metadata__.") + key + ": expected a value, found none");
  }
}

TEST_P(SequenceKinds, RefusesATensorMissingOfAnotherShapeOrUnknown) {
  for (const Input input : {Input::kTokens, Input::kFeatures}) {
    const SequenceConfig config = smallSequenceConfig(GetParam(), input);
    for (const TestTensor& tensor : randomSequenceModel(config).tensors) {
      EXPECT_EQ(refusalAfter(config,
                             [&](TestModel& m) {
                               std::erase_if(m.tensors,
                                             [&](const auto& t) { return t.name == tensor.name; });
                             })
                    .find("m: " + tensor.name + ": expected a tensor of shape ["),
                0U);
      EXPECT_EQ(
          refusalAfter(config, [&](TestModel& m) { m.tensor(tensor.name).shape.push_back(1); })
              .find("m: " + tensor.name + ": expected shape ["),
          0U);
      EXPECT_EQ(refusalAfter(config,
                             [&](TestModel& m) {
                               TestTensor& own = m.tensor(tensor.name);
                               own.data = floatBytes(
                                   std::vector<float>(own.data.size() / sizeof(float),
                                                      std::numeric_limits<float>::quiet_NaN()));
                             })
                    .find("m: " + tensor.name + ": expected "),
                0U);
    }
    EXPECT_EQ(refusalAfter(config,
                           [](TestModel& m) {
                             m.tensors.push_back(floatTensor("more", {1}, std::vector{1.0F}));
                           }),
              "m: more: expected no tensor of this name, found one of shape [1]");
  }
}

// The refusal of a config in which `from` was replaced by `to`.
std::string refusalOf(BlockKind kind, Input input, const std::string& from, const std::string& to) {
  std::string config = toJson(smallSequenceConfig(kind, input));
  const std::size_t at = config.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << config;
  if (at == std::string::npos) return "not found";
  config.replace(at, from.size(), to);
  try {
    (void)parseSequenceConfig(config, "m");
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

TEST_P(SequenceKinds, RefusesAConfigWithoutAMemberOrWithOneMore) {
  for (const Input input : {Input::kTokens, Input::kFeatures}) {
    EXPECT_EQ(refusalOf(GetParam(), input, "{", R"({"more":1,)"),
              "m: hiss.config: expected only known keys, found \"more\"");
    const std::string config = toJson(smallSequenceConfig(GetParam(), input));
    std::size_t members = 0;
    for (std::size_t at = config.find('"'); at != std::string::npos;) {
      const std::size_t end = std::min(config.find(',', at), config.size() - 1);
      const std::string name = config.substr(at + 1, config.find('"', at + 1) - at - 1);
      // The last member goes with the comma in front of it.
      const bool last = config[end] == '}';
      const std::string member =
          last ? config.substr(at - 1, end - at + 1) : config.substr(at, end - at + 1);
      EXPECT_EQ(refusalOf(GetParam(), input, member, ""),
                "m: hiss.config." + name + ": expected a value, found none");
      ++members;
      at = last ? std::string::npos : config.find('"', end);
    }
    EXPECT_GE(members, 11U);
  }
}

TEST(SequenceConfig, RefusesWhatItCannotRun) {
  constexpr BlockKind kMamba = BlockKind::kMamba;
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "ssm-sequence", "channel-mamba"),
            "m: hiss.config.arch: expected \"ssm-sequence\", found \"channel-mamba\"");
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"mamba\"", "\"mamba3\""),
            "m: hiss.config.block: expected \"mamba\", \"mamba2\", \"s4d\", \"selective_gate\" or "
            "\"simplified_mamba\", found \"mamba3\"");
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"tokens\"", "\"words\""),
            "m: hiss.config.input: expected \"tokens\" or \"features\", found \"words\"");
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"tokens\"", "\"features\""),
            "m: hiss.config.n_in: expected a value, found none");
  EXPECT_EQ(refusalOf(BlockKind::kS4d, Input::kTokens, "\"zoh\"", "\"euler\""),
            "m: hiss.config.rule: expected \"zoh\" or \"bilinear\", found \"euler\"");
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"block\":\"mamba\"", "\"block\":\"s4d\""),
            "m: hiss.config.rule: expected a value, found none");
  const auto range = [](const char* name, const char* expected, const char* found) {
    return std::string("m: hiss.config.") + name + ": expected " + expected + ", found " + found;
  };
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"vocab\":9", "\"vocab\":0"),
            range("vocab", "a whole number from 1 to 65536", "0"));
  EXPECT_EQ(refusalOf(kMamba, Input::kFeatures, "\"n_in\":3", "\"n_in\":1025"),
            range("n_in", "a whole number from 1 to 1024", "1025"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"n_out\":9", "\"n_out\":-1"),
            range("n_out", "a whole number from 1 to 65536", "-1"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"n_layer\":2", "\"n_layer\":65"),
            range("n_layer", "a whole number from 1 to 64", "65"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"d_model\":10", "\"d_model\":2049"),
            range("d_model", "a whole number from 1 to 2048", "2049"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"d_state\":6", "\"d_state\":6.5"),
            range("d_state", "a whole number from 1 to 1024", "6.5"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"d_conv\":3", "\"d_conv\":17"),
            range("d_conv", "a whole number from 2 to 16", "17"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"expand\":2", "\"expand\":9"),
            range("expand", "a whole number from 1 to 8", "9"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"dt_rank\":2", "\"dt_rank\":\"2\""),
            range("dt_rank", "a whole number from 1 to 512", "\"2\""));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"norm\":1", "\"norm\":2"),
            range("norm", "a whole number from 0 to 1", "2"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"residual\":1", "\"residual\":true"),
            range("residual", "a whole number from 0 to 1", "true"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"norm_f\":1", "\"norm_f\":-1"),
            range("norm_f", "a whole number from 0 to 1", "-1"));
  EXPECT_EQ(refusalOf(kMamba, Input::kTokens, "\"norm_eps\":", "\"norm_eps\":0.5,\"eps\":")
                .find("m: hiss.config.norm_eps: expected a number from "),
            0U);
  EXPECT_EQ(refusalOf(BlockKind::kS4d, Input::kTokens, "\"d_state\":6", "\"d_state\":7"),
            range("d_state", "an even number", "7"));
  EXPECT_EQ(refusalOf(BlockKind::kMamba2, Input::kTokens, "\"headdim\":5", "\"headdim\":6"),
            range("headdim", "a divisor of expand d_model", "6"));
  EXPECT_EQ(refusalOf(BlockKind::kMamba2, Input::kTokens, "\"ngroups\":2", "\"ngroups\":3"),
            range("ngroups", "a divisor of expand d_model / headdim", "3"));
  SequenceConfig large = smallSequenceConfig(kMamba, Input::kTokens);
  large.n_layer = 64;
  large.block.d_model = 2048;
  large.block.expand = 8;
  try {
    (void)parseSequenceConfig(toJson(large), "m");
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("values of state in all"), std::string::npos);
  }
}

TEST(SequenceModel, FingerprintTellsModelsApart) {
  const SequenceConfig config = smallSequenceConfig(BlockKind::kMamba, Input::kTokens);
  TestModel model = randomSequenceModel(config);
  const std::uint64_t first = parsed(model)->fingerprint();
  EXPECT_EQ(parsed(randomSequenceModel(config))->fingerprint(), first);
  model.tensor("head.bias").data = floatBytes(std::vector<float>(9, 0.25F));
  EXPECT_NE(parsed(model)->fingerprint(), first);
}

}  // namespace
}  // namespace hiss
