// SPDX-License-Identifier: Apache-2.0
#include "models/sensor_forecaster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/model_error.h"
#include "ssm/simd/dispatch.h"
#include "tests/models/model_maker.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr int kFeatures = SensorForecaster::kFeatures;
constexpr int kPerRow = SensorForecaster::kPerRow;

// As in models/training/make_forecaster_golden.py.
constexpr int kRows = 200;
constexpr int kChannels = 3;
constexpr int kStride = 8;

std::vector<float> goldenFeatures(int row) {
  constexpr float kScales[kFeatures] = {1.5F, 2.0F, 1.0F, 1.0F, 2.0F};
  std::vector<float> u(kChannels * kFeatures);
  for (std::size_t i = 0; i < u.size(); ++i) {
    const auto index = static_cast<std::uint32_t>(row * kChannels * kFeatures) + i;
    const std::size_t feature = i % kFeatures;
    const float g = goldenUniform(1, static_cast<std::uint32_t>(index));
    u[i] = kScales[feature] * g;
    if (feature == 3) u[i] = g > 0.9F ? 1.0F : 0.0F;
    if (feature == 4) u[i] = std::max(u[i], 0.0F);
  }
  return u;
}

std::string smallPath() { return goldenPath("forecaster_small.safetensors").string(); }

std::shared_ptr<const SensorForecaster> small(const Kernels& kernels = defaultKernels()) {
  return SensorForecaster::load(smallPath(), kernels);
}

// One stream of some channels.
struct Stream {
  Stream(std::shared_ptr<const SensorForecaster> of, int channels)
      : model(std::move(of)),
        state(model->makeState(channels)),
        scratch(*model, channels),
        quantiles(static_cast<std::size_t>(channels * kPerRow), -1.0F),
        logits(static_cast<std::size_t>(channels), -1.0F) {}
  void step(const std::vector<float>& features) {
    model->step(features.data(), state, scratch, quantiles.data(), logits.data());
  }

  std::shared_ptr<const SensorForecaster> model;
  SensorForecaster::State state;
  SensorForecaster::Scratch scratch;
  std::vector<float> quantiles;
  std::vector<float> logits;
};

// Differences from PyTorch in shares of what is allowed: 1e-5, of values beyond 1 relative to them.
double worstShare(const std::string& model_file, const std::string& vectors_file,
                  const Kernels& kernels) {
  const auto vectors = SafetensorsFile::read(goldenPath(vectors_file));
  const TensorView* quantiles = vectors.find("quantiles");
  const TensorView* logits = vectors.find("logits");
  EXPECT_NE(quantiles, nullptr);
  EXPECT_NE(logits, nullptr);
  constexpr int kKept = (kRows + kStride - 1) / kStride;
  EXPECT_EQ(quantiles->shape, (std::vector<std::int64_t>{kKept, kChannels, 3, 9}));
  Stream stream(SensorForecaster::load(model_file, kernels), kChannels);
  double worst = 0.0;
  const auto compare = [&](std::span<const float> found, std::span<const float> expected) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double allowed = 1e-5 * std::max(1.0, std::fabs(double{expected[i]}));
      worst = std::max(worst, std::fabs(double{found[i]} - double{expected[i]}) / allowed);
    }
  };
  for (int t = 0; t < kRows; ++t) {
    stream.step(goldenFeatures(t));
    if (t % kStride != 0) continue;
    const auto kept = static_cast<std::size_t>(t / kStride);
    compare(stream.quantiles, quantiles->data.subspan(kept * kChannels * kPerRow));
    compare(stream.logits, logits->data.subspan(kept * kChannels));
  }
  return worst;
}

TEST(SensorForecaster, EqualsThePyTorchTwin) {
  for (const Kernels* kernels : availableKernels()) {
    const double worst = worstShare(smallPath(), "forecaster_small_vectors.safetensors", *kernels);
    EXPECT_LT(worst, 1.0) << kernels->name;
    std::printf("  small, %s: %.1e\n", kernels->name, 1e-5 * worst);
  }
}

TEST(SensorForecaster, TheShippedOneEqualsThePyTorchTwin) {
  const std::string path = goldenPath("../../models/weights/forecaster.safetensors").string();
  EXPECT_EQ(SensorForecaster::load(path)->card().name, "forecaster");
  for (const Kernels* kernels : availableKernels()) {
    const double worst = worstShare(path, "forecaster_vectors.safetensors", *kernels);
    EXPECT_LT(worst, 1.0) << kernels->name;
    std::printf("  shipped, %s: %.1e\n", kernels->name, 1e-5 * worst);
  }
}

