// SPDX-License-Identifier: Apache-2.0
#include "dsp/resampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/dsp/signals.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<Resampler&>().process(nullptr, 0, nullptr, 0)));
static_assert(noexcept(std::declval<Resampler&>().reset()));
static_assert(std::is_nothrow_move_constructible_v<Resampler>);

std::vector<float> inChunks(Resampler& resampler, const std::vector<float>& x,
                            const std::vector<int>& sizes) {
  std::vector<float> out(static_cast<std::size_t>(resampler.maxOutput()));
  std::vector<float> y;
  std::size_t at = 0;
  for (std::size_t chunk = 0; at < x.size(); ++chunk) {
    const int n = std::min(sizes[chunk % sizes.size()], static_cast<int>(x.size() - at));
    const auto counts =
        resampler.process(x.data() + at, n, out.data(), static_cast<int>(out.size()));
    EXPECT_EQ(counts.used, n) << "all input is taken when the output has room";
    y.insert(y.end(), out.begin(), out.begin() + counts.made);
    at += static_cast<std::size_t>(n);
  }
  return y;
}

class ResamplerRates : public testing::TestWithParam<std::tuple<int, int>> {
 protected:
  double rateIn() const { return std::get<0>(GetParam()); }
  double rateOut() const { return std::get<1>(GetParam()); }
  double ratio() const { return rateOut() / rateIn(); }
};

TEST_P(ResamplerRates, OutputIsTimeAlignedWithTheInput) {
  Resampler resampler;
  resampler.prepare(ratio(), 1024);
  const double lower = std::min(rateIn(), rateOut());
  double worst_snr = 1e9;
  // Up to 0.35 of the lower rate: the filter's passband ends near 0.45.
  for (const double part : {0.01, 0.1, 0.21, 0.35}) {
    resampler.reset();
    const double frequency = part * lower;
    const auto x = test::sine(static_cast<int>(rateIn() / 2.0), frequency, rateIn(), 0.5, 0.3);
    const auto y = inChunks(resampler, x, {1024});
    const int skip = static_cast<int>(2.0 * resampler.lookaheadSamples() * ratio()) + 1;
    ASSERT_GT(static_cast<int>(y.size()), skip + 1000);
    double error = 0.0;
    double power = 0.0;
    for (int k = skip; k < static_cast<int>(y.size()); ++k) {
      const double expected =
          0.5 * std::sin(2.0 * std::numbers::pi * frequency * k / rateOut() + 0.3);
      error += (y[k] - expected) * (y[k] - expected);
      power += expected * expected;
    }
    worst_snr = std::min(worst_snr, 10.0 * std::log10(power / error));
  }
  RecordProperty("worst_snr_db", test::scientific(worst_snr));
  EXPECT_GT(worst_snr, 90.0);
}

TEST_P(ResamplerRates, OutputComesAsSoonAsStated) {
  Resampler resampler;
  const int block = 64;
  resampler.prepare(ratio(), block);
  const std::vector<float> x(static_cast<std::size_t>(block), 0.1F);
  std::vector<float> out(static_cast<std::size_t>(resampler.maxOutput()));
  long fed = 0;
  long made = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto counts =
        resampler.process(x.data(), block, out.data(), static_cast<int>(out.size()));
    ASSERT_EQ(counts.used, block);
    fed += counts.used;
    made += counts.made;
    // Output k needs floor(k / ratio) + lookahead inputs, give or take the rounding of k / ratio.
    const double complete = static_cast<double>(fed - resampler.lookaheadSamples());
    if (complete >= 1.0) {
      ASSERT_GE(made, static_cast<long>(std::floor((complete - 1e-6) * ratio())));
      ASSERT_LE(made, static_cast<long>(std::ceil((complete + 1.0 + 1e-6) * ratio())));
    }
  }
}

TEST_P(ResamplerRates, OutputDoesNotDependOnTheChunks) {
  const auto x = test::noise(20000, 13);
  Resampler resampler;
  resampler.prepare(ratio(), 20000);
  const auto expected = inChunks(resampler, x, {20000});
  std::mt19937 generator(14);
  std::vector<int> mixed(61);
  for (int& size : mixed) size = 1 + static_cast<int>(generator() % 900);
  for (const auto& sizes : std::vector<std::vector<int>>{{1}, {7}, {64}, {441}, {1024}, mixed}) {
    resampler.reset();
    const auto y = inChunks(resampler, x, sizes);
    ASSERT_EQ(y, expected) << "chunks of " << sizes.front();
  }
  Resampler fresh;
  fresh.prepare(ratio(), 441);
  EXPECT_EQ(inChunks(fresh, x, {441}), expected) << "another instance gives the same bits";
}

