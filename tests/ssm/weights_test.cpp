// SPDX-License-Identifier: Apache-2.0
#include "ssm/weights.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/ssm/random_block.h"

namespace hiss {
namespace {

TEST(MambaConfigTest, NamesTheFieldThatIsWrong) {
  MambaConfig config = mambaConfig(16, 8);
  EXPECT_NO_THROW(config.validate());
  EXPECT_EQ(config.dInner(), 32);
  const auto refused = [](MambaConfig bad, const std::string& field) {
    try {
      bad.validate();
      ADD_FAILURE() << "expected a refusal of " << field;
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find(field), std::string::npos) << error.what();
    }
  };
  for (const int wrong : {0, -1, 1 << 30}) {
    MambaConfig bad = config;
    bad.d_model = wrong;
    refused(bad, "d_model");
    bad = config;
    bad.d_state = wrong;
    refused(bad, "d_state");
    bad = config;
    bad.d_conv = wrong;
    refused(bad, "d_conv");
    bad = config;
    bad.expand = wrong;
    refused(bad, "expand");
    bad = config;
    bad.dt_rank = wrong;
    refused(bad, "dt_rank");
  }
  MambaConfig pruned = config;
  pruned.d_inner = -1;
  refused(pruned, "d_inner");
  config.norm_eps = 0.0f;
  refused(config, "norm_eps");
}

TEST(Weights, AsksForEachTensorOnceByNameAndShape) {
  const RandomBlock random(mambaConfig(9, 5));
  std::vector<std::string> asked;
  const TensorLookup inner = random.lookup();
  const TensorLookup spy = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
    asked.emplace_back(name);
    return inner(name, shape);
  };
  const MambaBlockWeights weights = MambaBlockWeights::pack(random.config(), spy, defaultKernels());
  EXPECT_EQ(weights.kernels, &defaultKernels());
  const std::vector<std::string> expected = {
      "norm.weight",          "mixer.in_proj.weight", "mixer.conv1d.weight",
      "mixer.conv1d.bias",    "mixer.x_proj.weight",  "mixer.dt_proj.weight",
      "mixer.dt_proj.bias",   "mixer.A_log",          "mixer.D",
      "mixer.out_proj.weight"};
  EXPECT_EQ(asked, expected);
}

TEST(Weights, RefusesAnArrayOfAnotherSize) {
  const RandomBlock random(mambaConfig(9, 5));
  const TensorLookup inner = random.lookup();
  const TensorLookup one_short = [&](std::string_view name,
                                     const std::vector<std::int64_t>& shape) {
    const std::span<const float> values = inner(name, shape);
    return name == "mixer.A_log" ? values.first(values.size() - 1) : values;
  };
  try {
    MambaBlockWeights::pack(random.config(), one_short, defaultKernels());
    FAIL() << "expected std::invalid_argument";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("mixer.A_log"), std::string::npos) << error.what();
  }
}

TEST(Weights, PassesOnWhatTheLookupThrows) {
  const TensorLookup missing = [](std::string_view,
                                  const std::vector<std::int64_t>&) -> std::span<const float> {
    throw std::out_of_range("no such tensor");
  };
  EXPECT_THROW(MambaBlockWeights::pack(mambaConfig(9, 5), missing, defaultKernels()),
               std::out_of_range);
}

TEST(Weights, BelongToOneConfig) {
  const RandomBlock random(mambaConfig(9, 5));
  const auto weights = std::make_shared<const MambaBlockWeights>(
      MambaBlockWeights::pack(random.config(), random.lookup(), defaultKernels()));
  EXPECT_NO_THROW(MambaBlock(random.config(), weights));
  EXPECT_THROW(MambaBlock(mambaConfig(10, 5), weights), std::invalid_argument);
  EXPECT_THROW(MambaBlock(random.config(), nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
