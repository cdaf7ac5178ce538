// SPDX-License-Identifier: Apache-2.0
// Golden parity of the kinds of blocks other than mamba, against the references in float64 that
// models/training/make_block_golden.py describes, over 500 steps.
// `ctest -V -R blockParity` shows the table. Error of a tensor: max |a - b| / max |b|.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/safetensors.h"
#include "ssm/recurrent_block.h"
#include "tests/ssm/random_block.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

constexpr double kTolerance = 1e-5;
constexpr int kSteps = 500;
constexpr std::size_t kStoredOutputs = 16;
constexpr std::size_t kStoredStates = 2;
constexpr std::uint32_t kInputStream = 100;
constexpr float kInputScale = 2.0f;
// The golden row runs between two others, so that rows must not touch each other.
constexpr int kRows = 3;
constexpr int kGoldenRow = 1;

struct Case {
  std::string name;
  BlockConfig config;
};

BlockConfig sizes(BlockKind kind, int d_model, int d_state) {
  BlockConfig config;
  config.kind = kind;
  config.d_model = d_model;
  config.d_state = d_state;
  config.residual = false;
  return config;
}

Case mamba2(const char* name, int d_model, int d_state, int headdim, int ngroups) {
  BlockConfig config = sizes(BlockKind::kMamba2, d_model, d_state);
  config.headdim = headdim;
  config.ngroups = ngroups;
  return {name, config};
}

Case s4d(const char* name, int d_model, int d_state, S4dRule rule) {
  BlockConfig config = sizes(BlockKind::kS4d, d_model, d_state);
  config.rule = rule;
  return {name, config};
}

Case cell(const char* name, BlockKind kind, int d_model, int d_state) {
  BlockConfig config = sizes(kind, d_model, d_state);
  config.norm = false;
  return {name, config};
}

std::vector<Case> cases() {
  return {mamba2("d16_n8", 16, 8, 8, 1),
          mamba2("d24_n13_g2", 24, 13, 12, 2),
          mamba2("d32_n16_g2", 32, 16, 16, 2),
          mamba2("d36_n5", 36, 5, 9, 1),
          s4d("d16_n8_zoh", 16, 8, S4dRule::kZoh),
          s4d("d23_n14_zoh", 23, 14, S4dRule::kZoh),
          s4d("d23_n14_bilinear", 23, 14, S4dRule::kBilinear),
          s4d("d36_n32_zoh", 36, 32, S4dRule::kZoh),
          s4d("d36_n32_bilinear", 36, 32, S4dRule::kBilinear),
          cell("d10_n5", BlockKind::kSelectiveGate, 10, 5),
          cell("d24_n37", BlockKind::kSelectiveGate, 24, 37),
          cell("d128_n16", BlockKind::kSelectiveGate, 128, 16),
          cell("d10_n10", BlockKind::kSimplifiedMamba, 10, 10),
          cell("d24_n37", BlockKind::kSimplifiedMamba, 24, 37),
          cell("d64_n16", BlockKind::kSimplifiedMamba, 64, 16)};
}

std::span<const float> tensor(const SafetensorsFile& file, const std::string& name) {
  const TensorView* found = file.find(name);
  if (found == nullptr) throw std::runtime_error(file.origin() + ": no tensor " + name);
  return found->data;
}

// The slice that was stored for step `t` (from 1), or nothing.
std::span<const float> storedAt(const SafetensorsFile& file, const std::string& name,
                                const char* steps_name, int t) {
  const auto steps = tensor(file, steps_name);
  const auto found = std::find(steps.begin(), steps.end(), static_cast<float>(t));
  if (found == steps.end()) return {};
  const auto all = tensor(file, name);
  const std::size_t size = all.size() / steps.size();
  return all.subspan(static_cast<std::size_t>(found - steps.begin()) * size, size);
}

// The golden row of values [kRows, ...].
std::span<const float> goldenRow(const std::vector<float>& values) {
  const std::size_t size = values.size() / kRows;
  return std::span<const float>(values).subspan(kGoldenRow * size, size);
}

struct Errors {
  double output = 0.0;
  double conv_state = 0.0;
  double ssm_state = 0.0;
  std::size_t outputs = 0;
  std::size_t states = 0;
};

// Row r reads stream kInputStream + (r - kGoldenRow); the golden row reads kInputStream.
void drawInput(int t, std::size_t width, std::vector<float>& x) {
  for (std::uint32_t r = 0; r < kRows; ++r) {
    for (std::size_t i = 0; i < width; ++i) {
      const auto at = static_cast<std::uint32_t>(static_cast<std::size_t>(t - 1) * width + i);
      x[r * width + i] = kInputScale * goldenUniform(kInputStream + r - kGoldenRow, at);
    }
  }
}

Errors compare(const Case& one) {
  const SafetensorsFile file = SafetensorsFile::read(
      goldenPath("block_" + std::string(blockKindName(one.config.kind)) + ".safetensors"));
  const auto block = RandomKind(one.config).block();
  BlockState state = block->makeState(kRows);
  BlockScratch scratch = block->makeScratch(kRows);
  const StateShape shape = one.config.stateShape();
  const auto width = static_cast<std::size_t>(one.config.d_model);
  std::vector<float> x(kRows * width);
  std::vector<float> y(x.size());
  std::vector<float> conv(
      static_cast<std::size_t>(kRows * shape.convChannels() * (shape.d_conv - 1)));
  std::vector<float> ssm(static_cast<std::size_t>(kRows * shape.channels * shape.d_state));
  Errors errors;
  for (int t = 1; t <= kSteps; ++t) {
    drawInput(t, width, x);
    block->step(x.data(), y.data(), state, 0, scratch);
    const auto output = storedAt(file, one.name + ".output", "output_steps", t);
    if (!output.empty()) {
      errors.output = std::max(errors.output, relativeError(goldenRow(y), output));
      ++errors.outputs;
    }
    const auto h = storedAt(file, one.name + ".ssm_state", "state_steps", t);
    if (h.empty()) continue;
    ++errors.states;
    state.copySsmState(0, ssm.data());
    errors.ssm_state = std::max(errors.ssm_state, relativeError(goldenRow(ssm), h));
    if (conv.empty()) continue;
    state.copyConvState(0, conv.data());
    const auto window = storedAt(file, one.name + ".conv_state", "state_steps", t);
    errors.conv_state = std::max(errors.conv_state, relativeError(goldenRow(conv), window));
  }
  return errors;
}

TEST(BlockParity, blockParityWithTheReferences) {
  std::printf("%7s %-16s %-16s %10s %10s %10s\n", "target", "kind", "sizes", "output", "conv_state",
              "ssm_state");
  for (const Case& one : cases()) {
    const Errors errors = compare(one);
    const std::string kind(blockKindName(one.config.kind));
    std::printf("%7s %-16s %-16s %10.1e %10.1e %10.1e\n", defaultKernels().name, kind.c_str(),
                one.name.c_str(), errors.output, errors.conv_state, errors.ssm_state);
    EXPECT_EQ(errors.outputs, kStoredOutputs);
    EXPECT_EQ(errors.states, kStoredStates);
    EXPECT_LE(errors.output, kTolerance) << kind << ' ' << one.name;
    EXPECT_LE(errors.conv_state, kTolerance) << kind << ' ' << one.name;
    EXPECT_LE(errors.ssm_state, kTolerance) << kind << ' ' << one.name;
  }
}

}  // namespace
}  // namespace hiss
