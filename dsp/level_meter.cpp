// SPDX-License-Identifier: Apache-2.0
#include "dsp/level_meter.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace hiss {
namespace {

bool isPositive(double value) { return std::isfinite(value) && value > 0.0; }

}  // namespace

float amplitudeToDb(float amplitude) noexcept HISS_NONBLOCKING {
  if (!(amplitude > 0.0F)) return kFloorDb;
  return std::max(kFloorDb, 20.0F * std::log10(amplitude));
}

float dbToAmplitude(float db) noexcept HISS_NONBLOCKING {
  return db <= kFloorDb ? 0.0F : std::pow(10.0F, db / 20.0F);
}

void LevelMeter::prepare(const LevelMeterConfig& config) {
  const bool valid = isPositive(config.sample_rate_hz) && isPositive(config.rms_time_ms) &&
                     std::isfinite(config.peak_hold_ms) && config.peak_hold_ms >= 0.0 &&
                     isPositive(config.peak_fall_db_per_s);
  if (!valid) throw std::invalid_argument("level meter: rate and times must be positive");
  rms_keep_ = std::exp(-1000.0 / (config.rms_time_ms * config.sample_rate_hz));
  peak_keep_ = std::pow(10.0, -config.peak_fall_db_per_s / (20.0 * config.sample_rate_hz));
  hold_samples_ = std::llround(config.peak_hold_ms * config.sample_rate_hz / 1000.0);
  reset();
}

void LevelMeter::process(const float* in, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) {
    double level = std::abs(static_cast<double>(in[i]));
    if (!std::isfinite(level)) {
      ++non_finite_;
      level = 0.0;
    }
    if (level >= 1.0) ++clipped_;
    mean_square_ = rms_keep_ * mean_square_ + (1.0 - rms_keep_) * level * level;
    if (level >= peak_) {
      peak_ = level;
      hold_left_ = hold_samples_;
    } else if (hold_left_ > 0) {
      --hold_left_;
    } else {
      peak_ *= peak_keep_;
    }
  }
}

void LevelMeter::reset() noexcept HISS_NONBLOCKING {
  mean_square_ = 0.0;
  peak_ = 0.0;
  hold_left_ = 0;
  clipped_ = 0;
  non_finite_ = 0;
}

LevelReading LevelMeter::reading() const noexcept HISS_NONBLOCKING {
  return {amplitudeToDb(static_cast<float>(peak_)),
          amplitudeToDb(static_cast<float>(std::sqrt(mean_square_))), clipped_, non_finite_};
}

}  // namespace hiss
