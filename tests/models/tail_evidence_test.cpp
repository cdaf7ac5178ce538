// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/tail_evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <functional>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

std::vector<double> draw(std::size_t n, unsigned seed,
                         const std::function<double(double)>& quantile) {
  std::mt19937_64 random(seed);
  std::vector<double> out(n);
  for (double& value : out) {
    value = quantile((static_cast<double>(random() >> 11) + 0.5) * 0x1p-53);
  }
  return out;
}

double halfNormal(double u) {
  // The sum of twelve would cut the tail: Box-Muller needs two, so the inverse by bisection.
  double low = 0.0;
  double high = 10.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (std::erfc(middle / std::sqrt(2.0)) > 1.0 - u ? low : high) = middle;
  }
  return low;
}

struct Shape {
  const char* name;
  std::function<double(double)> quantile;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {
      {"exponential", [](double u) { return -std::log1p(-u); }},
      {"half normal", halfNormal},
      {"uniform", [](double u) { return u; }},
      {"Pareto, shape 0.25", [](double u) { return std::pow(1.0 - u, -0.25); }},
      {"Pareto, shape 0.5", [](double u) { return std::pow(1.0 - u, -0.5); }},
      {"log-normal, wide",
       [](double u) {
         return std::exp(1.5 * (u < 0.5 ? -halfNormal(1 - 2 * u) : halfNormal(2 * u - 1)));
       }},
  };
  return all;
}

std::vector<float> evidences(TailEvidence& tail, const std::vector<double>& values) {
  std::vector<float> out;
  for (const double value : values) out.push_back(tail.step(value));
  return out;
}

double shareAtLeast(const std::vector<float>& values, std::size_t from, float level) {
  std::size_t count = 0;
  for (std::size_t i = from; i < values.size(); ++i) count += values[i] >= level ? 1 : 0;
  return static_cast<double>(count) / static_cast<double>(values.size() - from);
}

TEST(TailEvidence, SharesOfRowsAreWhatItSays) {
  constexpr std::size_t kSettled = 20000;
  for (const Shape& shape : shapes()) {
    TailEvidence tail;
    const std::vector<float> found = evidences(tail, draw(420000, 7, shape.quantile));
    EXPECT_NEAR(shareAtLeast(found, kSettled, 0.30103f), 0.5, 0.02) << shape.name;
    EXPECT_NEAR(shareAtLeast(found, kSettled, 1.0f), 0.1, 0.005) << shape.name;
    const double hundredth = shareAtLeast(found, kSettled, 2.0f);
    EXPECT_GT(hundredth, 0.01 / 1.3) << shape.name;
    EXPECT_LT(hundredth, 0.01 * 1.3) << shape.name;
    // A bounded value cannot be as rare as its tail, taken for exponential, says.
    const double thousandth = shareAtLeast(found, kSettled, 3.0f);
    EXPECT_LT(thousandth, 0.001 * 2.0) << shape.name;
    if (std::strcmp(shape.name, "uniform") != 0) {
      EXPECT_GT(thousandth, 0.001 / 2.0) << shape.name;
    }
  }
}

TEST(TailEvidence, RisesWithTheValue) {
  for (const Shape& shape : shapes()) {
    TailEvidence tail;
    evidences(tail, draw(3000, 3, shape.quantile));
    float last = -1.0f;
    for (double value = 1e-2; value < 1e9; value *= 1.02) {
      const float now = tail.evidence(value);
      ASSERT_TRUE(std::isfinite(now));
      ASSERT_GE(now, last) << shape.name << " at " << value;
      if (value > 3.0) {
        ASSERT_GT(now, last) << shape.name << " ties at " << value;
      }
      last = now;
    }
    EXPECT_GT(last, 5.0f) << "unbounded";
  }
}

TEST(TailEvidence, HasNoUnit) {
  const std::vector<double> values = draw(3000, 5, shapes()[0].quantile);
  TailEvidence plain;
  const std::vector<float> expected = evidences(plain, values);
  for (const double unit : {1e-290, 1e-9, 1e4, 1e250}) {  // whole numbers of bins
    TailEvidence scaled;
    std::vector<double> in = values;
    for (double& value : in) value *= unit;
    const std::vector<float> found = evidences(scaled, in);
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], expected[i], 1e-3 + 1e-3 * expected[i]) << unit << ", row " << i;
    }
  }
}

TEST(TailEvidence, FollowsAUnitThatChanges) {
  for (const double unit : {1e-8, 1e-3, 1e3, 1e8}) {
    TailEvidence tail;
    evidences(tail, draw(20000, 1, shapes()[0].quantile));
    std::vector<double> later = draw(80000, 2, shapes()[0].quantile);
    for (double& value : later) value *= unit;
    if (unit > 1.0) {
      EXPECT_GT(tail.evidence(later[0]), 4.0f);
    }
    const std::vector<float> found = evidences(tail, later);
    const double hundredth = shareAtLeast(found, 60000, 2.0f);
    EXPECT_GT(hundredth, 0.01 / 1.5) << unit;
    EXPECT_LT(hundredth, 0.01 * 1.5) << unit;
  }
}

