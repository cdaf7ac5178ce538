// SPDX-License-Identifier: Apache-2.0
// The whole denoiser against its PyTorch twin, for every instruction set of this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "models/denoiser.h"
#include "models/safetensors.h"
#include "models/subband_net.h"
#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVectors = "_vectors.safetensors";
constexpr double kLeastSnrDb = 90.0;

// Names X of all tests/golden/denoiser_X_vectors.safetensors.
std::vector<std::string> goldenNames() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(goldenPath(""))) {
    const std::string file = entry.path().filename().string();
    constexpr std::string_view kPrefix = "denoiser_";
    if (file.starts_with(kPrefix) && file.ends_with(kVectors)) {
      names.push_back(file.substr(kPrefix.size(), file.size() - kPrefix.size() - kVectors.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The model beside the vectors, or the shipped one of that name.
fs::path modelPath(const std::string& name) {
  fs::path beside = goldenPath("denoiser_" + name + ".safetensors");
  if (fs::exists(beside)) return beside;
  return goldenPath("../../models/weights/" + name + ".safetensors");
}

TEST(DenoiserGolden, HasVectorsOfBothKindsOfWindowPair) {
  const std::vector<std::string> names = goldenNames();
  EXPECT_NE(std::find(names.begin(), names.end(), "symmetric"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "asymmetric"), names.end());
}

TEST(DenoiserGolden, HasVectorsOfTheOptionalPartsInBothPrecisions) {
  for (const auto& [name, hop, format] : {std::tuple{"fullband", 200, WeightFormat::kF32},
                                          {"fullband_f16", 240, WeightFormat::kBf16}}) {
    const auto model = DenoiserModel::load(modelPath(name));
    const DenoiserConfig& config = model->config();
    EXPECT_TRUE(config.features == 3 && config.band_bias == 1 && config.hasFullband()) << name;
    EXPECT_EQ(config.hop, hop);
    EXPECT_EQ(model->pack(scalarKernels())->fullband.up.format(), format) << name;
  }
}

TEST(DenoiserGolden, HasVectorsOfEveryKindOfBlock) {
  const std::vector<std::string> names = goldenNames();
  for (const BlockKind kind : kBlockKinds) {
    if (kind == BlockKind::kMamba) continue;  // all the others
    const std::string name(blockKindName(kind));
    ASSERT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
    const auto model = DenoiserModel::load(modelPath(name));
    EXPECT_EQ(model->config().bandBlock().kind, kind);
    EXPECT_TRUE(model->config().hasFullband());
  }
}

TEST(DenoiserGolden, EqualsThePyTorchTwin) {
  for (const std::string& name : goldenNames()) {
    const auto vectors =
        SafetensorsFile::read(goldenPath("denoiser_" + name + std::string(kVectors)));
    const TensorView* input = vectors.find("input");
    const TensorView* output = vectors.find("output");
    ASSERT_TRUE(input != nullptr && output != nullptr) << name;
    ASSERT_EQ(input->data.size(), output->data.size()) << name;
    const auto model = DenoiserModel::load(modelPath(name));
    for (const Kernels* kernels : availableKernels()) {
      Denoiser denoiser(model, *kernels);
      denoiser.prepare({model->config().sample_rate, 1, 1000});
      const auto latency = static_cast<std::size_t>(denoiser.latencySamples());
      std::vector<float> samples(input->data.size() + latency);
      std::copy(input->data.begin(), input->data.end(), samples.begin());
      for (std::size_t i = 0; i < samples.size(); i += 1000) {
        float* const block = samples.data() + i;
        denoiser.process(&block, &block,
                         static_cast<int>(std::min<std::size_t>(1000, samples.size() - i)));
      }
      const double snr = snrDb(output->data, std::span<const float>(samples).subspan(latency));
      EXPECT_GE(snr, kLeastSnrDb) << name << ", " << kernels->name;
      RecordProperty(name + "_" + kernels->name + "_snr_db", std::to_string(snr));
      std::printf("  %s, %s: %.1f dB\n", name.c_str(), kernels->name, snr);
    }
  }
}

}  // namespace
}  // namespace hiss