TEST(SensorForecaster, SaysWhatIsInTheFile) {
  const auto model = small();
  EXPECT_EQ(model->path(), smallPath());
  EXPECT_EQ(model->config().d_model, 6);
  EXPECT_EQ(model->card().name, "small");
  const SafetensorsFile file = SafetensorsFile::read(smallPath());
  std::size_t values = 0;
  for (const TensorView& tensor : file.tensors()) values += tensor.data.size();
  EXPECT_EQ(model->parameterCount(), values);
  EXPECT_GT(model->config().macsPerRow(), 300.0);
  EXPECT_EQ(toJson(parseForecasterConfig(toJson(model->config()), "m")), toJson(model->config()));
}

TEST(SensorForecaster, AChannelDoesNotDependOnTheOthers) {
  constexpr int kMany = 70;
  for (const Kernels* kernels : availableKernels()) {
    Stream many(small(*kernels), kMany);
    Stream few(small(*kernels), kChannels);
    for (int t = 0; t < 40; ++t) {
      const std::vector<float> u = goldenFeatures(t);
      std::vector<float> wide;
      while (wide.size() < static_cast<std::size_t>(kMany * kFeatures)) {
        wide.insert(wide.end(), u.begin(), u.end());
      }
      many.step(wide);
      few.step(u);
      for (int c = 0; c < kMany; ++c) {
        const int twin = c % kChannels;
        ASSERT_EQ(many.logits[static_cast<std::size_t>(c)],
                  few.logits[static_cast<std::size_t>(twin)]);
        ASSERT_TRUE(std::equal(many.quantiles.begin() + c * kPerRow,
                               many.quantiles.begin() + (c + 1) * kPerRow,
                               few.quantiles.begin() + twin * kPerRow))
            << kernels->name << ", row " << t << ", channel " << c;
      }
    }
  }
}

TEST(SensorForecaster, ForgetsOnResetAndGoesOnFromASavedState) {
  Stream stream(small(), kChannels);
  stream.step(goldenFeatures(0));
  const std::vector<float> first = stream.quantiles;
  for (int t = 1; t < 20; ++t) stream.step(goldenFeatures(t));
  EXPECT_NE(stream.quantiles, first);
  std::vector<std::byte> saved(stream.state.savedBytes());
  stream.state.save(saved);
  stream.step(goldenFeatures(20));
  const std::vector<float> next = stream.quantiles;
  stream.state.reset();
  stream.step(goldenFeatures(0));
  EXPECT_EQ(stream.quantiles, first);

  Stream other(small(), kChannels);
  other.state.load(saved);
  other.step(goldenFeatures(20));
  EXPECT_EQ(other.quantiles, next);
}

TEST(SensorForecaster, AllocatesNothingInAStep) {
  Stream stream(small(), kChannels);
  const std::vector<float> u = goldenFeatures(0);
  AllocationGuard guard;
  for (int i = 0; i < 3; ++i) stream.step(u);
  EXPECT_EQ(guard.stop(), 0U);
  static_assert(
      noexcept(stream.model->step(nullptr, stream.state, stream.scratch, nullptr, nullptr)));
}

// The small model, taken apart to be changed.
TestModel parts() {
  const SafetensorsFile file = SafetensorsFile::read(smallPath());
  TestModel model;
  model.metadata = file.metadata();
  for (const TensorView& tensor : file.tensors()) {
    model.tensors.push_back(floatTensor(tensor.name, tensor.shape, tensor.data));
  }
  return model;
}

