// SPDX-License-Identifier: Apache-2.0
// The kernels of the kinds other than mamba, each set against the scalar one and against double
// precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

constexpr int kMostChannels = 35;  // beyond two vectors of the widest set

// Values over channels, off any boundary, with zeros as padding.
class Channels {
 public:
  Channels(std::uint32_t stream, int channels, float scale, float offset = 0.0f)
      : values_(static_cast<std::size_t>(paddedCount(channels)) + 1) {
    const auto drawn = goldenTensor(stream, static_cast<std::size_t>(channels), scale, offset);
    std::copy(drawn.begin(), drawn.end(), values_.begin() + 1);
  }
  float* data() { return values_.data() + 1; }
  float operator[](int c) const { return values_[static_cast<std::size_t>(c) + 1]; }
  std::span<const float> first(int n) const {
    return std::span<const float>(values_).subspan(1, static_cast<std::size_t>(n));
  }

 private:
  std::vector<float> values_;
};

// A state [channels, d_state] in its inner layout, with zeros as padding.
class States {
 public:
  States(std::uint32_t stream, int channels, int d_state, float scale)
      : channels_(channels),
        d_state_(d_state),
        values_(static_cast<std::size_t>(stateFloats(channels, d_state)) + 1) {
    for (int c = 0; c < channels; ++c) {
      for (int n = 0; n < d_state; ++n) {
        at(c, n) = scale * goldenUniform(stream, static_cast<std::uint32_t>(c * d_state + n));
      }
    }
  }
  float* data() { return values_.data() + 1; }
  float& at(int c, int n) { return data()[stateIndex(c, n, channels_, d_state_)]; }
  std::span<const float> all() const { return values_; }
  bool paddingIsZero() {
    States copy = *this;
    for (int c = 0; c < channels_; ++c) {
      for (int n = 0; n < d_state_; ++n) copy.at(c, n) = 0.0f;
    }
    return std::all_of(copy.values_.begin(), copy.values_.end(), [](float v) { return v == 0.0f; });
  }

 private:
  int channels_;
  int d_state_;
  std::vector<float> values_;
};

struct SsdData {
  SsdData(int n_channels, int n_state)
      : channels(n_channels),
        d_state(n_state),
        dA(1, channels, 0.5f, 0.5f),
        dt(2, channels, 0.5f, 0.5f),
        x(3, channels, 2.0f),
        z(4, channels, 4.0f),
        D(5, channels, 1.0f),
        y(6, channels, 0.0f),
        B(goldenTensor(7, static_cast<std::size_t>(d_state), 1.0f)),
        C(goldenTensor(8, static_cast<std::size_t>(d_state), 1.0f)),
        h(9, channels, d_state, 1.0f) {}

  SsdStep step() {
    return {dA.data(), dt.data(), x.data(), z.data(), B.data(), C.data(),
            D.data(),  h.data(),  y.data(), channels, d_state};
  }

  int channels;
  int d_state;
  Channels dA, dt, x, z, D, y;
  std::vector<float> B, C;
  States h;
};

TEST(SsdStateUpdate, MatchesScalarForEveryStateSizeAndWidth) {
  for (const int d_state : {1, 2, 3, 5, 8, 13, 16, 64}) {
    for (int channels = 1; channels <= kMostChannels; ++channels) {
      SsdData actual(channels, d_state);
      SsdData expected = actual;
      for (int i = 0; i < 3; ++i) {
        defaultKernels().ssdStateUpdate(actual.step());
        scalarKernels().ssdStateUpdate(expected.step());
      }
      ASSERT_LE(relativeError(actual.h.all(), expected.h.all()), 1e-6) << channels;
      ASSERT_LE(relativeError(actual.y.first(channels), expected.y.first(channels)), 1e-5)
          << channels << " x " << d_state;
      ASSERT_LE(relativeError(actual.z.first(channels), expected.z.first(channels)), 1e-6);
      ASSERT_TRUE(actual.h.paddingIsZero());
    }
  }
}

TEST(SsdStateUpdate, FollowsTheFormulaInDoublePrecision) {
  SsdData data(19, 6);
  SsdData before = data;
  defaultKernels().ssdStateUpdate(data.step());
  for (int c = 0; c < 19; ++c) {
    double y = double{before.D[c]} * before.x[c];
    for (int n = 0; n < 6; ++n) {
      const auto i = static_cast<std::size_t>(n);
      const double h = double{before.dA[c]} * before.h.at(c, n) +
                       double{before.dt[c]} * before.x[c] * before.B[i];
      EXPECT_NEAR(data.h.at(c, n), h, 3e-7);
      y += before.C[i] * h;
    }
    const double z = before.z[c];
    EXPECT_NEAR(data.y[c], y * z / (1.0 + std::exp(-z)), 5e-6);
  }
}

