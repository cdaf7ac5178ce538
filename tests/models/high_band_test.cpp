// SPDX-License-Identifier: Apache-2.0
#include "models/high_band.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models/denoiser_model.h"
#include "models/safetensors.h"
#include "ssm/simd/dispatch.h"
#include "tests/models/model_maker.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

using Spectrum = std::vector<std::complex<float>>;

struct GoldenCase {
  const char* name;
  HighBandConfig config;
  int core_bins;
  std::vector<int> streams;  // bins of each
};

// As in models/training/make_high_band_golden.py.
std::vector<GoldenCase> goldenCases() {
  HighBandConfig odd;
  odd.bands = 5;
  odd.low_bands = 4;
  odd.d_model = 6;
  odd.n_layer = 1;
  odd.d_state = 3;
  odd.d_conv = 2;
  odd.expand = 1;
  odd.dt_rank = 3;
  odd.compress = 0.5F;
  return {{"shipped_size", {}, 256, {769, 701, 385, 1537}}, {"odd", odd, 36, {82, 74, 37}}};
}

constexpr int kSteps = 40;
constexpr int kStride = 7;

// Spectrum `t` of the golden stream, and what a network would have made of it.
void goldenSpectra(int t, int bins, int core_bins, int width, Spectrum& x, Spectrum& y) {
  x.resize(static_cast<std::size_t>(bins));
  y.resize(static_cast<std::size_t>(core_bins));
  for (int k = 0; k < bins; ++k) {
    const float scale =
        t >= 20 && t < 24 ? 0.0F : std::ldexp(1.0F, 3 - (5 * t + 3 * (k / width)) % 17);
    const auto index = static_cast<std::uint32_t>(2 * (t * bins + k));
    x[static_cast<std::size_t>(k)] = {scale * goldenUniform(1, index),
                                      scale * goldenUniform(1, index + 1)};
  }
  for (int k = 0; k < core_bins; ++k) {
    const auto index = static_cast<std::uint32_t>(t * core_bins + k);
    y[static_cast<std::size_t>(k)] =
        x[static_cast<std::size_t>(k)] * (0.5F + 0.5F * goldenUniform(2, index));
  }
}

TEST(HighBand, EqualsThePyTorchTwin) {
  for (const GoldenCase& golden : goldenCases()) {
    const auto file =
        SafetensorsFile::read(goldenPath("high_band_" + std::string(golden.name) + ".safetensors"));
    const TensorLookup lookup = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
      const TensorView* tensor = file.find(std::string(name));
      if (tensor == nullptr || tensor->shape != shape) throw std::runtime_error(std::string(name));
      return tensor->data;
    };
    const int width = golden.core_bins / golden.config.low_bands;
    for (const Kernels* kernels : availableKernels()) {
      const HighBand head(golden.config, golden.core_bins, lookup, *kernels);
      HighBand::Scratch scratch(head);
      for (const int bins : golden.streams) {
        const TensorView* expected = file.find("gains_" + std::to_string(bins));
        ASSERT_NE(expected, nullptr);
        const int count = bins - golden.core_bins;
        ASSERT_EQ(expected->shape,
                  (std::vector<std::int64_t>{kSteps, (count + kStride - 1) / kStride}));
        HighBand::State state = head.makeState();
        std::vector<float> gains(static_cast<std::size_t>(count));
        Spectrum x;
        Spectrum y;
        double worst = 0.0;
        std::size_t i = 0;
        for (int t = 0; t < kSteps; ++t) {
          goldenSpectra(t, bins, golden.core_bins, width, x, y);
          head.step(x.data(), y.data(), bins, state, scratch, gains.data());
          for (std::size_t k = 0; k < gains.size(); k += kStride) {
            worst = std::max(worst, std::fabs(double{gains[k]} - double{expected->data[i++]}));
          }
        }
        EXPECT_LT(worst, 5e-6) << golden.name << ", " << bins << " bins, " << kernels->name;
        std::printf("  %s, %d bins, %s: %.1e\n", golden.name, bins, kernels->name, worst);
      }
    }
  }
}

// A head of random weights within a small model, and spectra for it.
struct SmallHead {
  static constexpr int kBins = 150;

