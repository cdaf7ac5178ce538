// SPDX-License-Identifier: Apache-2.0
// Golden parity: the block against `Mamba.step` of state-spaces/mamba, computed in float64 by
// models/training/make_mamba_golden.py, over 1000 steps. `ctest -V -R parity` shows the table.
//
// Output error: max |a - b| / max |b| over one step's output without the residual (which would hide
// errors behind the input), worst stored step. State error: the same measure over the convolution
// window and over each of the d_state planes [d_inner] of the state by itself, since the slow poles
// are much larger than the fast ones; worst plane, worst stored step.
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
constexpr std::uint32_t kInputStream = 100;
constexpr float kInputScale = 2.0f;
// The golden row runs between two others, so that rows must not touch each other.
constexpr int kRows = 3;
constexpr int kGoldenRow = 1;

// Row `at` of a tensor along its first axis.
std::span<const float> slice(const TensorView& tensor, std::size_t at) {
  const std::size_t size = tensor.data.size() / static_cast<std::size_t>(tensor.shape.at(0));
  return tensor.data.subspan(at * size, size);
}

// Worst plane of a state [d_inner, d_state].
double stateError(std::span<const float> actual, std::span<const float> expected,
                  std::size_t d_state) {
  double worst = 0.0;
  for (std::size_t n = 0; n < d_state; ++n) {
    std::vector<float> a;
    std::vector<float> b;
    for (std::size_t i = n; i < expected.size(); i += d_state) {
      a.push_back(actual[i]);
      b.push_back(expected[i]);
    }
    worst = std::max(worst, relativeError(a, b));
  }
  return worst;
}

struct Errors {
  double output = 0.0;
  double conv_state = 0.0;
  double ssm_state = 0.0;
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

  int lastStep() const { return static_cast<int>(tensor("output_steps").data.back()); }

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
  for (int t = 1; t <= reference.lastStep(); ++t) {
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
      errors.output = std::max(
          errors.output,
          relativeError(row, slice(reference.tensor("output"), static_cast<std::size_t>(at))));
      ++errors.outputs;
    }
    if (const auto at = reference.indexOf("state_steps", t); at >= 0) {
      const auto step = static_cast<std::size_t>(at);
      state.copyConvState(0, conv.data());
      state.copySsmState(0, ssm.data());
      errors.conv_state = std::max(errors.conv_state,
                                   relativeError({conv.data() + kGoldenRow * conv_size, conv_size},
                                                 slice(reference.tensor("conv_state"), step)));
      errors.ssm_state =
          std::max(errors.ssm_state, stateError({ssm.data() + kGoldenRow * ssm_size, ssm_size},
                                                slice(reference.tensor("ssm_state"), step),
                                                static_cast<std::size_t>(d_state)));
      ++errors.states;
    }
  }
  return errors;
}

TEST(Parity, parity_with_the_reference_over_1000_steps) {
  std::printf("%7s %7s %7s %8s %12s %12s %12s\n", "target", "d_model", "d_state", "steps", "output",
              "conv_state", "ssm_state");
  for (const int d_model : {16, 36, 48, 64, 128}) {
    for (const int d_state : {8, 16, 64}) {
      const Errors errors = compare(d_model, d_state);
      std::printf("%7s %7d %7d %8d %12.1e %12.1e %12.1e\n", defaultKernels().name, d_model, d_state,
                  1000, errors.output, errors.conv_state, errors.ssm_state);
      EXPECT_EQ(errors.outputs, 46u);
      EXPECT_EQ(errors.states, 4u);
      EXPECT_LE(errors.output, kTolerance) << d_model << ", " << d_state;
      EXPECT_LE(errors.conv_state, kTolerance) << d_model << ", " << d_state;
      EXPECT_LE(errors.ssm_state, kTolerance) << d_model << ", " << d_state;
    }
  }
}

}  // namespace
}  // namespace hiss
