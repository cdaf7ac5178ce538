// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/flat_cost/flat_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "ssm/simd/dispatch.h"
#include "tests/bench/flat_cost/attention_stack.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

using Vector = std::vector<double>;

Vector matvec(const std::vector<float>& w, const Vector& x, std::size_t first, std::size_t rows) {
  Vector y(rows, 0.0);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += w[(first + i) * x.size() + j] * x[j];
  }
  return y;
}

// The definition in double precision: one layer over a whole sequence, every pair of positions.
std::vector<Vector> attentionLayer(const AttentionWeights& w, const std::vector<Vector>& inputs) {
  const std::size_t d = w.norm.size();
  std::vector<Vector> q, k, v, outputs;
  for (const Vector& x : inputs) {
    double squares = 0.0;
    for (const double value : x) squares += value * value;
    Vector u(d);
    for (std::size_t i = 0; i < d; ++i) {
      u[i] = x[i] / std::sqrt(squares / static_cast<double>(d) + 1e-5) * w.norm[i];
    }
    q.push_back(matvec(w.qkv, u, 0, d));
    k.push_back(matvec(w.qkv, u, d, d));
    v.push_back(matvec(w.qkv, u, 2 * d, d));
  }
  for (std::size_t t = 0; t < inputs.size(); ++t) {
    Vector mixed(d, 0.0);
    for (std::size_t head = 0; head < d; head += kHeadSize) {
      Vector weights;
      double total = 0.0;
      for (std::size_t s = 0; s <= t; ++s) {
        double score = 0.0;
        for (std::size_t i = head; i < head + kHeadSize; ++i) score += q[t][i] * k[s][i];
        weights.push_back(std::exp(score / std::sqrt(double{kHeadSize})));
        total += weights.back();
      }
      for (std::size_t s = 0; s <= t; ++s) {
        for (std::size_t i = head; i < head + kHeadSize; ++i) {
          mixed[i] += weights[s] / total * v[s][i];
        }
      }
    }
    outputs.push_back(matvec(w.out, mixed, 0, d));
    for (std::size_t i = 0; i < d; ++i) outputs.back()[i] += inputs[t][i];
  }
  return outputs;
}

// Several times the 128 keys between two looks at the largest score, and no whole tile.
constexpr std::size_t kSteps = 600;

double worstError(int d_model, int n_layer) {
  const auto width = static_cast<std::size_t>(d_model);
  const auto weights = randomAttention(d_model, n_layer);
  // Grows over time, so that the largest score moves on and the sums are rescaled.
  std::vector<float> x = goldenTensor(77, kSteps * width, 3.0f);
  std::vector<Vector> expected;
  for (std::size_t t = 0; t < kSteps; ++t) {
    for (std::size_t i = 0; i < width; ++i) x[t * width + i] *= 0.01f * static_cast<float>(t);
    expected.emplace_back(x.begin() + static_cast<std::ptrdiff_t>(t * width),
                          x.begin() + static_cast<std::ptrdiff_t>((t + 1) * width));
  }
  for (const AttentionWeights& layer : weights) expected = attentionLayer(layer, expected);

  AttentionStack stack(weights, kSteps, defaultKernels());
  std::vector<float> y(width);
  double error = 0.0;
  double largest = 0.0;
  for (std::size_t t = 0; t < kSteps; ++t) {
    stack.step(x.data() + t * width, y.data());
    for (std::size_t i = 0; i < width; ++i) {
      const double in = x[t * width + i];
      error = std::max(error, std::abs(y[i] - expected[t][i]));
      largest = std::max(largest, std::abs(expected[t][i] - in));
    }
  }
  return error / largest;
}

TEST(Attention, EqualsItsDefinition) {
  EXPECT_LT(worstError(64, 2), 1e-5);
  EXPECT_LT(worstError(32, 3), 1e-5);
}

