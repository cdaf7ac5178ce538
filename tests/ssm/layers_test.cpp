// SPDX-License-Identifier: Apache-2.0
// Layers against their definitions, written out in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "ssm/band_mix.h"
#include "ssm/batch_norm.h"
#include "ssm/conv1d.h"
#include "ssm/linear.h"
#include "ssm/norm.h"
#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

std::vector<float> random(std::uint32_t stream, int count) {
  return goldenTensor(stream, index(count), 1.0f);
}

TEST(Linear, IsTheTorchDefinition) {
  constexpr int kIn = 11;
  constexpr int kOut = 21;
  constexpr int kRows = 4;
  const auto weight = random(1, kOut * kIn);
  const auto bias = random(2, kOut);
  const auto x = random(3, kRows * kIn);
  std::vector<float> y(kRows * kOut);
  Linear(weight, bias, kOut, kIn, defaultKernels()).forward(x.data(), y.data(), kRows);
  for (int r = 0; r < kRows; ++r) {
    for (int o = 0; o < kOut; ++o) {
      double sum = bias[index(o)];
      for (int i = 0; i < kIn; ++i)
        sum += double{weight[index(o * kIn + i)]} * x[index(r * kIn + i)];
      EXPECT_NEAR(y[index(r * kOut + o)], sum, 1e-6);
    }
  }
}

TEST(Linear, RefusesSizesThatDoNotFit) {
  const auto weight = random(1, 12);
  EXPECT_THROW(Linear(weight, {}, 3, 5, defaultKernels()), std::invalid_argument);
  EXPECT_THROW(Linear(weight, random(2, 4), 3, 4, defaultKernels()), std::invalid_argument);
  EXPECT_THROW(Linear(weight, {}, 0, 4, defaultKernels()), std::invalid_argument);
  EXPECT_NO_THROW(Linear(weight, {}, 3, 4, defaultKernels()));
}

TEST(BandMix, MixesAlongTheFirstAxis) {
  constexpr int kIn = 9;
  constexpr int kOut = 7;
  constexpr int kChannels = 36;
  const auto weight = random(1, kOut * kIn);
  const auto bias = random(2, kOut);
  const auto x = random(3, kIn * kChannels);
  std::vector<float> y(kOut * kChannels);
  BandMix(weight, bias, kOut, kIn, defaultKernels()).forward(x.data(), y.data(), kChannels);
  for (int o = 0; o < kOut; ++o) {
    for (int c = 0; c < kChannels; ++c) {
      double sum = bias[index(o)];
      for (int i = 0; i < kIn; ++i) {
        sum += double{weight[index(o * kIn + i)]} * x[index(i * kChannels + c)];
      }
      EXPECT_NEAR(y[index(o * kChannels + c)], sum, 1e-6);
    }
  }
  EXPECT_THROW(BandMix(weight, bias, kOut, kIn + 1, defaultKernels()), std::invalid_argument);
}

TEST(Conv1d, IsTheTorchDefinitionChannelsLast) {
  struct Case {
    int c_in, c_out, kernel, stride, padding, f;
  };
  for (const Case& k : {Case{2, 48, 8, 4, 2, 256}, Case{5, 3, 3, 1, 1, 12},
                        Case{48, 48, 3, 1, 1, 64}, Case{7, 9, 3, 1, 1, 13}, Case{3, 2, 3, 1, 0, 3},
                        Case{96, 48, 1, 1, 0, 64}, Case{1, 1, 1, 1, 0, 1}}) {
    const auto weight = random(1, k.c_out * k.c_in * k.kernel);
    const auto bias = random(2, k.c_out);
    std::vector<float> padded(index((k.f + 2 * k.padding) * k.c_in));
    const auto x = random(3, k.f * k.c_in);
    std::copy(x.begin(), x.end(), padded.begin() + k.padding * k.c_in);
    const Conv1d conv(weight, bias, k.c_out, k.c_in, k.kernel, k.stride, k.padding,
                      defaultKernels());
    const int f_out = conv.outLength(k.f);
    ASSERT_EQ(f_out, (k.f + 2 * k.padding - k.kernel) / k.stride + 1);
    std::vector<float> y(index(f_out * k.c_out));
    conv.forward(padded.data(), y.data(), k.f);
    std::vector<float> scratch(conv.scratchFloats(k.f));
    std::vector<float> faster(y.size());
    conv.forward(padded.data(), faster.data(), k.f, scratch.data());
    for (int t = 0; t < f_out; ++t) {
      for (int o = 0; o < k.c_out; ++o) {
        double sum = bias[index(o)];
        for (int i = 0; i < k.c_in; ++i) {
          for (int j = 0; j < k.kernel; ++j) {
            sum += double{weight[index((o * k.c_in + i) * k.kernel + j)]} *
                   padded[index((t * k.stride + j) * k.c_in + i)];
          }
        }
        ASSERT_NEAR(y[index(t * k.c_out + o)], sum, k.c_in * k.kernel > 96 ? 8e-6 : 4e-6);
        ASSERT_NEAR(faster[index(t * k.c_out + o)], sum, 2e-5);
      }
    }
  }
  EXPECT_THROW(Conv1d(random(1, 5), {}, 1, 2, 3, 1, 0, defaultKernels()), std::invalid_argument);
}

