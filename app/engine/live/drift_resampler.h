// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "dsp/realtime.h"

struct SRC_STATE_tag;  // libsamplerate's state; its header stays in drift_resampler.cpp

namespace hiss {

// Resamples a stream by a ratio that may change with every call, without a click: libsamplerate's
// band-limited interpolation (medium quality: 121 dB, 90 % of the band). Not thread-safe.
class DriftResampler {
 public:
  // Output samples for one input sample; libsamplerate's own limits.
  static constexpr double kMinRatio = 1.0 / 200.0;
  static constexpr double kMaxRatio = 200.0;

  // Throws std::invalid_argument for an impossible ratio or channel count. [main-thread]
  void prepare(int channels, double ratio);

  // in [n][channels], out [most][channels]; returns how many samples were written. All input is
  // used if `most` is at least n ratio + 16. [audio-thread]
  int process(const float* in, int n, double ratio, float* out, int most) noexcept HISS_NONBLOCKING;

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // Samples of input that are inside while the stream runs. Fixed by `prepare`. [thread-safe]
  [[nodiscard]] double delaySamples() const noexcept HISS_NONBLOCKING { return delay_samples_; }

 private:
  struct Delete {
    void operator()(SRC_STATE_tag* state) const noexcept;
  };
  std::unique_ptr<SRC_STATE_tag, Delete> state_;
  int channels_ = 0;
  double first_ratio_ = 1.0;
  double delay_samples_ = 0.0;
};

}  // namespace hiss
