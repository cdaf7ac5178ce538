// SPDX-License-Identifier: Apache-2.0
// Each kernel set against the scalar one for all small counts, misaligned pointers and strides.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "ssm/linear.h"
#include "ssm/simd/dispatch.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

constexpr int kWidestLanes = 16;
constexpr float kUntouched = 12345.0f;

// n values at a pointer that is 4, 8, 12 ... bytes off a 64-byte boundary.
class Misaligned {
 public:
  Misaligned(std::size_t n, std::size_t offset, float value = 0.0f)
      : storage_(n + offset + kSlack, value), offset_(offset) {}
  Misaligned(const std::vector<float>& values, std::size_t offset)
      : Misaligned(values.size(), offset) {
    std::copy(values.begin(), values.end(), data());
  }
  float* data() { return storage_.data() + offset_; }
  const float* data() const { return storage_.data() + offset_; }

 private:
  static constexpr std::size_t kSlack = 64;
  std::vector<float> storage_;
  std::size_t offset_;
};

bool sameBits(const float* a, const float* b, std::size_t n) {
  return n == 0 || std::memcmp(a, b, n * sizeof(float)) == 0;
}

// Sums of k products of values in [-1, 1]: the orders of rounding differ by at most this.
double sumTolerance(int k) { return 1e-7 * std::sqrt(static_cast<double>(k + 1)) + 2e-7; }

struct GemmShape {
  int rows;
  int n_in;
  int n_out;
};

void checkGemm(const GemmShape& s, std::size_t offset) {
  const auto depth = static_cast<std::size_t>(s.n_in);
  const auto columns = static_cast<std::size_t>(s.n_out);
  const std::vector<float> weight = goldenTensor(1, depth * columns, 1.0f);
  const std::vector<float> bias = goldenTensor(2, columns, 1.0f);
  const std::ptrdiff_t ldx = s.n_in + 3;
  const std::ptrdiff_t ldy = s.n_out + 5;
  const auto rows = static_cast<std::size_t>(s.rows);
  const Misaligned x(goldenTensor(3, rows * static_cast<std::size_t>(ldx), 1.0f), offset);
  const std::size_t y_floats = rows * static_cast<std::size_t>(ldy);
  Misaligned y(y_floats, offset, kUntouched);
  std::vector<float> expected(y_floats, kUntouched);
  Linear(weight, bias, s.n_out, s.n_in, defaultKernels())
      .forward(x.data(), y.data(), s.rows, ldx, ldy);
  Linear(weight, bias, s.n_out, s.n_in, scalarKernels())
      .forward(x.data(), expected.data(), s.rows, ldx, ldy);
  for (std::size_t i = 0; i < y_floats; ++i) {
    const bool gap = i % static_cast<std::size_t>(ldy) >= columns;
    if (gap) {
      ASSERT_EQ(y.data()[i], kUntouched) << "wrote beside the matrix at " << i;
    } else if (defaultKernels().name == std::string_view("sse4")) {
      ASSERT_EQ(y.data()[i], expected[i]) << "without fused operations nothing may differ";
    } else {
      ASSERT_NEAR(y.data()[i], expected[i], sumTolerance(s.n_in) * 4)
          << s.rows << " x " << s.n_in << " x " << s.n_out << " at " << i;
    }
  }
}

TEST(Gemm, MatchesScalarForAllSmallCounts) {
  for (int n_out = 1; n_out <= 2 * kWidestLanes + 1; ++n_out) {
    for (int rows = 0; rows <= 17; ++rows) checkGemm({rows, 7, n_out}, 1);
  }
  for (int n_in = 1; n_in <= 2 * kWidestLanes + 1; ++n_in) checkGemm({5, n_in, 19}, 0);
}

TEST(Gemm, MatchesScalarForTheShapesOfTheNetworks) {
  for (const GemmShape& s : {GemmShape{64, 144, 48}, GemmShape{64, 16, 48}, GemmShape{64, 96, 48},
                             GemmShape{24, 36, 144}, GemmShape{24, 72, 35}, GemmShape{24, 3, 72},
                             GemmShape{24, 72, 36}, GemmShape{64, 48, 16}, GemmShape{1, 128, 512},
                             GemmShape{1, 256, 128}, GemmShape{65, 2, 512}, GemmShape{3, 512, 2}}) {
    for (std::size_t offset = 0; offset < 3; ++offset) checkGemm(s, offset);
  }
}

