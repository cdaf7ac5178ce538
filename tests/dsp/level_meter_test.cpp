// SPDX-License-Identifier: Apache-2.0
#include "dsp/level_meter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/dsp/signals.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<LevelMeter&>().process(nullptr, 0)));
static_assert(noexcept(std::declval<LevelMeter&>().reset()));
static_assert(noexcept(std::declval<const LevelMeter&>().reading()));

LevelMeter meterAt(double rate_hz) {
  LevelMeter meter;
  LevelMeterConfig config;
  config.sample_rate_hz = rate_hz;
  meter.prepare(config);
  return meter;
}

TEST(LevelMeter, ReadsSinesInDecibels) {
  for (const double rate : {8000.0, 16000.0, 48000.0}) {
    for (const double amplitude : {1.0, 0.5, 0.01}) {
      LevelMeter meter = meterAt(rate);
      // A phase of a quarter period puts samples on the crests.
      const auto x =
          test::sine(static_cast<int>(4 * rate), rate / 16.0, rate, amplitude, 1.5707963267948966);
      meter.process(x.data(), static_cast<int>(x.size()));
      const double db = 20.0 * std::log10(amplitude);
      EXPECT_NEAR(meter.reading().peak_db, db, 0.01);
      EXPECT_NEAR(meter.reading().rms_db, db - 3.0103, 0.02);
    }
  }
}

TEST(LevelMeter, SilenceReadsTheFloor) {
  LevelMeter meter = meterAt(16000.0);
  EXPECT_EQ(meter.reading().peak_db, kFloorDb);
  EXPECT_EQ(meter.reading().rms_db, kFloorDb);
  const std::vector<float> x(1000);
  meter.process(x.data(), 1000);
  EXPECT_EQ(meter.reading().peak_db, kFloorDb);
  EXPECT_EQ(meter.reading().clipped_samples, 0U);
}

TEST(LevelMeter, PeakHoldsThenFallsAtTheStatedRate) {
  LevelMeter meter = meterAt(16000.0);
  const float one = 0.5F;
  meter.process(&one, 1);
  const std::vector<float> silence(16000);
  meter.process(silence.data(), 8000);  // the hold time, 500 ms
  EXPECT_NEAR(meter.reading().peak_db, -6.02, 0.01);
  meter.process(silence.data(), 16000);  // one second
  EXPECT_NEAR(meter.reading().peak_db, -26.02, 0.01);
}

TEST(LevelMeter, RmsDecaysWithItsTimeConstant) {
  LevelMeter meter = meterAt(16000.0);
  const std::vector<float> ones(64000, 0.5F);
  meter.process(ones.data(), 64000);
  EXPECT_NEAR(meter.reading().rms_db, -6.02, 0.01);
  const std::vector<float> silence(4800);  // 300 ms: the mean square falls by 1/e
  meter.process(silence.data(), 4800);
  EXPECT_NEAR(meter.reading().rms_db, -6.02 - 4.34, 0.02);
}

TEST(LevelMeter, CountsClippedAndNonFiniteSamples) {
  LevelMeter meter = meterAt(16000.0);
  const std::vector<float> x{0.5F,
                             1.0F,
                             -1.5F,
                             std::numeric_limits<float>::quiet_NaN(),
                             std::numeric_limits<float>::infinity(),
                             0.25F};
  meter.process(x.data(), static_cast<int>(x.size()));
  EXPECT_EQ(meter.reading().clipped_samples, 2U);
  EXPECT_EQ(meter.reading().non_finite_samples, 2U);
  EXPECT_NEAR(meter.reading().peak_db, 3.52, 0.01);
  EXPECT_TRUE(std::isfinite(meter.reading().rms_db));
  meter.reset();
  EXPECT_EQ(meter.reading().clipped_samples, 0U);
  EXPECT_EQ(meter.reading().peak_db, kFloorDb);
}

TEST(LevelMeter, DoesNotDependOnTheBlockSize) {
  const auto x = test::noise(5000, 18);
  LevelMeter whole = meterAt(48000.0);
  LevelMeter parts = meterAt(48000.0);
  whole.process(x.data(), 5000);
  for (int i = 0; i < 5000; i += 7) parts.process(x.data() + i, std::min(7, 5000 - i));
  EXPECT_EQ(whole.reading().peak_db, parts.reading().peak_db);
  EXPECT_EQ(whole.reading().rms_db, parts.reading().rms_db);
}

TEST(LevelMeter, RefusesImpossibleSettings) {
  LevelMeter meter;
  EXPECT_THROW(meter.prepare({.sample_rate_hz = 0.0}), std::invalid_argument);
  EXPECT_THROW(meter.prepare({.rms_time_ms = -1.0}), std::invalid_argument);
  EXPECT_THROW(meter.prepare({.peak_hold_ms = std::nan("")}), std::invalid_argument);
  EXPECT_THROW(meter.prepare({.peak_fall_db_per_s = 0.0}), std::invalid_argument);
}

TEST(Decibels, ConvertBothWays) {
  EXPECT_FLOAT_EQ(amplitudeToDb(1.0F), 0.0F);
  EXPECT_FLOAT_EQ(amplitudeToDb(0.1F), -20.0F);
  EXPECT_EQ(amplitudeToDb(0.0F), kFloorDb);
  EXPECT_EQ(amplitudeToDb(-1.0F), kFloorDb);
  EXPECT_EQ(amplitudeToDb(std::numeric_limits<float>::quiet_NaN()), kFloorDb);
  EXPECT_EQ(dbToAmplitude(kFloorDb), 0.0F);
  EXPECT_FLOAT_EQ(dbToAmplitude(0.0F), 1.0F);
  EXPECT_FLOAT_EQ(amplitudeToDb(dbToAmplitude(-37.5F)), -37.5F);
}

}  // namespace
}  // namespace hiss
