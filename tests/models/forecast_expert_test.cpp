// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/forecast_expert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/safetensors.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

constexpr int kRows = 600;

std::shared_ptr<const SensorForecaster> small() {
  return SensorForecaster::load(goldenPath("forecaster_small.safetensors"));
}

// Row t of the series of models/training/make_forecaster_golden.py.
ChannelRow goldenRow(int t) {
  const auto index = static_cast<std::uint32_t>(t);
  ChannelRow row;
  const double saw = std::abs(t % 48 - 24) / 12.0 - 1.0;
  row.value = 1e4 + 300.0 * (saw + 0.4 * static_cast<double>(goldenUniform(2, index)));
  if (t >= 400 && t < 403) row.value += 900.0;
  row.missing = t > 0 && goldenUniform(3, index) > 0.96F;
  row.log_step = goldenUniform(4, index) > 0.95F ? std::log(4.0F) : 0.0F;
  return row;
}

// One channel.
struct Watch {
  ForecastExpert expert{small(), 1};
  ChannelOpinion step(const ChannelRow& row) {
    ChannelOpinion opinion;
    expert.step(std::span(&row, 1), std::span(&opinion, 1));
    return opinion;
  }
};

void expectSame(const ChannelOpinion& a, const ChannelOpinion& b) {
  EXPECT_EQ(a.evidence, b.evidence);
  EXPECT_TRUE(a.low == b.low || (std::isnan(a.low) && std::isnan(b.low)));
  EXPECT_TRUE(a.high == b.high || (std::isnan(a.high) && std::isnan(b.high)));
}

TEST(ForecastSurprise, IsTheLogarithmOfTheShareFartherOut) {
  const std::array<float, 9> q = {-5.0F, -3.0F, -2.0F, -1.0F, 0.0F, 1.0F, 2.0F, 4.0F, 6.0F};
  const auto at = [&](float value) { return forecastSurprise(q.data(), value); };
  EXPECT_NEAR(at(0.0F), 0.0F, 1e-6);
  EXPECT_NEAR(at(1.0F), -std::log(0.5), 1e-6);
  EXPECT_NEAR(at(1.5F), -std::log(2 * 0.175), 1e-6);
  EXPECT_NEAR(at(-4.0F), -std::log(2 * 0.03), 1e-6);
  EXPECT_NEAR(at(6.0F), -std::log(0.02), 1e-5);
  EXPECT_NEAR(at(-5.0F), -std::log(0.02), 1e-5);
  // Beyond, the share falls to a fifth with each width of the last piece.
  EXPECT_NEAR(at(8.0F), -std::log(0.02 / 5), 1e-5);
  EXPECT_NEAR(at(-9.0F), -std::log(0.02 / 25), 1e-5);
  // From 20 on as the logarithm, in one piece.
  const float wide = 6.0F + 2.0F * (20.0F - 3.912023F) / 1.609438F;
  EXPECT_NEAR(at(wide), 20.0F, 1e-3);
  EXPECT_NEAR(at(wide + 2.0F * 20.0F / 1.609438F), 20.0F * (1.0F + std::log(2.0F)), 1e-3);
  EXPECT_GT(at(2e30F), at(1e30F));
  EXPECT_TRUE(std::isfinite(at(1e30F)));
  for (float value = -99.0F; value < 0.0F; value += 0.01F) EXPECT_GE(at(value), at(value + 0.01F));
  for (float value = 0.0F; value < 99.0F; value += 0.01F) EXPECT_LE(at(value), at(value + 0.01F));
  // Quantiles that coincide, as of a channel that stands still.
  const std::array<float, 9> flat{};
  EXPECT_TRUE(std::isfinite(forecastSurprise(flat.data(), 0.0F)));
  EXPECT_GT(forecastSurprise(flat.data(), 1e-3F), 10.0F);
}

