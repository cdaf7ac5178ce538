// SPDX-License-Identifier: Apache-2.0
// Denoisers with blocks of every kind that the engine runs: what a stream must keep to whatever its
// blocks.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/denoiser_pool.h"
#include "models/model_registry.h"
#include "models/state_tap.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

class DenoiserKinds : public testing::TestWithParam<BlockKind> {
 protected:
  [[nodiscard]] static std::shared_ptr<const DenoiserModel> model(std::uint32_t seed = 1) {
    return DenoiserModel::parse(randomModel(smallKindConfig(GetParam()), seed).bytes(), "m");
  }
};

INSTANTIATE_TEST_SUITE_P(Kinds, DenoiserKinds, testing::ValuesIn(kBlockKinds),
                         [](const auto& one) { return std::string(blockKindName(one.param)); });

TEST_P(DenoiserKinds, IsBitIdenticalForEveryBlockSize) {
  for (const int rate : {8000, 16000, 44100}) {
    const std::vector<float> noisy = noisySignal(rate, 9000);
    for (const Kernels* kernels : availableKernels()) {
      Denoiser denoiser(model(), *kernels);
      denoiser.prepare({rate, 1, 9000});
      const std::vector<float> whole = runMono(denoiser, noisy, noisy.size());
      EXPECT_GT(*std::max_element(whole.begin(), whole.end()), 1e-3F);
      for (const std::size_t block : {1U, 7U, 160U, 1024U}) {
        denoiser.reset();
        EXPECT_TRUE(sameBits(runMono(denoiser, noisy, block), whole)) << rate << ", " << block;
      }
    }
  }
}

TEST_P(DenoiserKinds, SoundsAlikeForEveryInstructionSet) {
  const std::vector<float> noisy = noisySignal(16000, 30000);
  Denoiser scalar(model(), scalarKernels());
  scalar.prepare({16000, 1, 1000});
  const std::vector<float> expected = runMono(scalar, noisy, 1000);
  for (const Kernels* kernels : availableKernels()) {
    Denoiser denoiser(model(), *kernels);
    denoiser.prepare({16000, 1, 1000});
    EXPECT_GE(snrDb(expected, runMono(denoiser, noisy, 1000)), 90.0) << kernels->name;
  }
}

// The blocks are heard: without what they remember the sound is another.
TEST_P(DenoiserKinds, RemembersAndForgetsOnReset) {
  const std::vector<float> noisy = noisySignal(16000, 9000);
  Denoiser denoiser(model());
  denoiser.prepare({16000, 1, 333});
  const std::vector<float> first = runMono(denoiser, noisy, 333);
  EXPECT_FALSE(sameBits(runMono(denoiser, noisy, 333), first));
  denoiser.reset();
  EXPECT_TRUE(sameBits(runMono(denoiser, noisy, 333), first));
}

TEST_P(DenoiserKinds, GoesOnFromASavedState) {
  const std::vector<float> noisy = noisySignal(16000, 8000);
  Denoiser denoiser(model());
  denoiser.prepare({16000, 1, 500});
  (void)runMono(denoiser, noisy, 333);
  const std::vector<std::byte> saved = denoiser.saveState();
  const std::vector<float> expected = runMono(denoiser, noisy, 500);
  Denoiser other(model());
  other.prepare({16000, 1, 500});
  other.loadState(saved);
  EXPECT_TRUE(sameBits(runMono(other, noisy, 500), expected));
  for (const BlockKind kind : kBlockKinds) {
    if (kind == GetParam()) continue;
    Denoiser another(DenoiserModel::parse(randomModel(smallKindConfig(kind)).bytes(), "another"));
    another.prepare({16000, 1, 500});
    EXPECT_THROW(another.loadState(saved), std::runtime_error);
  }
}

TEST_P(DenoiserKinds, RunsManyStreamsInAPool) {
  const auto shared = model();
  const int hop = shared->config().hop;
  for (const int at_once : {1, 3}) {
    DenoiserPool pool(shared, 3, defaultKernels(), at_once);
    std::array<std::vector<float>, 3> streams;
    for (std::size_t i = 0; i < streams.size(); ++i) {
      ASSERT_EQ(pool.join(), static_cast<int>(i));
      streams[i] =
          noisySignal(16000, static_cast<std::size_t>(20 * hop), static_cast<std::uint32_t>(i + 1));
    }
    std::array<std::vector<float>, 3> found = streams;
    for (int at = 0; at < 20 * hop; at += hop) {
      std::array<float*, 3> hops{};
      for (std::size_t i = 0; i < found.size(); ++i) hops[i] = found[i].data() + at;
      AllocationGuard guard;
      pool.process(hops.data(), hops.data());
      EXPECT_EQ(guard.stop(), 0U);
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
      Denoiser alone(shared);
      alone.prepare({16000, 1, hop});
      streams[i].resize(streams[i].size() + static_cast<std::size_t>(hop));
      const std::vector<float> later = runMono(alone, streams[i], static_cast<std::size_t>(hop));
      EXPECT_TRUE(sameBits({later.begin() + hop, later.end()}, found[i])) << i;
    }
  }
}