struct DiagonalData {
  DiagonalData(int n_channels, int n_pairs)
      : channels(n_channels),
        pairs(n_pairs),
        x(1, channels, 2.0f),
        D(2, channels, 1.0f),
        y(3, channels, 0.0f),
        dA(4, channels, 2 * pairs, 0.7f),
        dB(5, channels, 2 * pairs, 1.0f),
        C(6, channels, 2 * pairs, 1.0f),
        h(7, channels, 2 * pairs, 1.0f) {}

  DiagonalStep step() {
    return {dA.data(), dB.data(), C.data(), D.data(), x.data(),
            h.data(),  y.data(),  channels, pairs};
  }

  int channels;
  int pairs;
  Channels x, D, y;
  States dA, dB, C, h;
};

TEST(DiagonalStateUpdate, MatchesScalarForEveryStateSizeAndWidth) {
  for (const int pairs : {1, 2, 3, 7, 16, 32}) {
    for (int channels = 1; channels <= kMostChannels; ++channels) {
      DiagonalData actual(channels, pairs);
      DiagonalData expected = actual;
      for (int i = 0; i < 3; ++i) {
        defaultKernels().diagonalStateUpdate(actual.step());
        scalarKernels().diagonalStateUpdate(expected.step());
      }
      ASSERT_LE(relativeError(actual.h.all(), expected.h.all()), 1e-6) << channels;
      ASSERT_LE(relativeError(actual.y.first(channels), expected.y.first(channels)), 1e-5)
          << channels << " x " << pairs;
      ASSERT_TRUE(actual.h.paddingIsZero());
    }
  }
}

TEST(DiagonalStateUpdate, FollowsTheFormulaInDoublePrecision) {
  DiagonalData data(19, 5);
  DiagonalData before = data;
  defaultKernels().diagonalStateUpdate(data.step());
  const auto complexAt = [](States& states, int c, int p) {
    return std::complex<double>(states.at(c, 2 * p), states.at(c, 2 * p + 1));
  };
  for (int c = 0; c < 19; ++c) {
    double y = double{before.D[c]} * before.x[c];
    for (int p = 0; p < 5; ++p) {
      const std::complex<double> h = complexAt(before.dA, c, p) * complexAt(before.h, c, p) +
                                     complexAt(before.dB, c, p) * double{before.x[c]};
      EXPECT_NEAR(std::abs(complexAt(data.h, c, p) - h), 0.0, 4e-7);
      y += (complexAt(before.C, c, p) * h).real();
    }
    EXPECT_NEAR(data.y[c], y, 3e-6);
  }
}

TEST(GatedStateUpdate, MatchesScalarAndTheFormula) {
  for (int d_state = 1; d_state <= kMostChannels; ++d_state) {
    Channels a(1, d_state, 1.0f);
    Channels gate(2, d_state, 4.0f);
    Channels x(3, d_state, 2.0f);
    Channels h(4, d_state, 1.0f);
    Channels gate_before = gate;
    Channels x_before = x;
    Channels h_before = h;
    Channels scalar_gate = gate;
    Channels scalar_x = x;
    Channels scalar_h = h;
    defaultKernels().gatedStateUpdate({a.data(), gate.data(), x.data(), h.data(), d_state});
    scalarKernels().gatedStateUpdate(
        {a.data(), scalar_gate.data(), scalar_x.data(), scalar_h.data(), d_state});
    for (int n = 0; n < d_state; ++n) {
      ASSERT_NEAR(gate[n], scalar_gate[n], 3e-7);
      ASSERT_NEAR(x[n], scalar_x[n], 3e-7);
      ASSERT_NEAR(h[n], scalar_h[n], 4e-7);
      const double s = 1.0 / (1.0 + std::exp(-double{gate_before[n]}));
      const double candidate = std::tanh(double{a[n]} * h_before[n] + x_before[n]);
      ASSERT_NEAR(h[n], h_before[n] * (1.0 - s) + candidate * s, 4e-7);
    }
    for (int n = d_state; n < paddedCount(d_state); ++n) ASSERT_EQ(h[n], 0.0f);
  }
}

TEST(AddProducts, MatchScalarForAllCountsAndLeaveTheRestAlone) {
  for (int n = 0; n <= kMostChannels; ++n) {
    Channels a(1, n, 3.0f);
    Channels b(2, n, 9.0f);
    for (const bool gated : {false, true}) {
      Channels y(3, n, 1.0f);
      Channels expected = y;
      const auto run = [&](const Kernels& kernels, float* to) {
        (gated ? kernels.addGated : kernels.addProduct)(a.data(), b.data(), to, n);
      };
      run(defaultKernels(), y.data());
      run(scalarKernels(), expected.data());
      for (int i = 0; i < n; ++i) ASSERT_NEAR(y[i], expected[i], 4e-6);
      for (int i = n; i < paddedCount(n); ++i) ASSERT_EQ(y[i], 0.0f);
    }
  }
}

}  // namespace
}  // namespace hiss
