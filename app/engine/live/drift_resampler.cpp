// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/drift_resampler.h"

#include <samplerate.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace hiss {

void DriftResampler::Delete::operator()(SRC_STATE_tag* state) const noexcept { src_delete(state); }

void DriftResampler::prepare(int channels, double ratio) {
  if (!(ratio >= kMinRatio && ratio <= kMaxRatio)) {
    throw std::invalid_argument("resampler: impossible ratio");
  }
  int error = 0;
  state_.reset(src_new(SRC_SINC_MEDIUM_QUALITY, channels, &error));
  if (!state_) throw std::invalid_argument(std::string("resampler: ") + src_strerror(error));
  channels_ = channels;
  first_ratio_ = ratio;
  reset();
  // Once the filter is full as much comes out as goes in; what is missing then stays inside.
  constexpr int kBlock = 256;
  constexpr int kBlocks = 64;
  const int most = static_cast<int>(std::ceil(kBlock * ratio)) + 16;
  const std::vector<float> zeros(static_cast<std::size_t>(kBlock) * channels);
  std::vector<float> out(static_cast<std::size_t>(most) * channels);
  double made = 0.0;
  for (int k = 0; k < kBlocks; ++k) made += process(zeros.data(), kBlock, ratio, out.data(), most);
  delay_samples_ = std::max(0.0, kBlock * kBlocks - made / ratio);
  reset();
}

int DriftResampler::process(const float* in, int n, double ratio, float* out,
                            int most) noexcept HISS_NONBLOCKING {
  SRC_DATA data{};
  data.src_ratio = std::clamp(ratio, kMinRatio, kMaxRatio);
  int used = 0;
  int made = 0;
  while (used < n && made < most) {
    data.data_in = in + static_cast<std::ptrdiff_t>(used) * channels_;
    data.input_frames = n - used;
    data.data_out = out + static_cast<std::ptrdiff_t>(made) * channels_;
    data.output_frames = most - made;
    HISS_TRUSTED_BEGIN
    const int error = src_process(state_.get(), &data);
    HISS_TRUSTED_END
    if (error != 0 || (data.input_frames_used == 0 && data.output_frames_gen == 0)) break;
    used += static_cast<int>(data.input_frames_used);
    made += static_cast<int>(data.output_frames_gen);
  }
  return made;
}

void DriftResampler::reset() noexcept HISS_NONBLOCKING {
  HISS_TRUSTED_BEGIN
  src_reset(state_.get());
  // Else the first block would glide there from the last ratio of the past.
  src_set_ratio(state_.get(), first_ratio_);
  HISS_TRUSTED_END
}

}  // namespace hiss