TEST(ForecastExpert, EqualsItsTwinInPython) {
  const auto file = SafetensorsFile::read(goldenPath("forecast_expert.safetensors"));
  const TensorView* band = file.find("band");
  const TensorView* smoothed = file.find("smoothed");
  const TensorView* logit = file.find("logit");
  ASSERT_TRUE(band != nullptr && smoothed != nullptr && logit != nullptr);
  ASSERT_EQ(smoothed->shape, (std::vector<std::int64_t>{kRows}));
  Watch watch;
  TailEvidence surprise_tail;
  TailEvidence logit_tail;
  double worst = 0.0;
  int judged = 0;
  int restrained = 0;
  int seen = 0;
  for (int t = 0; t < kRows; ++t) {
    const ChannelRow row = goldenRow(t);
    const ChannelOpinion opinion = watch.step(row);
    const float* expected = band->data.data() + 2 * t;
    if (seen < 16) {
      EXPECT_TRUE(std::isnan(opinion.low) && std::isnan(opinion.high)) << t;
    } else {
      EXPECT_NEAR(opinion.low, expected[0], 2e-2) << t;  // of a deviation of 200
      EXPECT_NEAR(opinion.high, expected[1], 2e-2) << t;
      EXPECT_LT(opinion.low, opinion.high);
    }
    float evidence = 0.0F;
    if (!row.missing && seen >= 64) {
      const auto at = static_cast<std::size_t>(t);
      evidence = 0.5F * surprise_tail.step(static_cast<double>(smoothed->data[at])) +
                 0.5F * logit_tail.step(std::exp(0.5 * static_cast<double>(logit->data[at])));
      if (evidence > 2.0F) evidence = 2.0F + 0.1F * std::log1p(evidence - 2.0F);
      restrained += evidence > 2.0F ? 1 : 0;
      ++judged;
    }
    // Beyond the tail's threshold evidence magnifies the rounding of the network.
    EXPECT_NEAR(opinion.evidence, evidence, 2e-3 * (1.0F + evidence)) << t;
    worst = std::max(worst, static_cast<double>(std::fabs(opinion.evidence - evidence)));
    if (!row.missing) ++seen;
  }
  EXPECT_GT(judged, 450);
  EXPECT_GT(restrained, 0);
  std::printf("  evidence differs by at most %.1e\n", worst);
}

TEST(ForecastExpert, SeesALeap) {
  Watch watch;
  float most_before = 0.0F;
  float most = 0.0F;
  for (int t = 0; t < 410; ++t) {
    const float evidence = watch.step(goldenRow(t)).evidence;
    if (t >= 300 && t < 400) most_before = std::max(most_before, evidence);
    if (t >= 400) most = std::max(most, evidence);
  }
  EXPECT_GT(most, most_before);
}

TEST(ForecastExpert, AChannelDoesNotDependOnTheOthers) {
  constexpr int kChannels = 67;  // one whole batch and a piece of another
  ForecastExpert many(small(), kChannels);
  std::vector<Watch> alone(3);
  std::vector<ChannelRow> rows(kChannels);
  std::vector<ChannelOpinion> opinions(kChannels);
  for (int t = 0; t < 300; ++t) {
    for (int c = 0; c < kChannels; ++c) rows[static_cast<std::size_t>(c)] = goldenRow(t + c);
    rows[1].missing = true;
    many.step(rows, opinions);
    std::size_t i = 0;
    for (const std::size_t c : {0U, 1U, 66U}) expectSame(opinions[c], alone[i++].step(rows[c]));
  }
}

TEST(ForecastExpert, GoesOnFromASavedPast) {
  Watch whole;
  for (int t = 0; t < 350; ++t) whole.step(goldenRow(t));
  StateWriter writer;
  whole.expert.save(writer);
  const std::vector<std::byte> bytes = writer.take();
  Watch other;
  for (int t = 0; t < 10; ++t) other.step(goldenRow(7 * t));
  StateReader reader(bytes);
  other.expert.load(reader);
  EXPECT_EQ(reader.left(), 0U);
  for (int t = 350; t < 500; ++t) expectSame(other.step(goldenRow(t)), whole.step(goldenRow(t)));

  StateReader cut(std::span<const std::byte>(bytes).first(bytes.size() - 1));
  EXPECT_THROW(other.expert.load(cut), std::runtime_error);
}

TEST(ForecastExpert, ForgetsOnReset) {
  Watch used;
  for (int t = 0; t < 350; ++t) used.step(goldenRow(t + 11));
  used.expert.reset();
  Watch fresh;
  for (int t = 0; t < 350; ++t) expectSame(used.step(goldenRow(t)), fresh.step(goldenRow(t)));
}

TEST(ForecastScale, FollowsLevelAndSizeWithinItsMemory) {
  ForecastScale scale;
  for (int t = 0; t < 4000; ++t) {
    const float z = scale.step(50.0 + 3.0 * static_cast<double>(goldenUniform(5, t)), false);
    EXPECT_LE(std::fabs(z), 10.0F);
  }
  EXPECT_NEAR(scale.absolute(0.0), 50.0, 0.2);
  EXPECT_NEAR(scale.absolute(1.0) - scale.absolute(0.0), 3.0 / std::sqrt(3.0), 0.1);
  EXPECT_NEAR(scale.relative(scale.absolute(2.5)), 2.5, 1e-9);
  EXPECT_NEAR(scale.usualStep(), 2.0 / std::sqrt(3.0), 0.1);  // mean distance of two, 2 / 3
  EXPECT_EQ(scale.step(1e9, false), 10.0F);
  EXPECT_EQ(scale.rows(), 4001U);
}

