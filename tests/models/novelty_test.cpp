// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/novelty.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <random>
#include <stdexcept>
#include <vector>

#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// A period of 50 rows with a little noise.
std::vector<double> wave(int n, double noise = 0.05, double scale = 1.0, double offset = 0.0) {
  std::vector<double> x;
  for (int t = 0; t < n; ++t) {
    const double phase = 2.0 * std::numbers::pi * t / 50.0;
    const double form = std::sin(phase) + 0.4 * std::sin(3.0 * phase);
    const double rest = noise * double{goldenUniform(3, static_cast<std::uint32_t>(t))};
    x.push_back(offset + scale * (form + rest));
  }
  return x;
}

// Evidence of each row of one channel; a row that is not finite is missing.
std::vector<float> evidences(NoveltyExpert& expert, const std::vector<double>& x) {
  std::vector<float> out;
  ChannelRow row;
  for (const double value : x) {
    row.missing = !std::isfinite(value);
    if (!row.missing) row.value = value;
    ChannelOpinion opinion;
    expert.step({&row, 1}, {&opinion, 1});
    EXPECT_TRUE(std::isnan(opinion.low) && std::isnan(opinion.high));
    out.push_back(opinion.evidence);
  }
  return out;
}

std::vector<float> fresh(const std::vector<double>& x, const NoveltyConfig& config = {}) {
  NoveltyExpert expert(1, config);
  return evidences(expert, x);
}

float most(const std::vector<float>& x, std::size_t from, std::size_t to) {
  return *std::max_element(x.begin() + static_cast<std::ptrdiff_t>(from),
                           x.begin() + static_cast<std::ptrdiff_t>(to));
}

// The evidence of an anomaly at row 4000 is more than that of any row before it.
void expectFound(const std::vector<double>& x, const char* what) {
  const std::vector<float> found = fresh(x);
  EXPECT_GT(most(found, 4000, 4100), 1.15f * most(found, 2000, 4000)) << what;
}

TEST(Novelty, FindsWhatNeverWas) {
  std::vector<double> spike = wave(4200);
  spike[4010] += 3.0;
  expectFound(spike, "spike");
  std::vector<double> shift = wave(4200);
  for (std::size_t i = 4000; i < shift.size(); ++i) shift[i] += 2.0;
  expectFound(shift, "level shift");
  std::vector<double> form = wave(4200);
  std::reverse(form.begin() + 4000, form.begin() + 4075);
  expectFound(form, "reversed period");
  std::vector<double> flat = wave(4200);
  for (std::size_t i = 4000; i < 4060; ++i) flat[i] = flat[4000];
  expectFound(flat, "flat line");
}

// One view on plain rows against the definition in double precision.
TEST(Novelty, DistancesAreThoseOfTheDefinition) {
  const std::vector<double> x = wave(3000, 0.3);
  NoveltyConfig config;
  config.views = {{1, 8, false}};
  config.history = 64;
  const std::vector<float> found = fresh(x, config);
  TailEvidence tail({config.effective_rows, config.warm_up_rows});
  for (std::size_t t = 15; t < x.size(); ++t) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t lag = 8; lag <= 64 && lag + 7 <= t; ++lag) {
      double sum = 0.0;
      for (std::size_t k = 0; k < 8; ++k) {
        sum += (x[t - k] - x[t - lag - k]) * (x[t - k] - x[t - lag - k]);
      }
      least = std::min(least, sum);
    }
    const float expected = tail.step(std::sqrt(least / 8));
    ASSERT_NEAR(found[t], expected, 1e-3f + 1e-2f * expected) << t;
  }
}

TEST(Novelty, BlocksAreMeansAndTheirEvidenceIsHeld) {
  const std::vector<double> x = wave(8000, 0.3);
  std::vector<double> means;
  for (std::size_t i = 0; i < x.size(); i += 4) {
    means.push_back(x[i] / 4 + x[i + 1] / 4 + x[i + 2] / 4 + x[i + 3] / 4);
  }
  NoveltyConfig blocks;
  blocks.views = {{4, 8, true}};
  NoveltyConfig plain;
  plain.views = {{1, 8, true}};
  plain.effective_rows = blocks.effective_rows / 4;
  plain.warm_up_rows = blocks.warm_up_rows / 4;
  const std::vector<float> expected = fresh(means, plain);
  const std::vector<float> found = fresh(x, blocks);
  for (std::size_t i = 3; i < x.size(); ++i) ASSERT_EQ(found[i], expected[(i + 1) / 4 - 1]) << i;
  EXPECT_GT(most(expected, 100, expected.size()), 1.0f);
}

TEST(Novelty, ShapedViewsDoNotSeeOffsets) {
  std::vector<double> x = wave(3000, 0.0);
  for (std::size_t i = 1500; i < x.size(); ++i) x[i] += 8.0;
  NoveltyConfig shaped;
  shaped.views = {{1, 24, true}};
  NoveltyConfig plain;
  plain.views = {{1, 24, false}};
  EXPECT_GT(most(fresh(x, plain), 1530, 1560), 2.0f);
  EXPECT_LT(most(fresh(x, shaped), 1530, 1560), most(fresh(x, plain), 1530, 1560) - 1.0f);
}

