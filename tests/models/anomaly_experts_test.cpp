// SPDX-License-Identifier: Apache-2.0
// The plain experts and their parts: running scale, band, clock, EWMA, likelihood, RLS-AR.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "models/anomaly/band_quantile.h"
#include "models/anomaly/ewma.h"
#include "models/anomaly/likelihood.h"
#include "models/anomaly/rls_ar.h"
#include "models/anomaly/row_clock.h"
#include "models/anomaly/running_scale.h"
#include "tests/models/sensor_streams.h"

namespace hiss {
namespace {

using test::sensorStream;

constexpr double kNoTime = std::numeric_limits<double>::quiet_NaN();

TEST(RunningScale, FindsMeanAndDeviationOfAnyUnit) {
  for (const double unit : {1.0, 1e-20, 1e20}) {
    RunningScale scale(500.0);
    for (const double x : sensorStream("white", 20000, 1)) scale.learn(unit * x);
    EXPECT_NEAR(scale.mean() / unit, 20.0, 0.3);
    EXPECT_NEAR(scale.deviation() / unit, 1.0, 0.15);
    EXPECT_NEAR(scale.relative(unit * 23.0), 3.0, 0.7);
  }
}

TEST(RunningScale, OneBadValueMovesItLittle) {
  RunningScale scale(500.0);
  for (const double x : sensorStream("white", 2000, 2)) scale.learn(x);
  RunningScale hit = scale;
  hit.learn(1020.0);
  EXPECT_LT(std::abs(hit.mean() - scale.mean()), 0.5);
}

TEST(RunningScale, WhatWasConstantCanMove) {
  RunningScale scale(500.0);
  for (int t = 0; t < 1000; ++t) scale.learn(5.0);
  EXPECT_EQ(scale.relative(5.0), 0.0);
  EXPECT_GT(scale.relative(5.1), 1e3);
  for (int t = 0; t < 10000; ++t) scale.learn(t % 2 == 0 ? 6.0 : 8.0);
  EXPECT_NEAR(scale.mean(), 7.0, 0.1);
  EXPECT_NEAR(scale.deviation(), 1.0, 0.2);
}

TEST(BandQuantile, HoldsNinetyEightOfAHundred) {
  for (const double unit : {1e-9, 1.0, 1e12}) {
    BandQuantile band;
    int inside = 0;
    const auto values = sensorStream("heavy-tailed", 50000, 3);
    for (std::size_t t = 0; t < values.size(); ++t) {
      const double distance = unit * std::abs(values[t]);
      if (t >= 10000 && distance <= band.width()) ++inside;
      band.learn(distance);
    }
    EXPECT_NEAR(inside / 40000.0, 0.98, 0.003);
  }
}

TEST(RowClock, LearnsTheUsualIntervalAndSeesGaps) {
  RowClock clock;
  EXPECT_EQ(clock.step(kNoTime), 0.0F);
  for (int t = 0; t < 40; ++t) EXPECT_NEAR(clock.step(60.0), 0.0F, 1e-6);
  EXPECT_NEAR(clock.step(600.0), std::log(10.0), 1e-5);
  EXPECT_NEAR(clock.step(60.0), 0.0F, 1e-6);
  EXPECT_EQ(clock.step(-5.0), 0.0F);
  EXPECT_EQ(clock.step(std::numeric_limits<double>::infinity()), 0.0F);
  for (int t = 0; t < 20; ++t) clock.step(1.0);
  EXPECT_NEAR(clock.step(1.0), 0.0F, 1e-6);  // the new rate has become the usual one
  EXPECT_NEAR(RowClock(10.0).step(20.0), std::log(2.0), 1e-6);
}

// What one channel's expert says of each row.
std::vector<ChannelOpinion> opinionsOf(Expert& expert, const std::vector<ChannelRow>& rows) {
  std::vector<ChannelOpinion> opinions(rows.size());
  for (std::size_t t = 0; t < rows.size(); ++t) expert.step({&rows[t], 1}, {&opinions[t], 1});
  return opinions;
}

std::vector<ChannelRow> rowsOf(const std::vector<double>& values) {
  std::vector<ChannelRow> rows(values.size());
  for (std::size_t t = 0; t < rows.size(); ++t) rows[t].value = values[t];
  return rows;
}

// The row of the most evidence.
std::size_t mostUnusual(const std::vector<ChannelOpinion>& opinions) {
  const auto most = std::max_element(
      opinions.begin(), opinions.end(),
      [](const ChannelOpinion& a, const ChannelOpinion& b) { return a.evidence < b.evidence; });
  return static_cast<std::size_t>(most - opinions.begin());
}

double inBand(const std::vector<ChannelOpinion>& opinions, const std::vector<ChannelRow>& rows,
              std::size_t first) {
  double inside = 0.0;
  for (std::size_t t = first; t < rows.size(); ++t) {
    if (rows[t].value >= opinions[t].low && rows[t].value <= opinions[t].high) ++inside;
  }
  return inside / static_cast<double>(rows.size() - first);
}

TEST(Ewma, SaysHowFarFromTheMeanAndGivesABand) {
  std::vector<ChannelRow> rows = rowsOf(sensorStream("white", 6000, 4));
  rows[5000].value = 27.0;
  EwmaExpert expert(1);
  const auto opinions = opinionsOf(expert, rows);
  EXPECT_EQ(mostUnusual(opinions), 5000U);
  EXPECT_GT(opinions[5000].evidence, 2.5F);
  EXPECT_NEAR(opinions[4999].low, 20.0 - 2.33, 0.5);
  EXPECT_NEAR(opinions[4999].high, 20.0 + 2.33, 0.5);
  EXPECT_NEAR(inBand(opinions, rows, 500), 0.98, 0.01);
}

TEST(Ewma, PassesOverMissingRows) {
  const std::vector<ChannelRow> rows = rowsOf(sensorStream("white", 1000, 5));
  EwmaExpert whole(1);
  EwmaExpert with_gaps(1);
  for (const ChannelRow& row : rows) {
    ChannelOpinion expected;
    ChannelOpinion found;
    whole.step({&row, 1}, {&expected, 1});
    ChannelRow missing = row;
    missing.missing = true;
    with_gaps.step({&missing, 1}, {&found, 1});
    EXPECT_EQ(found.evidence, 0.0F);
    with_gaps.step({&row, 1}, {&found, 1});
    ASSERT_EQ(expected.evidence, found.evidence);
  }
}

TEST(Likelihood, ManySlightlyStrangeRowsShow) {
  Likelihood likelihood;
  std::mt19937 generator(6);
  std::exponential_distribution<float> rank(std::log(10.0F));
  for (int t = 0; t < 4000; ++t) likelihood.step(rank(generator), 1.0F);
  const float once = Likelihood(likelihood).step(1.5F, 1.0F);
  float last = 0.0F;
  for (int t = 0; t < 10; ++t) last = likelihood.step(1.5F, 1.0F);
  EXPECT_LT(once, 2.0F);
  EXPECT_GT(last, 3.0F);
}

TEST(Likelihood, IsFreeOfAGreatRowAfterAHundred) {
  Likelihood plain;
  Likelihood hit;
  std::mt19937 generator(7);
  std::exponential_distribution<float> rank(std::log(10.0F));
  for (int t = 0; t < 500; ++t) {
    const float evidence = rank(generator);
    plain.step(evidence, 1.0F);
    hit.step(evidence, 1.0F);
  }
  plain.step(0.5F, 0.0F);
  hit.step(123456.78F, 0.0F);
  for (int t = 0; t < 99; ++t) {
    const float evidence = rank(generator);
    const float of_plain = plain.step(evidence, 0.0F);
    EXPECT_LT(of_plain, hit.step(evidence, 0.0F));
  }
  EXPECT_EQ(plain.step(0.7F, 0.0F), hit.step(0.7F, 0.0F));
}

TEST(RlsAr, PredictsWhatFollowsFromThePast) {
  std::vector<double> values(6000);
  for (std::size_t t = 0; t < values.size(); ++t) {
    const auto time = static_cast<double>(t);
    values[t] = 50.0 + 10.0 * std::sin(0.3 * time) + 3.0 * std::sin(1.1 * time);
  }
  const auto noise = sensorStream("white", values.size(), 8);
  for (std::size_t t = 0; t < values.size(); ++t) values[t] += 0.01 * (noise[t] - 20.0);
  const std::vector<ChannelRow> rows = rowsOf(values);
  RlsArExpert expert(1);
  const auto opinions = opinionsOf(expert, rows);
  EXPECT_NEAR(inBand(opinions, rows, 3000), 0.98, 0.015);
  // The mean and deviation would give 35: the band holds the noise, not the swing.
  EXPECT_LT(opinions.back().high - opinions.back().low, 0.2F);
}

TEST(RlsAr, AWrongValueInsideTheUsualRangeShows) {
  std::vector<double> values(5000);
  for (std::size_t t = 0; t < values.size(); ++t) {
    values[t] = std::sin(0.1257 * static_cast<double>(t));
  }
  const auto noise = sensorStream("white", values.size(), 9);
  for (std::size_t t = 0; t < values.size(); ++t) values[t] += 0.02 * (noise[t] - 20.0);
  values[4013] = 0.3 - values[4013];  // near the other end of the swing
  RlsArExpert expert(1);
  EwmaExpert floor(1);
  const auto rows = rowsOf(values);
  EXPECT_EQ(mostUnusual(opinionsOf(expert, rows)), 4013U);
  EXPECT_LT(opinionsOf(floor, rows)[4013].evidence, 2.0F);
}

TEST(RlsAr, AGapInTimeIsAsManyMissingRows) {
  std::vector<ChannelRow> rows = rowsOf(sensorStream("periodic", 3000, 10));
  RlsArExpert by_rows(1);
  RlsArExpert by_time(1);
  ChannelOpinion expected;
  ChannelOpinion found;
  for (std::size_t t = 0; t < rows.size(); ++t) {
    if (t >= 2000 && t < 2007) {
      rows[t].missing = true;
      by_rows.step({&rows[t], 1}, {&expected, 1});
      continue;
    }
    by_rows.step({&rows[t], 1}, {&expected, 1});
    if (t == 2007) rows[t].log_step = std::log(8.0F);
    by_time.step({&rows[t], 1}, {&found, 1});
    ASSERT_EQ(expected.evidence, found.evidence) << t;
  }
}

// Inputs on which a careless recursion loses its footing: constants (the inverse grows without
// end), exact periods, jumps by ten orders, and long runs of either.
TEST(RlsAr, StaysSoundOnWhatMakesRecursionsBlowUp) {
  std::vector<double> values;
  for (int t = 0; t < 30000; ++t) values.push_back(7.0);
  for (int t = 0; t < 30000; ++t) values.push_back(t % 2);
  for (int t = 0; t < 5000; ++t) values.push_back(1e10 * (t % 3));
  for (int t = 0; t < 5000; ++t) values.push_back(t % 1000 == 0 ? 1e30 : 0.0);
  const auto noise = sensorStream("white", 20000, 11);
  values.insert(values.end(), noise.begin(), noise.end());
  const std::vector<ChannelRow> rows = rowsOf(values);
  RlsArExpert expert(1);
  const auto opinions = opinionsOf(expert, rows);
  for (const ChannelOpinion& opinion : opinions) {
    ASSERT_TRUE(std::isfinite(opinion.evidence));
    ASSERT_GE(opinion.evidence, 0.0F);
  }
  EXPECT_NEAR(inBand(opinions, rows, rows.size() - 5000), 0.98, 0.015);
}

TEST(RlsAr, RefusesSettingsOutOfRange) {
  EXPECT_THROW(RlsArExpert(0), std::invalid_argument);
  EXPECT_THROW(RlsArExpert(1, {.forgetting = 0.5}), std::invalid_argument);
  EXPECT_THROW(EwmaExpert(0), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
