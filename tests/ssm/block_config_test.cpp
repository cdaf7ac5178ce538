// SPDX-License-Identifier: Apache-2.0
#include "ssm/block_config.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/ssm/random_block.h"

namespace hiss {
namespace {

BlockConfig sized(BlockKind kind) {
  BlockConfig config;
  config.kind = kind;
  config.d_model = 12;
  config.d_state = 6;
  config.headdim = 4;
  config.ngroups = 2;
  return config;
}

void expectRefused(const BlockConfig& config, const std::string& word) {
  try {
    config.validate();
    FAIL() << "expected std::invalid_argument about " << word;
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  }
}

TEST(BlockConfig, HoldsAMambaConfigWhole) {
  const MambaConfig mamba = {12, 6, 3, 4, 5, 1e-4f, false, false, 31};
  EXPECT_EQ(BlockConfig::of(mamba).mamba(), mamba);
  EXPECT_EQ(BlockConfig::of(mamba).dInner(), 31);
}

TEST(BlockConfig, KindsHaveNames) {
  std::set<std::string_view> names;
  for (const BlockKind kind : kBlockKinds) {
    EXPECT_EQ(blockKindOf(blockKindName(kind)), kind);
    names.insert(blockKindName(kind));
  }
  EXPECT_EQ(names.size(), std::size(kBlockKinds));
  EXPECT_EQ(blockKindOf("s5"), std::nullopt);
  EXPECT_EQ(blockKindOf(""), std::nullopt);
}

TEST(BlockConfig, RefusesSizesOutOfRange) {
  for (const BlockKind kind : kBlockKinds) {
    const BlockConfig good = sized(kind);
    EXPECT_NO_THROW(good.validate());
    BlockConfig bad = good;
    bad.d_model = 0;
    expectRefused(bad, "d_model: expected 1 to 8192, found 0");
    bad = good;
    bad.d_state = 1025;
    expectRefused(bad, "d_state");
    bad = good;
    bad.norm_eps = 0.0f;
    expectRefused(bad, "norm_eps");
    bad.norm_eps = std::numeric_limits<float>::quiet_NaN();
    expectRefused(bad, "norm_eps");
  }
  BlockConfig mamba = sized(BlockKind::kMamba);
  mamba.dt_rank = 0;
  expectRefused(mamba, "dt_rank");
  BlockConfig s4d = sized(BlockKind::kS4d);
  s4d.d_state = 7;
  expectRefused(s4d, "d_state");
}

TEST(BlockConfig, RefusesHeadsAndGroupsThatDoNotDivide) {
  BlockConfig config = sized(BlockKind::kMamba2);
  config.headdim = 5;
  expectRefused(config, "headdim: expected a divisor of d_inner (24), found 5");
  config.headdim = 8;
  expectRefused(config, "ngroups: expected a divisor of the heads (3), found 2");
  config.headdim = 0;
  expectRefused(config, "headdim");
  config = sized(BlockKind::kMamba2);
  config.dt_min = 0.5f;
  config.dt_max = 0.25f;
  expectRefused(config, "dt_min");
  config.dt_max = std::numeric_limits<float>::quiet_NaN();
  expectRefused(config, "dt_min");
}

TEST(BlockConfig, SaysWhatABlockRemembers) {
  EXPECT_EQ(stateBytes(sized(BlockKind::kMamba)), 4 * (24 * 3 + 24 * 6));
  // Convolved besides: B and C of two groups.
  EXPECT_EQ(stateBytes(sized(BlockKind::kMamba2)), 4 * ((24 + 2 * 2 * 6) * 3 + 24 * 6));
  EXPECT_EQ(stateBytes(sized(BlockKind::kS4d)), 4 * 12 * 6);
  EXPECT_EQ(stateBytes(sized(BlockKind::kSelectiveGate)), 4 * 6);
  EXPECT_EQ(stateBytes(sized(BlockKind::kSimplifiedMamba)), 4 * 6);
}

TEST(BlockConfig, CountsTheMultiplyAddsOfAStep) {
  EXPECT_EQ(stepMacs(sized(BlockKind::kMamba)), 24 * (3 * 12 + 2 * 1 + 4 * 6 + 4));
  EXPECT_EQ(stepMacs(sized(BlockKind::kMamba2)), 12 * (48 + 48 + 6) + 48 * 4 + 2 * 24 * 6);
  EXPECT_EQ(stepMacs(sized(BlockKind::kS4d)), 2 * 12 * 12 + 4 * 12 * 6);
  EXPECT_EQ(stepMacs(sized(BlockKind::kSelectiveGate)), 3 * 12 * 6 + 2 * 6);
  EXPECT_EQ(stepMacs(sized(BlockKind::kSimplifiedMamba)), 2 * 12 * 6 + 6 * 6 + 12);
}

TEST(BlockConfig, MakingABlockAsksForExactlyItsTensors) {
  for (const BlockKind kind : kBlockKinds) {
    for (const bool norm : {true, false}) {
      BlockConfig config = sized(kind);
      config.norm = norm;
      std::multiset<std::string> listed;
      for (const TensorSpec& spec : blockTensors(config)) listed.insert(spec.name);
      std::multiset<std::string> asked;
      const RandomKind random(config);
      const TensorLookup lookup = random.lookup();
      const auto counting = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
        asked.insert(std::string(name));
        return lookup(name, shape);
      };
      const auto block = makeBlock(config, counting, defaultKernels());
      EXPECT_EQ(asked, listed) << blockKindName(kind);
      EXPECT_EQ(listed.count("norm.weight"), norm ? 1u : 0u);
      EXPECT_EQ(block->config(), config);
    }
  }
}

TEST(BlockConfig, AMissingTensorOrTooFewValuesAreRefused) {
  for (const BlockKind kind : kBlockKinds) {
    const BlockConfig config = sized(kind);
    const RandomKind random(config);
    const TensorLookup lookup = random.lookup();
    for (const TensorSpec& faulty : blockTensors(config)) {
      const auto missing = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
        if (name == faulty.name) throw std::runtime_error("missing");
        return lookup(name, shape);
      };
      EXPECT_THROW((void)makeBlock(config, missing, defaultKernels()), std::runtime_error);
      const auto shorter = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
        const auto values = lookup(name, shape);
        return name == faulty.name ? values.first(values.size() - 1) : values;
      };
      EXPECT_THROW((void)makeBlock(config, shorter, defaultKernels()), std::invalid_argument)
          << faulty.name;
    }
  }
  EXPECT_THROW(
      (void)makeBlock(BlockConfig{}, RandomKind(sized(BlockKind::kS4d)).lookup(), defaultKernels()),
      std::invalid_argument);
}

}  // namespace
}  // namespace hiss
