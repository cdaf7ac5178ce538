// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "dsp/realtime.h"

namespace hiss {

// 20 log10 of an amplitude, never below kFloorDb, which stands for silence. 0 dBFS is amplitude 1.
inline constexpr float kFloorDb = -144.0F;
float amplitudeToDb(float amplitude) noexcept HISS_NONBLOCKING;
float dbToAmplitude(float db) noexcept HISS_NONBLOCKING;

struct LevelMeterConfig {
  double sample_rate_hz = 16000.0;
  double rms_time_ms = 300.0;        // time constant of the mean square
  double peak_hold_ms = 500.0;       // how long a peak stands before it falls
  double peak_fall_db_per_s = 20.0;  // how fast it then falls
};

// What a meter shows. RMS is that of the samples: a full-scale sine reads -3.01 dBFS.
struct LevelReading {
  float peak_db = kFloorDb;
  float rms_db = kFloorDb;
  std::uint64_t clipped_samples = 0;     // |x| >= 1 since `reset`
  std::uint64_t non_finite_samples = 0;  // since `reset`; they count as silence in the levels
};

// Sample peak with hold and decay, and exponentially averaged RMS, of one channel. The reading does
// not depend on the block size. Not thread-safe: hand readings to a display through LatestValue.
class LevelMeter {
 public:
  // Throws std::invalid_argument unless rate and times are positive and finite. [main-thread]
  void prepare(const LevelMeterConfig& config);

  // in [n]. [audio-thread]
  void process(const float* in, int n) noexcept HISS_NONBLOCKING;

  // Back to silence. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // Same thread as `process`.
  LevelReading reading() const noexcept HISS_NONBLOCKING;

 private:
  double rms_keep_ = 0.0;   // weight of the old mean square, a sample
  double peak_keep_ = 0.0;  // factor of a falling peak, a sample
  std::int64_t hold_samples_ = 0;

  double mean_square_ = 0.0;
  double peak_ = 0.0;
  std::int64_t hold_left_ = 0;
  std::uint64_t clipped_ = 0;
  std::uint64_t non_finite_ = 0;
};

}  // namespace hiss