TEST_P(DenoiserKinds, StaysFiniteOnExtremeInputAndRecovers) {
  Denoiser denoiser(model());
  denoiser.prepare({16000, 1, 512});
  std::vector<float> loud(8000, std::numeric_limits<float>::max());
  for (std::size_t i = 0; i < loud.size(); i += 3) loud[i] = -loud[i];
  loud[100] = std::numeric_limits<float>::quiet_NaN();
  for (const float value : runMono(denoiser, loud, 512)) ASSERT_TRUE(std::isfinite(value));
  const std::vector<float> tiny(8000, 1e-42F);
  for (const float value : runMono(denoiser, tiny, 512)) ASSERT_TRUE(std::isfinite(value));
  const std::vector<float> after = runMono(denoiser, noisySignal(16000, 32000), 512);
  EXPECT_LT(*std::max_element(after.end() - 1000, after.end()), 100.0F);
}

TEST_P(DenoiserKinds, AllocatesNothingWhileItRuns) {
  Denoiser denoiser(model());
  denoiser.prepare({16000, 2, 2000});
  denoiser.stateTap()->look({1, 0});
  std::vector<float> left = noisySignal(16000, 2000);
  std::vector<float> right = left;
  right[7] = std::numeric_limits<float>::infinity();
  const std::array<float*, 2> block = {left.data(), right.data()};
  AllocationGuard guard;
  for (int i = 0; i < 4; ++i) {
    denoiser.process(block.data(), block.data(), 2000 - i);
    if (i == 2) denoiser.reset();
  }
  EXPECT_EQ(guard.stop(), 0U);
}

TEST_P(DenoiserKinds, ShowsItsStateToAWindow) {
  Denoiser denoiser(model());
  const DenoiserConfig& config = denoiser.model().config();
  denoiser.prepare({16000, 1, config.hop});
  StateTap& tap = *denoiser.stateTap();
  const std::vector<StateLayer>& layers = tap.layout().layers;
  ASSERT_EQ(layers.size(), 3U);
  for (int l = 0; l < 3; ++l) {
    const StateLayer& layer = layers[static_cast<std::size_t>(l)];
    const BlockConfig block = l == 1 ? config.fullbandBlock() : config.bandBlock();
    EXPECT_EQ(layer.name, l == 1 ? "all bands" : l == 0 ? "block 1" : "block 2");
    EXPECT_EQ(layer.kind, GetParam());
    EXPECT_EQ(layer.rows, l == 1 ? 1 : config.n_band);
    EXPECT_EQ(layer.d_inner, block.stateShape().channels);
    EXPECT_EQ(layer.d_state, block.stateShape().d_state);
    const auto cells = static_cast<std::size_t>(layer.d_inner * layer.d_state);
    const bool fades =
        GetParam() != BlockKind::kSelectiveGate && GetParam() != BlockKind::kSimplifiedMamba;
    ASSERT_EQ(layer.A.size(), fades ? cells : 0U);
    for (const float a : layer.A) EXPECT_LT(a, 0.0F);

    denoiser.reset();
    tap.look({l, layer.rows - 1});
    (void)runMono(denoiser, noisySignal(16000, static_cast<std::size_t>(10 * config.hop)),
                  static_cast<std::size_t>(config.hop));
    DenoiserSnapshot hop;
    ASSERT_TRUE(denoiser.latestSnapshot(hop));
    StateSnapshot seen;
    int steps = 0;
    while (tap.next(seen)) ++steps;
    EXPECT_EQ(steps, 10);
    EXPECT_EQ(seen.h.size(), cells);
    EXPECT_EQ(seen.dt.size(), static_cast<std::size_t>(layer.d_inner));
    EXPECT_GT(*std::max_element(seen.h.begin(), seen.h.end()), 0.0F);
    EXPECT_EQ(seen.ssm_state_rms, hop.ssm_state_rms);
    for (const float rms : seen.ssm_state_rms) EXPECT_GT(rms, 0.0F);
  }
}

}  // namespace
}  // namespace hiss
