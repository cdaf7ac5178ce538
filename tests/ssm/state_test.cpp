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
      : random_(mambaConfig(9, 5)),
        block_(random_.block()),
        state_(random_.config(), kRows, kLayers),
        scratch_(random_.config(), kRows) {
    run(state_, 20, 7);
  }

  // Steps both layers and returns the last output.
  std::vector<float> run(MambaState& state, int steps, std::uint32_t seed) {
    std::vector<float> y;
    for (int t = 0; t < steps; ++t) {
      y = goldenTensor(seed * 1000 + static_cast<std::uint32_t>(t), kRows * 9, 2.0f);
      for (int layer = 0; layer < kLayers; ++layer) {
        block_.step(y.data(), y.data(), state, layer, scratch_);
      }
    }
    return y;
  }

  static std::vector<std::byte> saved(const MambaState& state) {
    std::vector<std::byte> bytes(state.savedBytes());
    state.save(bytes);
    return bytes;
  }

  // load() must throw, name `word` and leave the state alone.
  void expectRefused(const std::vector<std::byte>& bytes, const std::string& word) {
    const auto before = saved(state_);
    try {
      state_.load(bytes);
      FAIL() << "expected std::runtime_error about " << word;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
    EXPECT_EQ(saved(state_), before);
  }

  RandomBlock random_;
  MambaBlock block_;
  MambaState state_;
  MambaScratch scratch_;
};

TEST_F(StateTest, SaveAndLoadContinueToTheBit) {
  const auto bytes = saved(state_);
  const auto expected = run(state_, 10, 8);
  MambaState restored(random_.config(), kRows, kLayers);
  run(restored, 3, 9);
  restored.load(bytes);
  EXPECT_EQ(run(restored, 10, 8), expected);
  EXPECT_EQ(saved(restored), saved(state_));
}

TEST_F(StateTest, CloneIsIndependent) {
  MambaState copy = state_.clone();
  const auto before = saved(state_);
  EXPECT_EQ(saved(copy), before);
  const auto expected = run(copy, 5, 8);
  EXPECT_EQ(saved(state_), before);
  EXPECT_EQ(run(state_, 5, 8), expected);
}

TEST_F(StateTest, ResetIsAFreshState) {
  state_.reset();
  MambaState fresh(random_.config(), kRows, kLayers);
  EXPECT_EQ(saved(state_), saved(fresh));
  EXPECT_EQ(state_.skippedRows(), 0u);
  EXPECT_EQ(run(state_, 5, 8), run(fresh, 5, 8));
}

TEST_F(StateTest, IsCopiedOnlyOnPurpose) {
  static_assert(!std::is_copy_constructible_v<MambaState>);
  static_assert(!std::is_copy_assignable_v<MambaState>);
  static_assert(std::is_nothrow_move_constructible_v<MambaState>);
  static_assert(noexcept(std::declval<MambaState&>().reset()));
}

TEST_F(StateTest, SavesTheLogicalLayout) {
  const int d_inner = random_.config().dInner();
  std::vector<float> conv(static_cast<std::size_t>(kRows * d_inner * 3));
  std::vector<float> ssm(static_cast<std::size_t>(kRows * d_inner * 5));
  state_.copyConvState(0, conv.data());
  state_.copySsmState(0, ssm.data());
  const auto bytes = saved(state_);
  const std::byte* values = bytes.data() + 8 * sizeof(std::uint32_t);
  EXPECT_EQ(std::memcmp(values, conv.data(), conv.size() * sizeof(float)), 0);
  EXPECT_EQ(
      std::memcmp(values + conv.size() * sizeof(float), ssm.data(), ssm.size() * sizeof(float)), 0);
  EXPECT_EQ(ssm[static_cast<std::size_t>((1 * d_inner + 4) * 5 + 2)],
            state_.ssmRow(0, 1)[2 * paddedCount(d_inner) + 4]);
}

TEST_F(StateTest, RefusesWrongSizesAndGarbage) {
  const auto good = saved(state_);
  expectRefused({}, "bytes");
  expectRefused({good.begin(), good.end() - 1}, "bytes");
  auto longer = good;
  longer.push_back(std::byte{0});
  expectRefused(longer, "bytes");
  const char* words[] = {"magic",   "version", "n_layer", "rows",
                         "d_inner", "d_state", "d_conv",  "checksum"};
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
  const MambaState other(random_.config(), kLayers, kRows);  // as many bytes, other sizes
  expectRefused(saved(other), "n_layer");
  std::vector<std::byte> small(state_.savedBytes() - 1);
  EXPECT_THROW(state_.save(small), std::runtime_error);
}

TEST_F(StateTest, RefusesValuesThatAreNotFinite) {
  state_.ssmRow(1, 2)[3] = std::numeric_limits<float>::infinity();
  const auto poisoned = saved(state_);
  MambaState fresh(random_.config(), kRows, kLayers);
  EXPECT_THROW(fresh.load(poisoned), std::runtime_error);
}

TEST_F(StateTest, RefusesToBeMadeOfNothing) {
  EXPECT_THROW(MambaState(random_.config(), 0, 1), std::invalid_argument);
  EXPECT_THROW(MambaState(random_.config(), 1, 0), std::invalid_argument);
  EXPECT_THROW(MambaState(MambaConfig{}, 1, 1), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
