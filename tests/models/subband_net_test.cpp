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
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
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

// What macs_per_second() of the PyTorch twin counts for the same sizes.
TEST(NetProfile, CountsTheBlockOverAllBands) {
  const DenoiserConfig config = fullFullbandConfig();
  std::vector<std::string> fullband;
  std::string before;
  double macs = 0.0;
  for (const NetPart& part : netParts(config)) {
    macs += part.macs;
    if (part.name.starts_with("fullband.")) {
      fullband.push_back(part.name);
    } else if (fullband.empty()) {
      before = part.name;
    }
  }
  EXPECT_EQ(fullband, (std::vector<std::string>{"fullband.down", "fullband.mamba", "fullband.up"}));
  EXPECT_EQ(before, "blocks.1.chan_mix");  // two of four blocks
  EXPECT_EQ(macs, 3711232.0);
}

TEST(NetProfile, CountsEveryWeightOnce) {
  std::vector<DenoiserConfig> configs = {DenoiserConfig{}, smallConfig(), tinyConfig(),
                                         fullFullbandConfig()};
  for (const BlockKind kind : kBlockKinds) configs.push_back(smallKindConfig(kind));
  for (const DenoiserConfig& config : configs) {
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

TEST(NetProfile, CountsTheStateOfTheBlockOverAllBands) {
  const auto model = DenoiserModel::parse(randomModel(smallFullbandConfig()).bytes(), "m");
  const SubbandNet net(model->pack(scalarKernels()));
  double bytes = 0.0;
  double exps = 0.0;
  for (const NetPart& part : net.parts()) {
    bytes += part.state_bytes;
    exps += part.exps;
  }
  constexpr double kHeaderBytes = 2 * 32.0;
  EXPECT_EQ(bytes, static_cast<double>(net.makeState().savedBytes()) - kHeaderBytes);
  EXPECT_EQ(exps, 2.0 * 5.0 * 8.0 * 3.0 + 20.0 * 3.0);
}

// What a step of the other kinds costs: the mixers' work is that of the blocks by themselves.
TEST(NetProfile, CountsTheWorkOfEveryKind) {
  for (const BlockKind kind : kBlockKinds) {
    if (kind == BlockKind::kMamba) continue;
    const DenoiserConfig config = smallKindConfig(kind);
    const std::string name(blockKindName(kind));
    const SubbandNet net(
        DenoiserModel::parse(randomModel(config).bytes(), "m")->pack(scalarKernels()));
    double bytes = 0.0;
    int mixers = 0;
    for (const NetPart& part : net.parts()) {
      bytes += part.state_bytes;
      if (part.name == "fullband." + name) {
        EXPECT_EQ(part.macs, static_cast<double>(stepMacs(config.fullbandBlock())));
      } else if (part.name.ends_with("." + name)) {
        EXPECT_EQ(part.macs, 5.0 * static_cast<double>(stepMacs(config.bandBlock())));
        ++mixers;
      } else {
        EXPECT_EQ(part.name.find("mamba"), std::string::npos) << part.name;
      }
      EXPECT_EQ(part.exps > 0.0, part.state_bytes > 0.0 && kind != BlockKind::kS4d);
    }
    EXPECT_EQ(mixers, 2);
    constexpr double kHeaderBytes = 2 * 32.0;
    EXPECT_EQ(bytes, static_cast<double>(net.makeState().savedBytes()) - kHeaderBytes);
  }
}

// Models that have all parts, and that lack some.
std::vector<std::shared_ptr<const DenoiserModel>> modelsOfAllKinds() {
  std::vector<std::shared_ptr<const DenoiserModel>> models = {
      DenoiserModel::parse(randomModel().bytes(), "plain"),
      DenoiserModel::parse(randomModel(fullFullbandConfig()).bytes(), "fullband")};
  for (const BlockKind kind : kBlockKinds) {
    models.push_back(DenoiserModel::parse(randomModel(smallKindConfig(kind)).bytes(),
                                          "small " + std::string(blockKindName(kind))));
  }
  return models;
}

void expectTimedStepIsTheStep(const DenoiserModel& model) {
  using Clock = std::chrono::steady_clock;
  for (const Kernels* kernels : availableKernels()) {
    const SubbandNet net(model.pack(*kernels));
    SubbandNetScratch scratch(net.weights());
    SubbandNetState plain = net.makeState();
    SubbandNetState timed = net.makeState();
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

TEST(SubbandNet, TimedStepIsTheStepToTheBit) {
  for (const auto& model : modelsOfAllKinds()) expectTimedStepIsTheStep(*model);
}

// Streams of different ages in changing company: each must get the bits it would get alone.
void expectSameTogether(const DenoiserModel& model) {
  constexpr int kStreams = 5;
  for (const Kernels* kernels : availableKernels()) {
    const SubbandNet net(model.pack(*kernels));
    SubbandNetScratch alone(net.weights());
    SubbandNetScratch together(net.weights(), kStreams);
    std::vector<SubbandNetState> expected_states;
    std::vector<SubbandNetState> states;
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
      std::vector<SubbandNetState*> present;
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
            << model.path() << ", " << kernels->name << ", hop " << hop << ", " << i;
      }
    }
  }
}

TEST(SubbandNet, StepsStreamsTogetherToTheBit) {
  for (const auto& model : modelsOfAllKinds()) expectSameTogether(*model);
}

// The matrices of one row: weights that bfloat16 holds take half the memory.
TEST(SubbandNet, PacksWeightsOfOneRowAsSmallAsTheyAreExact) {
  TestModel model = randomModel(smallFullbandConfig());
  for (const char* name : {"down", "up"}) {
    const std::string tensor_name = std::string("fullband.") + name + ".weight";
    std::vector<std::byte>& data = model.tensor(tensor_name).data;
    for (std::size_t i = 0; i < data.size(); i += sizeof(float)) {
      float value = 0.0F;
      std::memcpy(&value, data.data() + i, sizeof value);
      value = std::round(64.0F * value) / 64.0F;
      std::memcpy(data.data() + i, &value, sizeof value);
    }
  }
  const auto bytes = [](const TestModel& m) {
    const auto weights = DenoiserModel::parse(m.bytes(), "m")->pack(scalarKernels());
    return std::pair(weights->fullband.down.weightBytes(), weights->fullband.up.weightBytes());
  };
  // One panel each, of so many 32-bit words a column.
  const auto expected = [](std::size_t down, std::size_t up) {
    return std::pair(down * kPanel * sizeof(float), up * kPanel * sizeof(float));
  };
  EXPECT_EQ(bytes(model), expected(8, 5));  // [10, 15] and [15, 10]
  const float odd = 1.0F + 1.0F / 1024.0F;
  std::memcpy(model.tensor("fullband.up.weight").data.data() + 8, &odd, sizeof odd);
  EXPECT_EQ(bytes(model), expected(8, 10));

  // A profile of this network knows it.
  const SubbandNet net(DenoiserModel::parse(model.bytes(), "m")->pack(scalarKernels()));
  const std::vector<NetPart> counted = netParts(net.config());
  const std::vector<NetPart> packed = net.parts();
  ASSERT_EQ(packed.size(), counted.size());
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const double saved = packed[i].name == "fullband.down" ? 2.0 * 10 * 15 : 0.0;
    EXPECT_EQ(packed[i].weight_bytes, counted[i].weight_bytes - saved) << packed[i].name;
  }
}

TEST(SubbandNet, StateIsSavedWithTheBlockOverAllBands) {
  const auto model = DenoiserModel::parse(randomModel(smallFullbandConfig()).bytes(), "m");
  const SubbandNet net(model->pack(defaultKernels()));
  SubbandNetScratch scratch(net.weights());
  SubbandNetState state = net.makeState();
  std::mt19937 engine(3);
  Spectrum y(static_cast<std::size_t>(net.config().stft().bins()));
  const auto step = [&](SubbandNetState& s, const Spectrum& x) {
    net.step(x.data(), y.data(), s, scratch);
    return y;
  };
  for (int hop = 0; hop < 5; ++hop) (void)step(state, randomSpectrum(net.config(), engine));
  std::vector<std::byte> saved(state.savedBytes());
  state.save(saved);
  SubbandNetState loaded = net.makeState();
  loaded.load(saved);
  SubbandNetState copy = state.clone();
  const Spectrum x = randomSpectrum(net.config(), engine);
  const Spectrum expected = step(state, x);
  EXPECT_EQ(step(loaded, x), expected);
  EXPECT_EQ(step(copy, x), expected);
  SubbandNetState blank = net.makeState();
  EXPECT_NE(step(blank, x), expected);  // all of it has a past
  blank.reset();
  SubbandNetState half = net.makeState();
  half.load(saved);
  half.fullband.reset();
  EXPECT_NE(step(half, x), expected);

  // Refused whole: neither part is taken.
  blank.save(saved);
  const std::vector<std::byte> zeros = saved;
  std::vector<std::byte> again(state.savedBytes());
  for (const std::size_t at : {std::size_t{40}, state.blocks.savedBytes() + 40}) {
    std::vector<std::byte> bad = zeros;
    bad[at] ^= std::byte{1};
    state.save(saved);
    EXPECT_THROW(state.load(bad), std::runtime_error);
    state.save(again);
    EXPECT_EQ(again, saved);
  }
  for (const std::size_t size : {std::size_t{0}, zeros.size() - 4, state.blocks.savedBytes()}) {
    EXPECT_THROW(state.load(std::span(zeros).first(size)), std::runtime_error);
    EXPECT_THROW(state.save(std::span(again).first(size)), std::runtime_error);
  }
}

}  // namespace
}  // namespace hiss