TEST(Gemm, RowsAreIndependentToTheBit) {
  constexpr int kRows = 67;
  constexpr int kIn = 37;
  for (const int n_out : {1, 8, 17, 36, 48, 72, 150}) {
    const auto columns = static_cast<std::size_t>(n_out);
    const Linear linear(goldenTensor(1, kIn * columns, 1.0f), goldenTensor(2, columns, 1.0f), n_out,
                        kIn, defaultKernels());
    const std::vector<float> x = goldenTensor(3, kRows * kIn, 1.0f);
    std::vector<float> together(kRows * columns);
    linear.forward(x.data(), together.data(), kRows);
    for (int batch = 1; batch <= 17; ++batch) {
      std::vector<float> apart(kRows * columns);
      for (int r = 0; r < kRows; r += batch) {
        linear.forward(x.data() + std::ptrdiff_t{r} * kIn, apart.data() + std::ptrdiff_t{r} * n_out,
                       std::min(batch, kRows - r));
      }
      ASSERT_TRUE(sameBits(together.data(), apart.data(), together.size()))
          << n_out << " columns in batches of " << batch;
    }
  }
}

TEST(Gemm, InputsInTwoPartsGiveTheBitsOfOneProduct) {
  for (const int n_out : {1, 3, 4, 8, 17, 36, 48, 150}) {
    for (const int rows : {1, 2, 7, 8, 24, 65}) {
      constexpr int kFirst = 13;
      constexpr int kSecond = 29;
      constexpr int kIn = kFirst + kSecond;
      const auto columns = static_cast<std::size_t>(n_out);
      const std::vector<float> weight = goldenTensor(1, kIn * columns, 1.0f);
      std::vector<float> first;
      std::vector<float> second;
      for (std::size_t j = 0; j < columns; ++j) {
        const auto row = weight.begin() + static_cast<std::ptrdiff_t>(j * kIn);
        first.insert(first.end(), row, row + kFirst);
        second.insert(second.end(), row + kFirst, row + kIn);
      }
      const std::vector<float> bias = goldenTensor(2, columns, 1.0f);
      const Linear whole(weight, bias, n_out, kIn, defaultKernels());
      const Linear head(first, bias, n_out, kFirst, defaultKernels());
      const Linear tail(second, {}, n_out, kSecond, defaultKernels());
      const std::vector<float> x = goldenTensor(3, static_cast<std::size_t>(rows * kIn), 1.0f);
      const std::size_t count = static_cast<std::size_t>(rows) * columns;
      Misaligned y(count, 1, kUntouched);
      std::vector<float> expected(count);
      whole.forward(x.data(), expected.data(), rows);
      head.forward(x.data(), y.data(), rows, kIn, n_out);
      tail.accumulate(x.data() + kFirst, y.data(), rows, kIn, n_out);
      ASSERT_TRUE(sameBits(y.data(), expected.data(), count)) << rows << " x " << n_out;
      ASSERT_EQ(y.data()[count], kUntouched);
    }
  }
}

float roundedToBf16(float value) {
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude == 0.0) return value;
  const double ulp = std::exp2(std::floor(std::log2(magnitude)) - 7);
  return static_cast<float>(std::nearbyint(static_cast<double>(value) / ulp) * ulp);
}

TEST(Gemm, WeightsAsBf16GiveTheBitsOfTheirValuesAsFloats) {
  for (const int n_out : {1, 4, 8, 9, 16, 17, 36, 48, 150}) {
    for (const int n_in : {1, 2, 3, 16, 37}) {
      for (const int rows : {1, 2, 5, 8, 24}) {
        const auto columns = static_cast<std::size_t>(n_out);
        const std::vector<float> weight =
            goldenTensor(1, columns * static_cast<std::size_t>(n_in), 1.0f);
        std::vector<float> rounded = weight;
        for (float& w : rounded) w = roundedToBf16(w);
        const std::vector<float> bias = goldenTensor(2, columns, 1.0f);
        const Kernels& kernels = defaultKernels();
        const Linear exact(rounded, bias, n_out, n_in, kernels);
        const Linear words(weight, bias, n_out, n_in, kernels, WeightFormat::kBf16);
        const std::vector<float> x = goldenTensor(3, static_cast<std::size_t>(rows * n_in), 1.0f);
        const std::size_t count = static_cast<std::size_t>(rows) * columns;
        Misaligned y(count, 1, kUntouched);
        std::vector<float> expected(count);
        exact.forward(x.data(), expected.data(), rows);
        words.forward(x.data(), y.data(), rows);
        ASSERT_TRUE(sameBits(y.data(), expected.data(), count)) << n_in << " -> " << n_out;
        exact.accumulate(x.data(), expected.data(), rows, n_in, n_out);
        words.accumulate(x.data(), y.data(), rows, n_in, n_out);
        ASSERT_TRUE(sameBits(y.data(), expected.data(), count)) << n_in << " -> " << n_out;
        ASSERT_EQ(y.data()[count], kUntouched);
      }
    }
  }
}

