// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/stream_splice.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hiss {

void StreamSplice::prepare(int channels, int fade_samples) {
  channels_ = static_cast<std::size_t>(channels);
  fade_ = std::max(fade_samples, 1);
  tail_.assign(static_cast<std::size_t>(fade_) * channels_, 0.0F);
  reset();
}

void StreamSplice::reset() noexcept HISS_NONBLOCKING {
  phase_ = Phase::kThrough;
  left_ = 0;
}

void StreamSplice::enter(Phase phase, int samples) noexcept HISS_NONBLOCKING {
  phase_ = phase;
  left_ = samples;
}

void StreamSplice::drop(int samples) noexcept HISS_NONBLOCKING {
  length_ = std::max(samples, fade_);
  enter(Phase::kKeepTail, fade_);
}

void StreamSplice::next() noexcept HISS_NONBLOCKING {
  switch (phase_) {
    case Phase::kKeepTail:
      enter(Phase::kSkip, length_ - fade_);
      break;
    case Phase::kSkip:
      enter(Phase::kCrossfade, fade_);
      break;
    default:
      enter(Phase::kThrough, 0);
      break;
  }
}

int StreamSplice::process(const float* in, int n, float* out) noexcept HISS_NONBLOCKING {
  const std::size_t width = channels_;
  int used = 0;
  int made = 0;
  while (used < n) {
    while (phase_ != Phase::kThrough && left_ == 0) next();
    const float* const x = in + static_cast<std::size_t>(used) * width;
    float* const y = out + static_cast<std::size_t>(made) * width;
    if (phase_ == Phase::kThrough) {
      std::copy_n(x, static_cast<std::size_t>(n - used) * width, y);
      return made + n - used;
    }
    const int at = fade_ - left_;
    const float rising =
        0.5F - 0.5F * std::cos(std::numbers::pi_v<float> * (static_cast<float>(at) + 0.5F) /
                               static_cast<float>(fade_));
    float* const tail = tail_.data() + static_cast<std::size_t>(std::max(at, 0)) * width;
    for (std::size_t c = 0; c < width; ++c) {
      if (phase_ == Phase::kKeepTail) tail[c] = x[c];
      if (phase_ == Phase::kCrossfade) y[c] = tail[c] + rising * (x[c] - tail[c]);
    }
    ++used;
    if (phase_ == Phase::kCrossfade) ++made;
    --left_;
  }
  return made;
}

}  // namespace hiss
