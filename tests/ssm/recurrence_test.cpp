// SPDX-License-Identifier: Apache-2.0
// The recurrent kernels of each set against the scalar ones and against double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

// Inputs of one selective step; `padded` channels, all in use.
struct StepData {
  StepData(int n_channels, int n_state, float dt_offset, float dt_scale, float pole_scale)
      : channels(n_channels), padded(paddedCount(n_channels)), d_state(n_state) {
    const auto width = static_cast<std::size_t>(padded);
    const auto depth = static_cast<std::size_t>(d_state);
    const auto values = static_cast<std::size_t>(stateFloats(channels, d_state));
    dt = goldenTensor(1, width, dt_scale, dt_offset);
    x = goldenTensor(2, width, 2.0f);
    z = goldenTensor(3, width, 4.0f);
    B = goldenTensor(4, depth, 1.0f);
    C = goldenTensor(5, depth, 1.0f);
    D = goldenTensor(6, width, 1.0f);
    y.resize(width);
    // Channels past the real ones are padding.
    for (std::size_t c = static_cast<std::size_t>(channels); c < width; ++c) {
      x[c] = z[c] = D[c] = 0.0f;
    }
    const std::vector<float> start = goldenTensor(7, values, 1.0f);
    A.resize(values);
    h.resize(values);
    for (int c = 0; c < channels; ++c) {
      for (int n = 0; n < d_state; ++n) {
        const std::size_t i = index(c, n);
        A[i] = -pole_scale * static_cast<float>(n + 1) * std::numbers::log2e_v<float>;
        h[i] = start[i];
      }
    }
  }

  std::size_t index(int c, int n) const {
    return static_cast<std::size_t>(stateIndex(c, n, channels, d_state));
  }

  SelectiveStep step() {
    return {dt.data(), x.data(), z.data(), A.data(), B.data(), C.data(),
            D.data(),  h.data(), y.data(), channels, padded,   d_state};
  }
  std::span<const float> output() const { return {y.data(), static_cast<std::size_t>(channels)}; }

  int channels;
  int padded;
  int d_state;
  std::vector<float> dt, x, z, A, B, C, D, h, y;
};

TEST(StateLayout, PlacesEveryStateOnceAndPadsWithLessThanEightChannels) {
  for (int channels = 1; channels <= 70; ++channels) {
    constexpr int kState = 3;
    const int total = stateFloats(channels, kState);
    ASSERT_LT(total, (channels + 8) * kState);
    std::vector<int> taken(static_cast<std::size_t>(total));
    for (int c = 0; c < channels; ++c) {
      for (int n = 0; n < kState; ++n) {
        const std::ptrdiff_t i = stateIndex(c, n, channels, kState);
        ASSERT_GE(i, 0);
        ASSERT_LT(i, total);
        ASSERT_EQ(taken[static_cast<std::size_t>(i)]++, 0) << channels << ": " << c << ", " << n;
      }
    }
  }
}

TEST(SelectiveStateUpdate, MatchesScalarForEveryStateSizeAndWidth) {
  for (const int d_state : {1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 33, 64}) {
    for (int channels = 1; channels <= 65; channels += (channels < 35 ? 1 : 10)) {
      StepData actual(channels, d_state, -4.5f, 2.3f, 1.0f);
      StepData expected = actual;
      for (int i = 0; i < 3; ++i) {
        defaultKernels().selectiveStateUpdate(actual.step());
        scalarKernels().selectiveStateUpdate(expected.step());
      }
      ASSERT_LE(relativeError(actual.h, expected.h), 1e-6) << channels << " x " << d_state;
      // y is a sum of terms of either sign, so its own size may be far below theirs.
      ASSERT_LE(relativeError(actual.output(), expected.output()), 1e-5)
          << channels << " x " << d_state;
      for (int c = 0; c < channels; ++c) {
        for (int n = 0; n < d_state; ++n) actual.h[actual.index(c, n)] = 0.0f;
      }
      for (const float h : actual.h) ASSERT_EQ(h, 0.0f) << "padding must stay zero";
    }
  }
}