TEST(ConvTranspose1d, IsTheTorchDefinitionChannelsLast) {
  struct Case {
    int c_in, c_out, kernel, stride, padding, f;
  };
  for (const Case& k : {Case{48, 2, 8, 4, 2, 64}, Case{16, 2, 8, 4, 2, 1}, Case{7, 3, 6, 3, 0, 5},
                        Case{5, 2, 4, 2, 2, 3}, Case{3, 5, 3, 2, 0, 7}, Case{4, 1, 5, 1, 4, 9},
                        Case{6, 2, 2, 1, 2, 9}}) {
    const auto weight = random(1, k.c_in * k.c_out * k.kernel);
    const auto bias = random(2, k.c_out);
    const auto x = random(3, k.f * k.c_in);
    const ConvTranspose1d conv(weight, bias, k.c_in, k.c_out, k.kernel, k.stride, k.padding,
                               defaultKernels());
    const int f_out = conv.outLength(k.f);
    ASSERT_EQ(f_out, (k.f - 1) * k.stride - 2 * k.padding + k.kernel);
    std::vector<float> scratch(conv.scratchFloats(k.f));
    std::vector<float> y(index(f_out * k.c_out));
    conv.forward(x.data(), y.data(), k.f, scratch.data());
    std::vector<double> expected(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) expected[i] = bias[i % index(k.c_out)];
    for (int t = 0; t < k.f; ++t) {
      for (int j = 0; j < k.kernel; ++j) {
        const int position = t * k.stride + j - k.padding;
        if (position < 0 || position >= f_out) continue;
        for (int o = 0; o < k.c_out; ++o) {
          for (int i = 0; i < k.c_in; ++i) {
            expected[index(position * k.c_out + o)] +=
                double{weight[index((i * k.c_out + o) * k.kernel + j)]} * x[index(t * k.c_in + i)];
          }
        }
      }
    }
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 4e-6);
  }
}

TEST(BatchNorm, FoldsIntoTheConvolution) {
  constexpr int kOut = 4;
  constexpr int kFanIn = 6;
  const auto weight = random(1, kOut * kFanIn);
  const auto bias = random(2, kOut);
  const auto gamma = goldenTensor(3, kOut, 0.5f, 1.0f);
  const auto beta = random(4, kOut);
  const auto mean = random(5, kOut);
  const auto variance = goldenTensor(6, kOut, 0.4f, 0.5f);
  const auto x = random(7, kFanIn);
  const FoldedConv folded = foldBatchNorm(weight, bias, gamma, beta, mean, variance, 1e-5f);
  for (int o = 0; o < kOut; ++o) {
    double conv = bias[index(o)];
    double actual = folded.bias[index(o)];
    for (int i = 0; i < kFanIn; ++i) {
      conv += double{weight[index(o * kFanIn + i)]} * x[index(i)];
      actual += double{folded.weight[index(o * kFanIn + i)]} * x[index(i)];
    }
    const double expected =
        (conv - mean[index(o)]) / std::sqrt(variance[index(o)] + 1e-5) * gamma[index(o)] +
        beta[index(o)];
    EXPECT_NEAR(actual, expected, 1e-6);
  }
  EXPECT_THROW(foldBatchNorm(weight, bias, gamma, beta, mean, random(1, 3), 1e-5f),
               std::invalid_argument);
  EXPECT_THROW(
      foldBatchNorm(weight, bias, gamma, beta, mean, std::vector<float>(kOut, -1.0f), 0.0f),
      std::invalid_argument);
}

TEST(Norms, AreTheTorchDefinitionsAlsoInPlace) {
  constexpr int kRows = 3;
  constexpr int kWidth = 36;
  const auto weight = random(1, kWidth);
  const auto bias = random(2, kWidth);
  const auto x = goldenTensor(3, kRows * kWidth, 2.0f, 0.3f);
  std::vector<float> rms = x;
  std::vector<float> layer = x;
  RmsNorm(weight, 1e-5f, defaultKernels()).forward(rms.data(), rms.data(), kRows);
  LayerNorm(weight, bias, 1e-5f, defaultKernels()).forward(layer.data(), layer.data(), kRows);
  for (int r = 0; r < kRows; ++r) {
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < kWidth; ++i) {
      sum += x[index(r * kWidth + i)];
      squares += std::pow(double{x[index(r * kWidth + i)]}, 2);
    }
    const double mean = sum / kWidth;
    const double variance = squares / kWidth - mean * mean;
    for (int i = 0; i < kWidth; ++i) {
      const double value = x[index(r * kWidth + i)];
      EXPECT_NEAR(rms[index(r * kWidth + i)],
                  value / std::sqrt(squares / kWidth + 1e-5) * weight[index(i)], 2e-6);
      EXPECT_NEAR(layer[index(r * kWidth + i)],
                  (value - mean) / std::sqrt(variance + 1e-5) * weight[index(i)] + bias[index(i)],
                  2e-6);
    }
  }
  EXPECT_THROW(RmsNorm({}, 1e-5f, defaultKernels()), std::invalid_argument);
  EXPECT_THROW(LayerNorm(weight, random(2, 3), 1e-5f, defaultKernels()), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