std::string refusalAfter(const std::function<void(TestModel&)>& damage) {
  TestModel model = parts();
  damage(model);
  try {
    (void)SensorForecaster::parse(model.bytes(), "m");
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

TEST(SensorForecaster, GivesSoundQuantilesForAnyWeights) {
  TestModel model = parts();
  TestTensor& weight = model.tensor("head.weight");
  std::vector<float> values(weight.data.size() / sizeof(float), 3e38F);
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = -3e38F;
  weight.data = floatBytes(values);
  Stream stream(SensorForecaster::parse(model.bytes(), "m"), kChannels);
  for (int t = 0; t < 5; ++t) {
    stream.step(goldenFeatures(t));
    for (const float q : stream.quantiles) EXPECT_TRUE(std::fabs(q) <= 1e6F) << q;
    for (const float logit : stream.logits) EXPECT_TRUE(std::fabs(logit) <= 1e6F) << logit;
    for (std::size_t i = 0; i + 1 < stream.quantiles.size(); ++i) {
      if ((i + 1) % 9 == 0) continue;
      EXPECT_LE(stream.quantiles[i], stream.quantiles[i + 1]) << i;
    }
  }
}

TEST(SensorForecaster, RefusesAnotherTaskOrFormat) {
  EXPECT_EQ(refusalAfter([](TestModel&) {}), "");
  EXPECT_EQ(refusalAfter([](TestModel& m) { m.metadata["hiss.task"] = "denoise"; }),
            "m: __metadata__.hiss.task: expected \"forecaster\", found \"denoise\"");
  EXPECT_EQ(refusalAfter([](TestModel& m) { m.metadata["hiss.format"] = "3"; }),
            "m: __metadata__.hiss.format: expected \"2\", found \"3\"");
  for (const char* key : {"hiss.format", "hiss.task", "hiss.config", "hiss.card"}) {
    EXPECT_EQ(refusalAfter([&](TestModel& m) { m.metadata.erase(key); }),
              std::string("m: __metadata__.") + key + ": expected a value, found none");
  }
}

TEST(SensorForecaster, RefusesATensorMissingOfAnotherShapeOrUnknown) {
  const TestModel whole = parts();
  ASSERT_EQ(whole.tensors.size(), 25U);
  for (const TestTensor& tensor : whole.tensors) {
    EXPECT_EQ(refusalAfter([&](TestModel& m) {
                std::erase_if(m.tensors, [&](const auto& t) { return t.name == tensor.name; });
              }).find("m: " + tensor.name + ": expected a tensor of shape ["),
              0U);
    EXPECT_EQ(refusalAfter([&](TestModel& m) {
                m.tensor(tensor.name).shape.push_back(1);
              }).find("m: " + tensor.name + ": expected shape ["),
              0U);
  }
  EXPECT_EQ(refusalAfter([](TestModel& m) {
              m.tensors.push_back(floatTensor("more", {1}, std::vector<float>{1.0F}));
            }),
            "m: more: expected no tensor of this name, found one of shape [1]");
  EXPECT_NE(refusalAfter([](TestModel& m) {
              m.tensor("head.bias").data =
                  floatBytes(std::vector<float>(28, std::numeric_limits<float>::quiet_NaN()));
            }),
            "");
}

TEST(SensorForecaster, RefusesAConfigItCannotRun) {
  const auto refusalOf = [](const std::string& from, const std::string& to) {
    return refusalAfter([&](TestModel& m) {
      std::string& config = m.metadata["hiss.config"];
      const std::size_t at = config.find(from);
      ASSERT_NE(at, std::string::npos) << from;
      config.replace(at, from.size(), to);
    });
  };
  EXPECT_EQ(refusalOf("channel-mamba", "subband-mamba"),
            "m: hiss.config.arch: expected \"channel-mamba\", found \"subband-mamba\"");
  EXPECT_EQ(refusalOf("\"d_model\": 6", "\"d_model\": 0"),
            "m: hiss.config.d_model: expected a whole number from 1 to 512, found 0");
  EXPECT_EQ(refusalOf("\"d_state\": 3", "\"d_state\": 3.5"),
            "m: hiss.config.d_state: expected a whole number from 1 to 128, found 3.5");
  EXPECT_EQ(refusalOf("\"dt_rank\": 2", "\"dt_rank\": 7"),
            "m: hiss.config.dt_rank: expected at most d_model, found 7");
  EXPECT_EQ(refusalOf("\"d_conv\": 3, ", ""),
            "m: hiss.config.d_conv: expected a value, found none");
  EXPECT_EQ(refusalOf("{", R"({"more": 1, )"),
            "m: hiss.config: expected only known keys, found \"more\"");
  EXPECT_EQ(refusalOf("[1, 4, 16]", "[1, 4, 8]"),
            "m: hiss.config.horizons: expected [1,4,16], found an array of 3");
  EXPECT_EQ(refusalOf("0.95, 0.99", "0.95, 0.999").find("m: hiss.config.quantiles: expected ["),
            0U);
  EXPECT_EQ(refusalOf("1e-05", "0.5"),
            "m: hiss.config.norm_eps: expected a number from 1e-12 to 0.1, found 0.5");
}

TEST(SensorForecaster, FingerprintTellsModelsApart) {
  const auto fingerprint = [](const TestModel& model) {
    return SensorForecaster::parse(model.bytes(), "m")->fingerprint();
  };
  TestModel model = parts();
  EXPECT_EQ(fingerprint(model), small()->fingerprint());
  std::vector<float> bias(28, 0.25F);
  model.tensor("head.bias").data = floatBytes(bias);
  EXPECT_NE(fingerprint(model), small()->fingerprint());
}

}  // namespace
}  // namespace hiss
