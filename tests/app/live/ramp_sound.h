// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <vector>

#include "app/engine/live/fake_audio_device.h"

namespace hiss {

// A sound that tells its own age: a ramp that begins anew each second and is never zero, so that
// what is heard says when it was recorded, to some microseconds, and a gap is seen as one.
class RampSound {
 public:
  // A tenth of a second of what was heard.
  struct Heard {
    double time_s = 0.0;
    double latency_s = 0.0;  // mean, from the microphone to the ear; 0: not known
    double gap_share = 0.0;  // of silence
  };

  // Becomes source and sink of a device; must outlive it. Latencies are below one second.
  void attachTo(FakeDeviceConfig& config) {
    const double true_rate = config.in.rate_hz * (1.0 + 1e-6 * config.in.ppm);
    config.source = [=](std::uint64_t index, int) {
      return valueAt(static_cast<double>(index) / true_rate);
    };
    const int channels = config.out.channels;
    const double out_rate = config.out.rate_hz;
    config.sink = [this, channels, out_rate](const float* sound, int n, double time_s) {
      for (int i = 0; i < n; ++i) hear(sound[i * channels], time_s + i / out_rate);
    };
  }

  [[nodiscard]] const std::vector<Heard>& heard() const { return heard_; }

 private:
  static constexpr double kSpan = 0.1;  // s
  static constexpr double kLow = 0.25;
  static constexpr double kHigh = 0.75;
  static constexpr double kMargin = 0.03;  // near the jump of the ramp the filters ring

  static float valueAt(double time_s) {
    return static_cast<float>(kLow + (kHigh - kLow) * (time_s - std::floor(time_s)));
  }

  void hear(float value, double time_s) {
    if (time_s - begin_s_ >= kSpan) {
      if (all_ > 0) {
        heard_.push_back({begin_s_, 10 * told_ > 9 * all_ ? sum_s_ / told_ : 0.0,
                          static_cast<double>(silent_) / static_cast<double>(all_)});
      }
      begin_s_ = kSpan * std::floor(time_s / kSpan);
      sum_s_ = 0.0;
      all_ = told_ = silent_ = 0;
    }
    ++all_;
    const double at = (value - kLow) / (kHigh - kLow);
    if (value == 0.0F) ++silent_;
    if (at < kMargin || at > 1.0 - kMargin) return;
    const double latency_s = time_s - at;
    sum_s_ += latency_s - std::floor(latency_s);
    ++told_;
  }

  double begin_s_ = 0.0;
  double sum_s_ = 0.0;
  int all_ = 0;
  int told_ = 0;
  int silent_ = 0;
  std::vector<Heard> heard_;
};

}  // namespace hiss