TEST(Novelty, HasNoUnitAndNoOffset) {
  const std::vector<float> expected = fresh(wave(3000));
  for (const double scale : {1e-280, 1e-6, 1e6, 1e280}) {
    for (const double offset : {0.0, 1000.0}) {
      const std::vector<float> found = fresh(wave(3000, 0.05, scale, offset * scale));
      float worst = 0.0f;
      for (std::size_t i = 0; i < found.size(); ++i) {
        worst = std::max(worst, std::fabs(found[i] - expected[i]));
      }
      EXPECT_LT(worst, 0.1f) << scale << " from " << offset;
    }
  }
}

// The base is far away at first: the buffer's offset moves, and small forms are seen again.
TEST(Novelty, OffsetMovesWithTheValues) {
  std::vector<double> x = wave(6000, 0.05, 1e-3, 1e6);
  x[0] = 0.0;
  const std::vector<double> plain = wave(6000, 0.05, 1e-3);
  const std::vector<float> found = fresh(x);
  const std::vector<float> expected = fresh(plain);
  double mean_found = 0.0;
  double mean_expected = 0.0;
  for (std::size_t i = 4000; i < x.size(); ++i) {
    mean_found += double{found[i]} / 2000.0;
    mean_expected += double{expected[i]} / 2000.0;
  }
  EXPECT_NEAR(mean_found, mean_expected, 0.15);
}

TEST(Novelty, ExtremesAndConstantsStayFinite) {
  std::vector<double> x(4000, 0.0);
  for (std::size_t i = 1000; i < x.size(); ++i) {
    const double pick[] = {1e300, -1e300, 1e-300, 1.7e308, -1.7e308, 0.0, 1.0};
    x[i] = i < 2000 ? 5.0 : pick[i % 7];
  }
  for (const float found : fresh(x)) {
    ASSERT_TRUE(std::isfinite(found));
    ASSERT_GE(found, 0.0f);
  }
  const std::vector<float> constant = fresh(std::vector<double>(3000, 1e300));
  EXPECT_EQ(most(constant, 0, constant.size()), 0.0f);
}

TEST(Novelty, OneWildValueIsSeenAndForgotten) {
  std::vector<double> x = wave(6000);
  const std::vector<float> expected = fresh(x);
  x[2500] = 1e300;
  const std::vector<float> found = fresh(x);
  EXPECT_GT(found[2500], 1.5f * most(expected, 2000, 6000));
  double mean = 0.0;
  double mean_expected = 0.0;
  for (std::size_t i = 4500; i < x.size(); ++i) {
    mean += double{found[i]} / 1500.0;
    mean_expected += double{expected[i]} / 1500.0;
  }
  EXPECT_NEAR(mean, mean_expected, 0.1) << "small forms are told apart again";
}

TEST(Novelty, EarlierRowsDoNotDependOnLaterOnes) {
  const std::vector<double> x = wave(3000, 0.4);
  const std::vector<float> whole = fresh(x);
  for (const std::ptrdiff_t n : {1, 537, 2222}) {
    EXPECT_EQ(fresh({x.begin(), x.begin() + n}),
              std::vector<float>(whole.begin(), whole.begin() + n));
  }
}

TEST(Novelty, SavedAndLoadedGoesOnToTheBit) {
  std::vector<double> x = wave(4000, 0.4);
  for (std::size_t i = 1200; i < 1230; ++i) x[i] = kMissing;
  const std::vector<float> whole = fresh(x);
  for (const std::ptrdiff_t cut : {0, 1, 559, 560, 561, 1210, 2001, 3999}) {
    NoveltyExpert first(1);
    evidences(first, {x.begin(), x.begin() + cut});
    StateWriter writer;
    first.save(writer);
    const std::vector<std::byte> bytes = writer.take();
    NoveltyExpert second(1);
    evidences(second, wave(700));
    StateReader reader(bytes);
    second.load(reader);
    EXPECT_EQ(reader.left(), 0u);
    EXPECT_EQ(evidences(second, {x.begin() + cut, x.end()}),
              std::vector<float>(whole.begin() + cut, whole.end()));
    std::vector<std::byte> shorter(bytes.begin(), bytes.end() - 1);
    StateReader wrong(shorter);
    EXPECT_THROW(second.load(wrong), std::runtime_error);
  }
}

TEST(Novelty, ChannelsDoNotTouchEachOther) {
  constexpr std::size_t kChannels = 3;
  const std::vector<double> x[kChannels] = {wave(1500), wave(1500, 0.5, 1e6), wave(1500, 0.0)};
  NoveltyExpert together(kChannels);
  std::vector<float> found[kChannels];
  std::vector<ChannelRow> rows(kChannels);
  std::vector<ChannelOpinion> opinions(kChannels);
  for (std::size_t t = 0; t < 1500; ++t) {
    for (std::size_t c = 0; c < kChannels; ++c) rows[c].value = x[c][t];
    together.step(rows, opinions);
    for (std::size_t c = 0; c < kChannels; ++c) found[c].push_back(opinions[c].evidence);
  }
  for (std::size_t c = 0; c < kChannels; ++c) EXPECT_EQ(found[c], fresh(x[c])) << c;
}