TEST(SelectiveStateUpdate, ExtremeStepSizesAndPolesStayFinite) {
  for (const float dt_offset : {-1e30f, -100.0f, -20.0f, 0.0f, 20.0f, 100.0f, 1e4f}) {
    for (const float pole_scale : {0.0f, 1e-30f, 1e-3f, 1.0f, 1e4f, 1e30f}) {
      StepData actual(24, 5, dt_offset, 1.0f, pole_scale);
      StepData expected = actual;
      for (int i = 0; i < 4; ++i) {
        defaultKernels().selectiveStateUpdate(actual.step());
        scalarKernels().selectiveStateUpdate(expected.step());
      }
      ASSERT_LE(relativeError(actual.h, expected.h), 2e-6) << dt_offset << ' ' << pole_scale;
      ASSERT_LE(relativeError(actual.output(), expected.output()), 4e-6)
          << dt_offset << ' ' << pole_scale;
    }
  }
}

TEST(SelectiveStateUpdate, FollowsTheFormulaInDoublePrecision) {
  StepData data(16, 16, -4.5f, 2.3f, 1.0f);
  const StepData before = data;
  defaultKernels().selectiveStateUpdate(data.step());
  for (std::size_t c = 0; c < 16; ++c) {
    const double dt = std::log1p(std::exp(double{before.dt[c]}));
    double y = double{before.D[c]} * before.x[c];
    for (std::size_t n = 0; n < 16; ++n) {
      const double A = -static_cast<double>(n + 1);
      const double h = std::exp(dt * A) * before.h[n * 16 + c] + dt * before.B[n] * before.x[c];
      EXPECT_NEAR(data.h[n * 16 + c], h, 3e-7);
      y += before.C[n] * h;
    }
    const double z = before.z[c];
    EXPECT_NEAR(data.y[c], y * z / (1.0 + std::exp(-z)), 5e-6);
  }
}

TEST(CausalConvStep, MatchesScalarForEveryKernelLength) {
  for (int d_conv = 1; d_conv <= 9; ++d_conv) {
    for (const int channels : {1, 15, 16, 17, 72, 80}) {
      const int padded = paddedCount(channels);
      const auto width = static_cast<std::size_t>(padded);
      const auto taps = static_cast<std::size_t>(d_conv);
      const std::vector<float> weight = goldenTensor(1, taps * width, 0.5f);
      const std::vector<float> bias = goldenTensor(2, width, 0.5f);
      std::vector<float> state(width * (taps - 1));
      std::vector<float> expected_state = state;
      for (std::uint32_t t = 0; t < 12; ++t) {
        std::vector<float> x = goldenTensor(10 + t, width, 2.0f);
        std::vector<float> expected = x;
        const std::vector<float> input = x;
        const int oldest = taps > 1 ? static_cast<int>(t % (taps - 1)) : 0;
        defaultKernels().causalConvStep(
            {weight.data(), bias.data(), state.data(), x.data(), channels, padded, d_conv, oldest});
        scalarKernels().causalConvStep({weight.data(), bias.data(), expected_state.data(),
                                        expected.data(), channels, padded, d_conv, oldest});
        for (int c = 0; c < channels; ++c) {
          ASSERT_NEAR(x[static_cast<std::size_t>(c)], expected[static_cast<std::size_t>(c)], 2e-6);
        }
        for (std::size_t slot = 0; slot + 1 < taps; ++slot) {
          const auto begin = static_cast<std::ptrdiff_t>(slot * width);
          ASSERT_TRUE(std::equal(state.begin() + begin, state.begin() + begin + channels,
                                 expected_state.begin() + begin));
        }
        if (d_conv > 1) {
          ASSERT_TRUE(
              std::equal(input.begin(), input.begin() + channels, state.begin() + oldest * padded))
              << "the newest input must take the place of the oldest";
        }
      }
    }
  }
}

}  // namespace
}  // namespace hiss