TEST(BandMixKernel, MatchesScalarForAllSmallCounts) {
  for (int columns = 0; columns <= 2 * kWidestLanes + 1; ++columns) {
    for (int n_out = 1; n_out <= 17; ++n_out) {
      constexpr int kIn = 24;
      const std::vector<float> weight =
          goldenTensor(1, static_cast<std::size_t>(n_out * kIn), 1.0f);
      const std::vector<float> bias = goldenTensor(2, static_cast<std::size_t>(n_out), 1.0f);
      const auto width = static_cast<std::size_t>(columns);
      const Misaligned x(goldenTensor(3, kIn * width, 1.0f), 1);
      const std::size_t count = static_cast<std::size_t>(n_out) * width;
      Misaligned y(count, 1, kUntouched);
      std::vector<float> expected(count);
      defaultKernels().bandMix(weight.data(), x.data(), bias.data(), y.data(), n_out, kIn, columns);
      scalarKernels().bandMix(weight.data(), x.data(), bias.data(), expected.data(), n_out, kIn,
                              columns);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_NEAR(y.data()[i], expected[i], sumTolerance(kIn) * 4) << n_out << " x " << columns;
      }
      EXPECT_EQ(y.data()[count], kUntouched);
    }
  }
}

TEST(ComplexKernels, MatchScalarForAllCounts) {
  for (int n = 0; n <= 2 * kWidestLanes + 1; ++n) {
    const auto count = static_cast<std::size_t>(2 * n);
    std::vector<float> x = goldenTensor(1, count, 1.0f);
    for (std::size_t i = 0; i < count; ++i) x[i] *= std::pow(10.0f, static_cast<float>(i % 12) - 7);
    if (n > 3) x[6] = x[7] = 0.0f;
    std::vector<float> mask = goldenTensor(2, count, 1.0f);
    Misaligned y(count, 1, kUntouched);
    std::vector<float> expected(count);
    for (const float exponent : {-0.35f, 0.0f, 0.5f}) {
      defaultKernels().compress(x.data(), y.data(), exponent, n);
      scalarKernels().compress(x.data(), expected.data(), exponent, n);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_NEAR(y.data()[i], expected[i], 1e-5f * std::fabs(expected[i])) << i;
      }
    }
    ASSERT_EQ(y.data()[count], kUntouched);
    const auto threes = static_cast<std::size_t>(3 * n);
    Misaligned with_magnitude(threes, 1, kUntouched);
    std::vector<float> expected_threes(threes);
    for (const float exponent : {-0.35f, 0.0f, 0.25f}) {
      defaultKernels().compressWithMagnitude(x.data(), with_magnitude.data(), exponent, n);
      scalarKernels().compressWithMagnitude(x.data(), expected_threes.data(), exponent, n);
      defaultKernels().compress(x.data(), y.data(), exponent, n);
      for (std::size_t i = 0; i < threes; ++i) {
        const float found = with_magnitude.data()[i];
        ASSERT_NEAR(found, expected_threes[i], 1e-5f * std::fabs(expected_threes[i])) << i;
        if (i % 3 < 2) {
          ASSERT_EQ(found, y.data()[i / 3 * 2 + i % 3]) << i;
        }
      }
      for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
        const double magnitude = std::max(1e-5, std::hypot(double{x[2 * i]}, double{x[2 * i + 1]}));
        const double third = std::pow(magnitude, 2.0 * double{exponent} + 1.0);
        ASSERT_NEAR(expected_threes[3 * i + 2], third, 1e-6 * third) << i;
      }
    }
    ASSERT_EQ(with_magnitude.data()[threes], kUntouched);
    if (n > 2) {
      mask[0] = std::numeric_limits<float>::quiet_NaN();
      mask[2] = std::numeric_limits<float>::infinity();
      mask[5] = 1e30f;
    }
    defaultKernels().complexMask(x.data(), mask.data(), y.data(), 1e15f, n);
    scalarKernels().complexMask(x.data(), mask.data(), expected.data(), 1e15f, n);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_NEAR(y.data()[i], expected[i], 1e-6f * std::fabs(expected[i]) + 1e-9f) << i;
    }
    if (n > 2) {
      for (std::size_t i = 0; i < 6; ++i) ASSERT_EQ(y.data()[i], 0.0f);
    }
    ASSERT_EQ(y.data()[count], kUntouched);
  }
}