TEST(Attention, AppendLeavesWhatStepsLeave) {
  constexpr int kWidth = 64;
  const auto weights = randomAttention(kWidth, 1);
  const std::vector<float> x = goldenTensor(78, (kSteps + 1) * kWidth, 2.0f);
  AttentionStack stepped(weights, kSteps + 1, defaultKernels());
  AttentionStack filled(weights, kSteps + 1, defaultKernels());
  std::vector<float> a(kWidth);
  std::vector<float> b(kWidth);
  for (std::size_t t = 0; t < kSteps; ++t) stepped.step(x.data() + t * kWidth, a.data());
  for (std::size_t t = 0; t < kSteps; t += 60) filled.append(x.data() + t * kWidth, 60);
  ASSERT_EQ(filled.position(), stepped.position());
  stepped.step(x.data() + kSteps * kWidth, a.data());
  filled.step(x.data() + kSteps * kWidth, b.data());
  EXPECT_EQ(a, b);
  // And after going back: no trace of what was there.
  filled.truncate(kSteps);
  filled.step(x.data() + kSteps * kWidth, b.data());
  EXPECT_EQ(a, b);
}

TEST(Attention, RefusesSizesItCannotCut) {
  EXPECT_THROW(AttentionStack(randomAttention(60, 1), 10, defaultKernels()), std::invalid_argument);
  EXPECT_THROW(AttentionStack(randomAttention(64, 1), 0, defaultKernels()), std::invalid_argument);
}

TEST(FlatCost, Positions) {
  EXPECT_EQ(positionsUpTo(1000), (std::vector<std::int64_t>{1000}));
  EXPECT_EQ(positionsUpTo(100000), (std::vector<std::int64_t>{1000, 10000, 100000}));
  EXPECT_EQ(positionsUpTo(2500), (std::vector<std::int64_t>{1000, 2500}));
}

class Tool : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("hiss_flat_cost_" + std::to_string(std::random_device()()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  int run(const std::string& arguments) const {
    const std::string out = (folder_ / "out.txt").string();
    return std::system(
        (std::string(HISS_FLAT_COST_BENCH) + " " + arguments + " >" + out + " 2>&1").c_str());
  }

  std::filesystem::path folder_;
};

TEST_F(Tool, FewSteps) {
  const std::filesystem::path figures = folder_ / "figures.json";
  const std::filesystem::path picture = folder_ / "picture.png";
  ASSERT_EQ(run("--steps 20000 --attention-steps 10000 --windows 2 --json " + figures.string() +
                " --plot " + picture.string()),
            0);
  nlohmann::json report;
  std::ifstream(figures) >> report;
  EXPECT_EQ(report["mamba"]["verified"], true);
  EXPECT_EQ(report["mamba"]["skipped"], 0);

  const nlohmann::json& mamba = report["mamba"]["points"];
  ASSERT_EQ(mamba.size(), 3u);
  for (const nlohmann::json& p : mamba) {
    EXPECT_GT(p["min_ns_per_step"], 0.0);
    EXPECT_GE(p["median_ns_per_step"], p["min_ns_per_step"]);
    EXPECT_GT(p["then_min_ns_per_step"], 0.0);
    EXPECT_EQ(p["state_bytes"], mamba[0]["state_bytes"]);
    EXPECT_GT(p["resident_bytes"], p["state_bytes"]);
    EXPECT_GT(p["state_norm"], 0.0);
    EXPECT_EQ(p["non_finite"], 0);
  }
  EXPECT_NE(mamba[0]["checksum"], mamba[1]["checksum"]);

  const nlohmann::json& attention = report["attention"]["points"];
  ASSERT_EQ(attention.size(), 2u);
  for (const nlohmann::json& p : attention) {
    EXPECT_GT(p["min_ns_per_step"], 0.0);
    EXPECT_GE(p["median_ns_per_step"], p["min_ns_per_step"]);
    // Keys and values of 2 layers of 64 floats.
    EXPECT_EQ(p["cache_bytes"], p["position"].get<std::int64_t>() * 2 * 2 * 64 * 4);
    EXPECT_GT(p["read_gb_per_s"], 0.0);
    EXPECT_EQ(p["non_finite"], 0);
  }
  EXPECT_GT(std::filesystem::file_size(picture), 10000u);
}

TEST_F(Tool, SaysWhatItCannotDo) {
  EXPECT_NE(run("--d-model 40"), 0);
  EXPECT_NE(run("--steps 1000 --attention-steps 1000 --json " +
                (folder_ / "none" / "figures.json").string()),
            0);
}

}  // namespace
}  // namespace hiss
