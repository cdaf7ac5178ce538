// SPDX-License-Identifier: Apache-2.0
#include "ssm/state.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "ssm/mamba_block.h"
#include "tests/ssm/random_block.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr int kRows = 3;
constexpr int kLayers = 2;

class StateTest : public testing::Test {
 protected:
  StateTest()
      : weights(mambaConfig(9, 5)),
        block(weights.block()),
        state(weights.config(), kRows, kLayers),
        scratch(weights.config(), kRows) {
    run(state, 20, 7);
  }

  // Steps both layers and returns the last output.
  std::vector<float> run(MambaState& target, int steps, std::uint32_t seed) {
    std::vector<float> y;
    for (int t = 0; t < steps; ++t) {
      y = goldenTensor(seed * 1000 + static_cast<std::uint32_t>(t), kRows * 9, 2.0f);
      for (int layer = 0; layer < kLayers; ++layer) {
        block.step(y.data(), y.data(), target, layer, scratch);
      }
    }
    return y;
  }

  static std::vector<std::byte> saved(const MambaState& source) {
    std::vector<std::byte> bytes(source.savedBytes());
    source.save(bytes);
    return bytes;
  }

  // load() must throw, name `word` and leave the state alone.
  void expectRefused(const std::vector<std::byte>& bytes, const std::string& word) {
    const auto before = saved(state);
    try {
      state.load(bytes);
      FAIL() << "expected std::runtime_error about " << word;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
    EXPECT_EQ(saved(state), before);
  }

  RandomBlock weights;
  MambaBlock block;
  MambaState state;
  MambaScratch scratch;
};

TEST_F(StateTest, SaveAndLoadContinueToTheBit) {
  const auto bytes = saved(state);
  const auto expected = run(state, 10, 8);
  MambaState restored(weights.config(), kRows, kLayers);
  run(restored, 3, 9);
  restored.load(bytes);
  EXPECT_EQ(run(restored, 10, 8), expected);
  EXPECT_EQ(saved(restored), saved(state));
}

TEST_F(StateTest, CloneIsIndependent) {
  MambaState copy = state.clone();
  const auto before = saved(state);
  EXPECT_EQ(saved(copy), before);
  const auto expected = run(copy, 5, 8);
  EXPECT_EQ(saved(state), before);
  EXPECT_EQ(run(state, 5, 8), expected);
}

TEST_F(StateTest, ResetIsAFreshState) {
  state.reset();
  MambaState fresh(weights.config(), kRows, kLayers);
  EXPECT_EQ(saved(state), saved(fresh));
  EXPECT_EQ(state.skippedRows(), 0u);
  EXPECT_EQ(run(state, 5, 8), run(fresh, 5, 8));
}

TEST_F(StateTest, IsCopiedOnlyOnPurpose) {
  static_assert(!std::is_copy_constructible_v<MambaState>);
  static_assert(!std::is_copy_assignable_v<MambaState>);
  static_assert(std::is_nothrow_move_constructible_v<MambaState>);
  static_assert(noexcept(std::declval<MambaState&>().reset()));
}

TEST_F(StateTest, SavesTheLogicalLayout) {
  const int d_inner = weights.config().dInner();
  std::vector<float> conv(static_cast<std::size_t>(kRows * d_inner * 3));
  std::vector<float> ssm(static_cast<std::size_t>(kRows * d_inner * 5));
  state.copyConvState(0, conv.data());
  state.copySsmState(0, ssm.data());
  const auto bytes = saved(state);
  const std::byte* values = bytes.data() + 8 * sizeof(std::uint32_t);
  EXPECT_EQ(std::memcmp(values, conv.data(), conv.size() * sizeof(float)), 0);
  EXPECT_EQ(
      std::memcmp(values + conv.size() * sizeof(float), ssm.data(), ssm.size() * sizeof(float)), 0);
  EXPECT_EQ(ssm[static_cast<std::size_t>((1 * d_inner + 4) * 5 + 2)],
            state.ssmRow(0, 1)[stateIndex(4, 2, d_inner, 5)]);
}

TEST_F(StateTest, RefusesWrongSizesAndGarbage) {
  const auto good = saved(state);
  expectRefused({}, "bytes");
  expectRefused({good.begin(), good.end() - 1}, "bytes");
  auto longer = good;
  longer.push_back(std::byte{0});
  expectRefused(longer, "bytes");
  const char* words[] = {"magic",    "version", "n_layer", "rows",
                         "channels", "d_state", "d_conv",  "checksum"};
  for (std::size_t field = 0; field < 8; ++field) {
    auto damaged = good;
    damaged[field * 4] ^= std::byte{1};
    expectRefused(damaged, words[field]);
  }
  for (const std::size_t at : {std::size_t{32}, good.size() / 2, good.size() - 1}) {
    auto damaged = good;
    damaged[at] ^= std::byte{0x40};
    expectRefused(damaged, "checksum");
  }
  expectRefused(std::vector<std::byte>(good.size(), std::byte{0xff}), "magic");
}

TEST_F(StateTest, RefusesAStateOfAnotherShape) {
  const MambaState other(weights.config(), kLayers, kRows);  // as many bytes, other sizes
  expectRefused(saved(other), "n_layer");
  std::vector<std::byte> small(state.savedBytes() - 1);
  EXPECT_THROW(state.save(small), std::runtime_error);
}

TEST_F(StateTest, RefusesValuesThatAreNotFinite) {
  state.ssmRow(1, 2)[3] = std::numeric_limits<float>::infinity();
  const auto poisoned = saved(state);
  MambaState fresh(weights.config(), kRows, kLayers);
  EXPECT_THROW(fresh.load(poisoned), std::runtime_error);
}

TEST_F(StateTest, RefusesToBeMadeOfNothing) {
  EXPECT_THROW(MambaState(weights.config(), 0, 1), std::invalid_argument);
  EXPECT_THROW(MambaState(weights.config(), 1, 0), std::invalid_argument);
  EXPECT_THROW(MambaState(MambaConfig{}, 1, 1), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
