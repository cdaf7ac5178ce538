// SPDX-License-Identifier: Apache-2.0
// The network by itself: its parts, and the step that measures them.
#include "models/subband_net.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "models/denoiser_model.h"
#include "models/net_profile.h"
#include "ssm/simd/dispatch.h"
#include "tests/models/model_maker.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

using Spectrum = std::vector<std::complex<float>>;

Spectrum randomSpectrum(const DenoiserConfig& config, std::mt19937& engine) {
  Spectrum x(static_cast<std::size_t>(config.stft().bins()));
  std::normal_distribution<float> normal;
  for (auto& bin : x) bin = {normal(engine), normal(engine)};
  return x;
}

TEST(NetProfile, CountsWhatTheModelCardSays) {
  const DenoiserConfig config;  // the sizes of base, 289 MMAC/s
  double macs = 0.0;
  for (const NetPart& part : netParts(config)) macs += part.macs;
  EXPECT_EQ(std::lround(macs * config.sample_rate / config.hop * 1e-6), 289);
}

TEST(NetProfile, CountsEveryWeightOnce) {
  for (const DenoiserConfig& config : {DenoiserConfig{}, smallConfig(), tinyConfig()}) {
    // Batch normalisation is folded: its four vectors become one bias.
    double weights = 0.0;
    for (const TensorSpec& tensor : denoiserTensors(config)) {
      const std::string& name = tensor.name;
      if (name.find(".bn.") != std::string::npos && !name.ends_with(".bn.bias")) continue;
      double count = 1.0;
      for (const std::int64_t n : tensor.shape) count *= static_cast<double>(n);
      weights += count;
    }
    double bytes = 0.0;
    std::set<std::string> names;
    for (const NetPart& part : netParts(config)) {
      bytes += part.weight_bytes;
      EXPECT_TRUE(names.insert(part.name).second) << part.name;
    }
    EXPECT_EQ(bytes, 4.0 * weights);
  }
}

TEST(NetProfile, CountsTheState) {
  const auto model = DenoiserModel::parse(randomModel().bytes(), "m");
  const SubbandNet net(model->pack(scalarKernels()));
  double bytes = 0.0;
  double exps = 0.0;
  for (const NetPart& part : net.parts()) {
    bytes += part.state_bytes;
    exps += part.exps;
  }
  constexpr double kHeaderBytes = 32.0;
  EXPECT_EQ(bytes, static_cast<double>(net.makeState().savedBytes()) - kHeaderBytes);
  EXPECT_EQ(exps, 3.0 * 24.0 * 72.0 * 16.0);
}

TEST(SubbandNet, TimedStepIsTheStepToTheBit) {
  using Clock = std::chrono::steady_clock;
  const auto model = DenoiserModel::parse(randomModel().bytes(), "m");
  for (const Kernels* kernels : availableKernels()) {
    const SubbandNet net(model->pack(*kernels));
    SubbandNetScratch scratch(net.weights());
    MambaState plain = net.makeState();
    MambaState timed = net.makeState();
    std::vector<std::uint64_t> ticks(net.parts().size() + 1);
    std::mt19937 engine(1);
    for (int hop = 0; hop < 5; ++hop) {
      const Spectrum x = randomSpectrum(net.config(), engine);
      Spectrum expected(x.size());
      Spectrum found(x.size());
      net.step(x.data(), expected.data(), plain, scratch);
      constexpr std::uint64_t kUnset = ~std::uint64_t{0};
      ticks.assign(ticks.size(), kUnset);
      AllocationGuard guard;
      const Clock::time_point start = Clock::now();
      net.stepTimed(x.data(), found.data(), timed, scratch, ticks);
      const Clock::duration all = Clock::now() - start;
      EXPECT_EQ(guard.stop(), 0U);
      EXPECT_EQ(std::memcmp(expected.data(), found.data(), x.size() * sizeof x[0]), 0);
      EXPECT_EQ(ticks.back(), kUnset);  // one duration a part and no more
      const std::uint64_t sum = std::accumulate(ticks.begin(), ticks.end() - 1, std::uint64_t{0});
      EXPECT_GT(sum, 0U);
      EXPECT_LE(sum, static_cast<std::uint64_t>(
                         std::chrono::duration_cast<std::chrono::nanoseconds>(all).count()));
    }
  }
}

// Streams of different ages in changing company: each must get the bits it would get alone.
TEST(SubbandNet, StepsStreamsTogetherToTheBit) {
  constexpr int kStreams = 5;
  const auto model = DenoiserModel::parse(randomModel().bytes(), "m");
  for (const Kernels* kernels : availableKernels()) {
    const SubbandNet net(model->pack(*kernels));
    SubbandNetScratch alone(net.weights());
    SubbandNetScratch together(net.weights(), kStreams);
    std::vector<MambaState> expected_states;
    std::vector<MambaState> states;
    for (int i = 0; i < kStreams; ++i) {
      expected_states.push_back(net.makeState());
      states.push_back(net.makeState());
    }
    std::mt19937 engine(1);
    for (int hop = 0; hop < 8; ++hop) {
      std::vector<Spectrum> x;
      std::vector<Spectrum> expected;
      std::vector<Spectrum> found;
      std::vector<const std::complex<float>*> in;
      std::vector<std::complex<float>*> out;
      std::vector<MambaState*> present;
      for (std::size_t i = 0; i < kStreams; ++i) {
        if ((static_cast<std::size_t>(hop) * 3 + i) % 4 == 0) continue;  // away this time
        x.push_back(randomSpectrum(net.config(), engine));
        expected.emplace_back(x.back().size());
        found.emplace_back(x.back().size());
        net.step(x.back().data(), expected.back().data(), expected_states[i], alone);
        present.push_back(&states[i]);
      }
      for (std::size_t i = 0; i < x.size(); ++i) {
        in.push_back(x[i].data());
        out.push_back(found[i].data());
      }
      AllocationGuard guard;
      net.step(in.data(), out.data(), present.data(), static_cast<int>(present.size()), together);
      EXPECT_EQ(guard.stop(), 0U);
      for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_EQ(std::memcmp(expected[i].data(), found[i].data(), x[i].size() * sizeof x[i][0]), 0)
            << kernels->name << ", hop " << hop << ", " << i;
      }
    }
  }
}

}  // namespace
}  // namespace hiss