using MapFunction = decltype(Kernels::silu);

TEST(Elementwise, MatchesScalarForAllCountsAndAlignments) {
  const Kernels& kernels = defaultKernels();
  const Kernels& scalar = scalarKernels();
  const std::pair<MapFunction, MapFunction> maps[] = {{kernels.exp2, scalar.exp2},
                                                      {kernels.softplus, scalar.softplus},
                                                      {kernels.sigmoid, scalar.sigmoid},
                                                      {kernels.silu, scalar.silu}};
  for (const auto& [map, reference] : maps) {
    for (int n = 0; n <= 2 * kWidestLanes + 1; ++n) {
      for (std::size_t offset = 0; offset < 4; ++offset) {
        const auto count = static_cast<std::size_t>(n);
        const Misaligned x(goldenTensor(static_cast<std::uint32_t>(n), count, 20.0f), offset);
        Misaligned y(count, offset, kUntouched);
        std::vector<float> expected(count);
        map(x.data(), y.data(), n);
        reference(x.data(), expected.data(), n);
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_LE(ulpError(y.data()[i], double{expected[i]}), 6.0) << x.data()[i];
        }
        EXPECT_EQ(y.data()[count], kUntouched);
      }
    }
  }
}

TEST(Elementwise, BitsDoNotDependOnThePlaceInTheArray) {
  constexpr std::size_t kCount = 2 * kWidestLanes + 1;
  const Kernels& kernels = defaultKernels();
  const std::vector<float> x = goldenTensor(5, kCount, 30.0f);
  for (const MapFunction map : {kernels.exp2, kernels.softplus, kernels.sigmoid, kernels.silu,
                                kernels.tanh, kernels.gelu}) {
    std::vector<float> together(kCount);
    std::vector<float> apart(kCount);
    map(x.data(), together.data(), static_cast<int>(kCount));
    for (std::size_t i = 0; i < kCount; ++i) map(&x[i], &apart[i], 1);
    EXPECT_TRUE(sameBits(together.data(), apart.data(), kCount));
  }
}

TEST(Elementwise, AddAndAddSiluMatchScalarAlsoInPlace) {
  for (int n = 0; n <= 2 * kWidestLanes + 1; ++n) {
    const auto count = static_cast<std::size_t>(n);
    const std::vector<float> a = goldenTensor(1, count, 3.0f);
    const std::vector<float> b = goldenTensor(2, count, 9.0f);
    Misaligned sum(a, 1);
    Misaligned gated(a, 3);
    std::vector<float> expected_sum(count);
    std::vector<float> expected_gated(count);
    defaultKernels().add(sum.data(), b.data(), sum.data(), n);
    defaultKernels().addSilu(gated.data(), b.data(), gated.data(), n);
    scalarKernels().add(a.data(), b.data(), expected_sum.data(), n);
    scalarKernels().addSilu(a.data(), b.data(), expected_gated.data(), n);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(sum.data()[i], expected_sum[i]);
      EXPECT_NEAR(gated.data()[i], expected_gated[i], 4e-6);
    }
  }
}

TEST(Norms, MatchScalarForAllCountsAndStrides) {
  constexpr float kEps = 1e-5f;
  constexpr int kRows = 3;
  for (int n = 1; n <= 2 * kWidestLanes + 1; ++n) {
    const auto count = static_cast<std::size_t>(n);
    const std::vector<float> weight = goldenTensor(1, count, 1.0f);
    const std::vector<float> bias = goldenTensor(2, count, 1.0f);
    const std::ptrdiff_t stride = n + 2;
    const Misaligned x(goldenTensor(3, kRows * (count + 2), 5.0f, 0.5f), 1);
    Misaligned y(kRows * (count + 2), 1, kUntouched);
    std::vector<float> expected(kRows * (count + 2), kUntouched);
    defaultKernels().rmsNorm(x.data(), stride, weight.data(), kEps, y.data(), stride, kRows, n);
    scalarKernels().rmsNorm(x.data(), stride, weight.data(), kEps, expected.data(), stride, kRows,
                            n);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_NEAR(y.data()[i], expected[i], 2e-6) << n;
    }
    defaultKernels().layerNorm(x.data(), weight.data(), bias.data(), kEps, y.data(), kRows, n);
    scalarKernels().layerNorm(x.data(), weight.data(), bias.data(), kEps, expected.data(), kRows,
                              n);
    for (std::size_t i = 0; i < kRows * count; ++i) {
      ASSERT_NEAR(y.data()[i], expected[i], 2e-5) << n;
    }
  }
}

}  // namespace
}  // namespace hiss