TEST(ForecastScale, LearnsAQuarterWhileQuiet) {
  const auto movedBy = [](bool quiet) {
    ForecastScale scale;
    for (int t = 0; t < 3000; ++t) scale.step(goldenUniform(5, t), false);
    for (int t = 0; t < 100; ++t) scale.step(1.5, quiet);
    return scale.absolute(0.0);
  };
  EXPECT_GT(movedBy(true), 0.1 * movedBy(false));
  EXPECT_LT(movedBy(true), 0.4 * movedBy(false));
}

TEST(ForecastScale, IsNotSpoiltByWrongReadings) {
  for (const double wrong : {-999.0, 65535.0, 3.4e38, 1e100}) {
    for (const int rows : {1, 20}) {
      ForecastScale scale;
      float least = 10.0F;
      float most = -10.0F;
      for (int t = 0; t < 3000; ++t) {
        const bool spoilt = t >= 1500 && t < 1500 + rows;
        const float z = scale.step(spoilt ? wrong : std::sin(0.1 * t), false);
        if (t < 1500 + 2 * rows + 100) continue;
        least = std::min(least, z);
        most = std::max(most, z);
      }
      // A sine of one deviation's size reads from -1.41 to 1.41.
      EXPECT_GT(most, 1.0F) << wrong << ", " << rows << " rows";
      EXPECT_LT(least, -1.0F) << wrong << ", " << rows << " rows";
    }
  }
}

TEST(ForecastScale, BelievesWhatStays) {
  for (const double level : {40.0, 1e9, -1e30}) {
    ForecastScale scale;
    float z = 0.0F;
    for (int t = 0; t < 6000; ++t) {
      const double base = t < 1500 ? 0.0 : level;
      z = scale.step(base + (t < 1500 ? 1.0 : std::abs(level)) * 0.1 * std::sin(0.1 * t), false);
    }
    EXPECT_LT(std::abs(z), 3.0F) << level;
  }
}

TEST(ForecastExpert, TakesAnyValueAndAnyUnit) {
  Watch watch;
  const double values[] = {0.0, 1e300, -1e300, 1e-300, 5.0, 5.0, 5.0, -0.0, 1e-40};
  for (int t = 0; t < 900; ++t) {
    ChannelRow row;
    row.value = values[(t / 7) % std::size(values)];
    row.missing = t % 50 > 47;
    row.log_step = t % 13 == 0 ? std::numeric_limits<float>::max() : -1.0F;
    const ChannelOpinion opinion = watch.step(row);
    ASSERT_TRUE(std::isfinite(opinion.evidence) && opinion.evidence >= 0.0F) << t;
    ASSERT_TRUE(std::isnan(opinion.low) || std::isfinite(opinion.low)) << t;
    ASSERT_TRUE(std::isnan(opinion.high) || std::isfinite(opinion.high)) << t;
  }
  // A unit of another size changes nothing but the band's.
  Watch metres;
  Watch nanometres;
  for (int t = 0; t < 400; ++t) {
    ChannelRow row = goldenRow(t);
    row.value -= 1e4;
    const ChannelOpinion one = metres.step(row);
    row.value *= 0x1p30;
    const ChannelOpinion other = nanometres.step(row);
    ASSERT_NEAR(one.evidence, other.evidence, 1e-4) << t;
  }
}

TEST(ForecastExpert, AChannelThatStoodStillIsNotLostWhenItMoves) {
  Watch watch;
  ChannelRow row;
  for (int t = 0; t < 3000; ++t) watch.step(row);
  ChannelOpinion opinion;
  for (int t = 0; t < 2500; ++t) {
    row.value = std::sin(0.3 * t);
    opinion = watch.step(row);
  }
  // The band is of the size of what moves.
  EXPECT_LT(opinion.high - opinion.low, 40.0F);
  EXPECT_GT(opinion.high - opinion.low, 1e-3F);
}

TEST(ForecastExpert, AllocatesNothingInAStep) {
  Watch watch;
  AllocationGuard guard;
  for (int t = 0; t < 300; ++t) watch.step(goldenRow(t));
  watch.expert.reset();
  EXPECT_EQ(guard.stop(), 0U);
  static_assert(noexcept(watch.expert.step({}, {}))&& noexcept(watch.expert.reset()));
}

TEST(ForecastExpert, SaysWhatItNeeds) {
  const auto model = small();
  EXPECT_THROW(ForecastExpert(nullptr, 1), std::invalid_argument);
  EXPECT_THROW(ForecastExpert(model, 0), std::invalid_argument);
  const ForecastExpert expert(model, 1);
  EXPECT_GE(expert.warmUpRows(), 64 + 150);
  EXPECT_GT(expert.stateBytesPerChannel(), model->stateBytesPerChannel());
  EXPECT_LT(expert.stateBytesPerChannel(), model->stateBytesPerChannel() + 1000);
}

}  // namespace
}  // namespace hiss