TEST(Novelty, GapsAreNoNews) {
  std::vector<double> gaps = wave(6000);
  std::mt19937 random(5);
  for (int i = 0; i < 40; ++i) {  // long gaps at any phase, and single missing rows
    const std::size_t at = 500 + random() % 5300;
    const std::size_t length = i % 2 == 0 ? 1 : 4 + random() % 60;
    std::fill_n(gaps.begin() + static_cast<std::ptrdiff_t>(at), length, kMissing);
  }
  const std::vector<float> found = fresh(gaps);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    if (!std::isfinite(gaps[i])) {
      ASSERT_EQ(found[i], 0.0f);
    }
  }
  std::vector<double> spike = gaps;
  for (std::size_t i = 5890; i < 5950; ++i) spike[i] = wave(6000)[i];
  spike[5950] = 4.0;
  EXPECT_GT(fresh(spike)[5950], most(found, 2000, 5900)) << "a true spike is more than any gap";
}

// The same gap as rows that say missing, and as one row that comes late.
TEST(Novelty, LateRowsAreGapsToo) {
  const std::vector<double> x = wave(2000);
  NoveltyExpert flagged(1);
  NoveltyExpert late(1);
  evidences(flagged, {x.begin(), x.begin() + 1500});
  evidences(late, {x.begin(), x.begin() + 1500});
  evidences(flagged, std::vector<double>(20, kMissing));
  ChannelRow row;
  row.value = x[1520];
  ChannelOpinion opinion;
  flagged.step({&row, 1}, {&opinion, 1});
  row.log_step = std::log(21.0f);
  late.step({&row, 1}, {&opinion, 1});
  const std::vector<double> rest(x.begin() + 1521, x.end());
  EXPECT_EQ(evidences(flagged, rest), evidences(late, rest));
}

// An alarm that lasts does not teach the tails what is usual, but the history gets to know it.
TEST(Novelty, AlarmsTeachLittle) {
  std::vector<double> x = wave(3000);
  const std::vector<double> wild = wave(300, 4.0);
  NoveltyExpert loud(1);
  NoveltyExpert quiet(1);
  evidences(loud, x);
  evidences(quiet, x);
  ChannelOpinion opinion;
  for (const double value : wild) {
    ChannelRow row;
    row.value = value;
    loud.step({&row, 1}, {&opinion, 1});
    row.quiet = true;
    quiet.step({&row, 1}, {&opinion, 1});
  }
  std::vector<double> after(x.begin(), x.begin() + 1000);
  after[900] += 1.0;
  EXPECT_GT(evidences(quiet, after)[900], 1.1f * evidences(loud, after)[900]);
}

TEST(Novelty, ResetForgetsAndStepsNeverAllocate) {
  const std::vector<double> x = wave(2500);
  const std::vector<float> expected = fresh(x);
  NoveltyExpert expert(1);
  evidences(expert, wave(999, 3.0, 7.0));
  std::vector<float> found(x.size());
  const AllocationGuard guard;
  expert.reset();
  for (std::size_t i = 0; i < x.size(); ++i) {
    ChannelRow row;
    row.value = x[i];
    ChannelOpinion opinion;
    expert.step({&row, 1}, {&opinion, 1});
    found[i] = opinion.evidence;
  }
  EXPECT_EQ(guard.count(), 0u);
  EXPECT_EQ(found, expected);
  EXPECT_GT(expert.warmUpRows(), 150);
  EXPECT_LT(expert.stateBytesPerChannel(), 12u * 1024u);
}

TEST(Novelty, RefusesConfigsThatCannotBe) {
  EXPECT_THROW(NoveltyExpert(0), std::invalid_argument);
  NoveltyConfig config;
  config.views = {};
  EXPECT_THROW(NoveltyExpert(1, config), std::invalid_argument);
  config.views = {{0, 8, false}};
  EXPECT_THROW(NoveltyExpert(1, config), std::invalid_argument);
  config.views = {{1, 0, false}};
  EXPECT_THROW(NoveltyExpert(1, config), std::invalid_argument);
  config.views = {{1, 8, false}};
  config.history = 7;
  EXPECT_THROW(NoveltyExpert(1, config), std::invalid_argument);
}

TEST(Novelty, AllKernelSetsSayTheSame) {
  const std::vector<double> x = wave(1500, 0.3);
  NoveltyExpert scalar(1, {}, scalarKernels());
  const std::vector<float> expected = evidences(scalar, x);
  for (const Kernels* kernels : availableKernels()) {
    NoveltyExpert expert(1, {}, *kernels);
    EXPECT_EQ(evidences(expert, x), expected) << kernels->name;
  }
}

}  // namespace
}  // namespace hiss