  explicit SmallHead(const TestModel& made = randomModel(smallHighBandConfig()))
      : model(DenoiserModel::parse(made.bytes(), "m")),
        head(model->packHighBand(defaultKernels())),
        scratch(*head),
        state(head->makeState()) {
    std::mt19937 engine(5);
    std::normal_distribution<float> normal;
    for (auto& bin : x) bin = {normal(engine), normal(engine)};
    for (std::size_t k = 0; k < y.size(); ++k) y[k] = 0.5F * x[k];
  }
  std::vector<float> step(int bins = kBins) {
    std::vector<float> gains(static_cast<std::size_t>(bins - head->coreBins()), -1.0F);
    head->step(x.data(), y.data(), bins, state, scratch, gains.data());
    return gains;
  }

  std::shared_ptr<const DenoiserModel> model;
  std::shared_ptr<const HighBand> head;
  HighBand::Scratch scratch;
  HighBand::State state;
  Spectrum x = Spectrum(kBins);
  Spectrum y = Spectrum(64);
};

TEST(HighBand, IsAHeadForEveryBin) {
  SmallHead small;
  EXPECT_EQ(small.head->coreBins(), 64);
  // 16 bins a band: 6 bands reach to bin 160.
  for (const int bins : {65, 66, 72, 73, 80, 81, 97, 128, 150}) {
    small.state.reset();
    for (const float gain : small.step(bins)) {
      EXPECT_GE(gain, 0.0F) << bins;
      EXPECT_LE(gain, 1.0F) << bins;
    }
  }
}

TEST(HighBand, DrawsLinesBetweenTheMiddlesOfBands) {
  SmallHead small;
  const std::vector<float> gains = small.step();
  for (std::size_t k = 0; k < 8; ++k) EXPECT_EQ(gains[k], gains[0]);
  for (std::size_t k = 9; k + 1 < gains.size(); ++k) {
    if ((k + 8) % 16 == 0 || (k + 9) % 16 == 0) continue;  // a corner between two bins
    EXPECT_NEAR(gains[k] - gains[k - 1], gains[k + 1] - gains[k], 1e-6) << k;
  }
  // Constant from the middle of the last band that the stream has, here the sixth.
  for (std::size_t k = 89; k < gains.size(); ++k) EXPECT_EQ(gains[k], gains[88]);
}

TEST(HighBand, ForgetsOnResetAndGoesOnFromASavedState) {
  SmallHead small;
  const std::vector<float> first = small.step();
  const std::vector<float> second = small.step();
  EXPECT_NE(first, second);
  std::vector<std::byte> saved(small.state.savedBytes());
  small.state.save(saved);
  const std::vector<float> third = small.step();
  small.state.reset();
  EXPECT_EQ(small.step(), first);
  small.state.load(saved);
  EXPECT_EQ(small.step(), third);
}

TEST(HighBand, AllocatesNothingInAStep) {
  SmallHead small;
  std::vector<float> gains(SmallHead::kBins - 64);
  AllocationGuard guard;
  for (int i = 0; i < 3; ++i) {
    small.head->step(small.x.data(), small.y.data(), SmallHead::kBins, small.state, small.scratch,
                     gains.data());
  }
  EXPECT_EQ(guard.stop(), 0U);
  static_assert(
      noexcept(small.head->step(nullptr, nullptr, 0, small.state, small.scratch, nullptr)));
}

TEST(HighBand, GivesSoundGainsForAnySpectrumAndWeights) {
  SmallHead loud;
  for (auto& bin : loud.x) bin = {3e11F, -3e11F};
  for (auto& bin : loud.y) bin = {1e15F, 1e15F};
  for (const float gain : loud.step()) EXPECT_TRUE(gain >= 0.0F && gain <= 1.0F) << gain;
  std::fill(loud.x.begin(), loud.x.end(), 0.0F);
  std::fill(loud.y.begin(), loud.y.end(), 0.0F);
  for (const float gain : loud.step()) EXPECT_TRUE(gain >= 0.0F && gain <= 1.0F) << gain;

  TestModel made = randomModel(smallHighBandConfig());
  TestTensor& weight = made.tensor("high_band.post.weight");
  std::vector<float> values(weight.data.size() / sizeof(float), 3e38F);
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = -3e38F;
  weight.data = floatBytes(values);
  SmallHead senseless(made);
  for (int i = 0; i < 5; ++i) {
    for (const float gain : senseless.step()) EXPECT_TRUE(gain >= 0.0F && gain <= 1.0F) << gain;
  }
}

}  // namespace
}  // namespace hiss
