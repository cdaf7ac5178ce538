// SPDX-License-Identifier: Apache-2.0
// Golden parity: the block against `Mamba.step` of state-spaces/mamba, computed in float64 by
// models/training/make_mamba_golden.py, over 1000 steps (100 in builds without optimisation).
// `ctest -V -R parity` shows the table.
//
// Error of a tensor: max |a - b| / max |b|. Outputs are taken without the residual, which would
// hide errors behind the input. `plane` is the same measure over each plane [d_inner] of the state
// by itself, worst plane: a sharper look at the fast poles, whose states are small. It gets three
// times the tolerance, because where a component of B happens to be near zero its own relative
// rounding error is large in any f32 implementation.
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
#include "tests/ssm/random_block.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

constexpr double kTolerance = 1e-5;
constexpr double kPlaneTolerance = 3e-5;
// Without optimisation a vector operation is a function call, and the whole run takes minutes.
#if defined(__OPTIMIZE__)
constexpr int kSteps = 1000;
constexpr std::size_t kStoredOutputs = 46;
constexpr std::size_t kStoredStates = 4;
#else
constexpr int kSteps = 100;
constexpr std::size_t kStoredOutputs = 10;
constexpr std::size_t kStoredStates = 2;
#endif
constexpr std::uint32_t kInputStream = 100;
constexpr float kInputScale = 2.0f;
// The golden row runs between two others, so that rows must not touch each other.
constexpr int kRows = 3;
constexpr int kGoldenRow = 1;

void raise(double& worst, double error) { worst = std::max(worst, error); }

// Row `at` of a tensor along its first axis.
std::span<const float> slice(const TensorView& tensor, std::ptrdiff_t at) {
  const std::size_t size = tensor.data.size() / static_cast<std::size_t>(tensor.shape.at(0));
  return tensor.data.subspan(static_cast<std::size_t>(at) * size, size);
}

// Worst plane of a state [d_inner, d_state].
double planeError(std::span<const float> actual, std::span<const float> expected,
                  std::size_t d_state) {
  double worst = 0.0;
  for (std::size_t n = 0; n < d_state; ++n) {
    std::vector<float> a;
    std::vector<float> b;
    for (std::size_t i = n; i < expected.size(); i += d_state) {
      a.push_back(actual[i]);
      b.push_back(expected[i]);
    }
    raise(worst, relativeError(a, b));
  }
  return worst;
}

struct Errors {
  double output = 0.0;
  double conv_state = 0.0;
  double ssm_state = 0.0;
  double plane = 0.0;
  std::size_t outputs = 0;
  std::size_t states = 0;
};

class Reference {
 public:
  Reference(int d_model, int d_state)
      : file_(SafetensorsFile::read(goldenPath("mamba_d" + std::to_string(d_model) + "_n" +
                                               std::to_string(d_state) + ".safetensors"))) {}

  const TensorView& tensor(const char* name) const {
    const TensorView* found = file_.find(name);
    if (found == nullptr) throw std::runtime_error(file_.origin() + ": no tensor " + name);
    return *found;
  }

  // Index of step `t` (from 1) among the stored steps `name`, or -1.
  std::ptrdiff_t indexOf(const char* name, int t) const {
    const auto steps = tensor(name).data;
    const auto found = std::find(steps.begin(), steps.end(), static_cast<float>(t));
    return found == steps.end() ? -1 : found - steps.begin();
  }

 private:
  SafetensorsFile file_;
};

Errors compare(int d_model, int d_state) {
  const Reference reference(d_model, d_state);
  MambaConfig config = mambaConfig(d_model, d_state);
  config.residual = false;
  const MambaBlock block = RandomBlock(config).block();
  MambaState state(config, kRows, 1);
  MambaScratch scratch(config, kRows);
  const auto width = static_cast<std::size_t>(d_model);
  const std::size_t conv_size = static_cast<std::size_t>(config.dInner() * (config.d_conv - 1));
  const std::size_t ssm_size = static_cast<std::size_t>(config.dInner() * d_state);
  std::vector<float> conv(kRows * conv_size);
  std::vector<float> ssm(kRows * ssm_size);
  std::vector<float> x(kRows * width);
  std::vector<float> y(kRows * width);
  Errors errors;
  for (int t = 1; t <= kSteps; ++t) {
    for (std::uint32_t r = 0; r < kRows; ++r) {
      // Row r reads stream kInputStream + (r - kGoldenRow); the golden row reads kInputStream.
      for (std::size_t i = 0; i < width; ++i) {
        const auto at = static_cast<std::uint32_t>(static_cast<std::size_t>(t - 1) * width + i);
        x[r * width + i] = kInputScale * goldenUniform(kInputStream + r - kGoldenRow, at);
      }
    }
    block.step(x.data(), y.data(), state, 0, scratch);
    if (const auto at = reference.indexOf("output_steps", t); at >= 0) {
      const std::span<const float> row(y.data() + kGoldenRow * width, width);
      raise(errors.output, relativeError(row, slice(reference.tensor("output"), at)));
      ++errors.outputs;
    }
    if (const auto at = reference.indexOf("state_steps", t); at >= 0) {
      state.copyConvState(0, conv.data());
      state.copySsmState(0, ssm.data());
      const std::span<const float> window(conv.data() + kGoldenRow * conv_size, conv_size);
      const std::span<const float> h(ssm.data() + kGoldenRow * ssm_size, ssm_size);
      const auto expected = slice(reference.tensor("ssm_state"), at);
      raise(errors.conv_state, relativeError(window, slice(reference.tensor("conv_state"), at)));
      raise(errors.ssm_state, relativeError(h, expected));
      raise(errors.plane, planeError(h, expected, static_cast<std::size_t>(d_state)));
      ++errors.states;
    }
  }
  return errors;
}

TEST(Parity, parityWithTheReference) {
  std::printf("%7s %7s %7s %6s %10s %10s %10s %10s\n", "target", "d_model", "d_state", "steps",
              "output", "conv_state", "ssm_state", "plane");
  for (const int d_model : {16, 36, 48, 64, 128}) {
    for (const int d_state : {8, 16, 64}) {
      const Errors errors = compare(d_model, d_state);
      std::printf("%7s %7d %7d %6d %10.1e %10.1e %10.1e %10.1e\n", defaultKernels().name, d_model,
                  d_state, kSteps, errors.output, errors.conv_state, errors.ssm_state,
                  errors.plane);
      EXPECT_EQ(errors.outputs, kStoredOutputs);
      EXPECT_EQ(errors.states, kStoredStates);
      EXPECT_LE(errors.output, kTolerance) << d_model << ", " << d_state;
      EXPECT_LE(errors.conv_state, kTolerance) << d_model << ", " << d_state;
      EXPECT_LE(errors.ssm_state, kTolerance) << d_model << ", " << d_state;
      EXPECT_LE(errors.plane, kPlaneTolerance) << d_model << ", " << d_state;
    }
  }
}

}  // namespace
}  // namespace hiss