TEST(TailEvidence, ConstantsAndTheFirstThatIsNot) {
  TailEvidence zeros;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(zeros.step(0.0), 0.0f);
  const float small = zeros.evidence(1e-300);
  EXPECT_GT(small, 3.0f) << "one in a thousand";
  EXPECT_GT(zeros.evidence(1e300), small);
  EXPECT_LT(zeros.evidence(1e300), 5.0f);
  zeros.learn(1.0);
  EXPECT_GT(zeros.evidence(100.0), zeros.evidence(1.0));

  TailEvidence ones;
  for (int i = 0; i < 1000; ++i) ASSERT_LT(ones.step(1.0), 1.0f);
  EXPECT_GT(ones.evidence(2.0), 3.0f);
  EXPECT_GT(ones.evidence(1e100), ones.evidence(1e50));
  EXPECT_TRUE(std::isfinite(ones.evidence(1e300)));
}

TEST(TailEvidence, OneWildValueDoesNotSpoilTheRest) {
  for (const double wild : {1e300, 1e-300}) {
    TailEvidence tail;
    evidences(tail, draw(5000, 1, shapes()[0].quantile));
    const float before = tail.evidence(6.0);
    for (int i = 0; i < 3; ++i) tail.step(wild);
    EXPECT_NEAR(tail.evidence(6.0), before, wild > 1.0 ? 1.0 : 0.1);
    EXPECT_NEAR(tail.evidence(0.7), 0.30103, 0.05);
  }
}

TEST(TailEvidence, SaysNothingWhileWarmingUp) {
  TailEvidence tail({5000.0f, 150.0f});
  const std::vector<double> values = draw(400, 9, shapes()[0].quantile);
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(tail.warm(), i >= 150);
    const float found = tail.step(values[i]);
    if (i < 150) {
      EXPECT_EQ(found, 0.0f);
    }
  }
  EXPECT_THROW(TailEvidence({1.0f, 0.0f}), std::invalid_argument);
}

TEST(TailEvidence, ForgetsAndLearnsByWeight) {
  TailEvidence old({1000.0f, 150.0f});
  for (const double value : draw(5000, 1, shapes()[0].quantile)) old.learn(value);
  TailEvidence quiet = old;
  TailEvidence unmoved = old;
  for (const double value : draw(3000, 2, shapes()[0].quantile)) {
    old.learn(5.0 * value);
    quiet.learn(5.0 * value, 0.1f);
    unmoved.learn(5.0 * value, 0.0f);
  }
  EXPECT_LT(old.evidence(10.0), 1.2f);
  EXPECT_GT(quiet.evidence(10.0), 1.2f * old.evidence(10.0));
  EXPECT_GT(unmoved.evidence(10.0), 3.5f);
}

TEST(TailEvidence, SavedAndLoadedGoesOnToTheBit) {
  const std::vector<double> values = draw(6000, 4, shapes()[5].quantile);
  TailEvidence whole;
  const std::vector<float> expected = evidences(whole, values);
  for (const std::size_t cut : {0, 1, 100, 3001}) {
    TailEvidence first;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(cut);
    const std::vector<float> head = evidences(first, {values.begin(), at});
    EXPECT_EQ(head, std::vector<float>(expected.begin(),
                                       expected.begin() + static_cast<std::ptrdiff_t>(cut)));
    StateWriter writer;
    first.save(writer);
    TailEvidence second;
    second.step(3.0);
    const std::vector<std::byte> bytes = writer.take();
    StateReader reader(bytes);
    second.load(reader);
    EXPECT_EQ(reader.left(), 0u);
    const std::vector<float> rest = evidences(second, {at, values.end()});
    EXPECT_EQ(rest, std::vector<float>(expected.begin() + static_cast<std::ptrdiff_t>(cut),
                                       expected.end()));
  }
}

TEST(TailEvidence, RefusesBytesThatNoTailCanHaveWritten) {
  TailEvidence tail;
  evidences(tail, draw(1000, 4, shapes()[0].quantile));
  StateWriter writer;
  tail.save(writer);
  std::vector<std::byte> bytes = writer.take();
  const float negative = -1.0f;
  std::memcpy(bytes.data() + sizeof(std::uint64_t) + 40, &negative, sizeof negative);
  StateReader wrong(bytes);
  EXPECT_THROW(tail.load(wrong), std::runtime_error);
  bytes.pop_back();
  StateReader shorter(bytes);
  EXPECT_THROW(tail.load(shorter), std::runtime_error);
}

TEST(TailEvidence, NeverAllocatesAndStaysFiniteForLong) {
  TailEvidence tail({50.0f, 10.0f});
  const std::vector<double> values = draw(20000, 8, shapes()[4].quantile);
  const AllocationGuard guard;
  float most = 0.0f;
  for (const double value : values) most = std::max(most, tail.step(value));
  tail.reset();
  EXPECT_EQ(guard.count(), 0u);
  EXPECT_TRUE(std::isfinite(most));
  EXPECT_GT(most, 2.0f);
  EXPECT_EQ(tail.step(1.0), 0.0f) << "forgot";
  EXPECT_LE(sizeof(TailEvidence), 400u);
}

}  // namespace
}  // namespace hiss