INSTANTIATE_TEST_SUITE_P(Rates, ResamplerRates,
                         testing::Values(std::tuple{48000, 16000}, std::tuple{44100, 16000},
                                         std::tuple{16000, 48000}, std::tuple{16000, 44100},
                                         std::tuple{8000, 16000}, std::tuple{16000, 8000},
                                         std::tuple{4000, 16000}, std::tuple{22050, 16000},
                                         std::tuple{96000, 16000}, std::tuple{192000, 16000},
                                         std::tuple{384000, 16000}, std::tuple{16000, 384000},
                                         std::tuple{16000, 4000}));

TEST(Resampler, RemovesWhatTheLowerRateCannotCarry) {
  Resampler resampler;
  resampler.prepare(1.0 / 3.0, 1024);
  const auto y = inChunks(resampler, test::sine(48000, 10000.0, 48000.0), {1024});
  double power = 0.0;
  for (std::size_t k = 1000; k < y.size(); ++k) power += static_cast<double>(y[k]) * y[k];
  power /= static_cast<double>(y.size() - 1000);
  EXPECT_LT(10.0 * std::log10(2.0 * power + 1e-30), -90.0) << "10 kHz would fold to 6 kHz";
}

TEST(Resampler, RoundTripGivesTheSignalBack) {
  Resampler down;
  Resampler up;
  down.prepare(1.0 / 3.0, 4800);
  up.prepare(3.0, down.maxOutput());
  const auto x = test::sine(24000, 1234.0, 48000.0, 0.8);
  const auto y = inChunks(up, inChunks(down, x, {4800}), {down.maxOutput()});
  ASSERT_GT(y.size(), 20000U);
  for (std::size_t i = 2000; i < y.size(); ++i) ASSERT_NEAR(y[i], x[i], 2e-5) << i;
}

TEST(Resampler, UnitRatioKeepsTheSignal) {
  Resampler resampler;
  resampler.prepare(1.0, 512);
  const auto x = test::sine(8000, 1000.0, 16000.0);
  const auto y = inChunks(resampler, x, {512});
  for (std::size_t i = 500; i < y.size(); ++i) ASSERT_NEAR(y[i], x[i], 1e-5);
}

TEST(Resampler, LooksAheadAsLittleAsTheQualityAllows) {
  int before = 0;
  for (const auto quality :
       {Resampler::Quality::kFast, Resampler::Quality::kMedium, Resampler::Quality::kBest}) {
    Resampler resampler;
    resampler.prepare(1.0 / 3.0, 480, quality);
    EXPECT_GT(resampler.lookaheadSamples(), before);
    before = resampler.lookaheadSamples();
  }
}

TEST(Resampler, StopsAtTheOutputCapacityAndKeepsTheRest) {
  const auto x = test::noise(4000, 15);
  Resampler resampler;
  resampler.prepare(3.0, 4000);
  const auto expected = inChunks(resampler, x, {4000});
  resampler.reset();
  std::vector<float> y;
  std::vector<float> out(50);
  std::size_t at = 0;
  for (int i = 0; i < 10000 && y.size() < expected.size(); ++i) {
    const auto counts = resampler.process(x.data() + at, static_cast<int>(x.size() - at),
                                          out.data(), static_cast<int>(out.size()));
    ASSERT_LE(counts.made, 50);
    at += static_cast<std::size_t>(counts.used);
    y.insert(y.end(), out.begin(), out.begin() + counts.made);
  }
  EXPECT_EQ(y, expected);
}

TEST(Resampler, RefusesImpossibleSettings) {
  Resampler resampler;
  EXPECT_THROW(resampler.prepare(0.0, 64), std::invalid_argument);
  EXPECT_THROW(resampler.prepare(-1.0, 64), std::invalid_argument);
  EXPECT_THROW(resampler.prepare(257.0, 64), std::invalid_argument);
  EXPECT_THROW(resampler.prepare(1.0 / 257.0, 64), std::invalid_argument);
  EXPECT_THROW(resampler.prepare(std::nan(""), 64), std::invalid_argument);
  EXPECT_THROW(resampler.prepare(2.0, 0), std::invalid_argument);
  EXPECT_THROW(resampler.prepare(2.0, 2000000000), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
