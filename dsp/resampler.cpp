// SPDX-License-Identifier: Apache-2.0
#include "dsp/resampler.h"

#include <samplerate.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace hiss {
namespace {

constexpr double kMaxRatio = 256.0;  // SRC_MAX_RATIO of libsamplerate

int converterOf(Resampler::Quality quality) {
  switch (quality) {
    case Resampler::Quality::kFast:
      return SRC_SINC_FASTEST;
    case Resampler::Quality::kMedium:
      return SRC_SINC_MEDIUM_QUALITY;
    case Resampler::Quality::kBest:
      break;
  }
  return SRC_SINC_BEST_QUALITY;
}

struct Delete {
  void operator()(SRC_STATE* state) const noexcept { src_delete(state); }
};

}  // namespace

struct Resampler::Impl {
  std::unique_ptr<SRC_STATE, Delete> state;
};

Resampler::Resampler() = default;
Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

void Resampler::prepare(double ratio, int max_input, Quality quality) {
  if (!(ratio >= 1.0 / kMaxRatio && ratio <= kMaxRatio)) {
    throw std::invalid_argument("resampler: expected a ratio of 1/256 ... 256, found " +
                                std::to_string(ratio));
  }
  const double most = std::ceil(max_input * ratio) + 2.0;
  if (max_input <= 0 || most > std::numeric_limits<int>::max()) {
    throw std::invalid_argument("resampler: impossible block length " + std::to_string(max_input));
  }
  int error = 0;
  auto impl = std::make_unique<Impl>();
  impl->state.reset(src_new(converterOf(quality), 1, &error));
  if (!impl->state) {
    throw std::runtime_error(std::string("resampler: ") + src_strerror(error));
  }
  impl_ = std::move(impl);
  ratio_ = ratio;
  max_output_ = static_cast<int>(most);
  // Output 0 comes with the first input that completes its filter: count silence until then.
  const float silence = 0.0F;
  float out = 0.0F;
  lookahead_ = 1;
  while (process(&silence, 1, &out, 1).made == 0) ++lookahead_;
  reset();
}

Resampler::Counts Resampler::process(const float* in, int n_in, float* out,
                                     int out_capacity) noexcept HISS_NONBLOCKING {
  SRC_DATA data{};
  data.data_in = in;
  data.data_out = out;
  data.input_frames = n_in;
  data.output_frames = out_capacity;
  data.src_ratio = ratio_;
  HISS_TRUSTED_BEGIN
  src_process(impl_->state.get(), &data);
  HISS_TRUSTED_END
  return {static_cast<int>(data.input_frames_used), static_cast<int>(data.output_frames_gen)};
}

void Resampler::reset() noexcept HISS_NONBLOCKING {
  HISS_TRUSTED_BEGIN
  src_reset(impl_->state.get());
  HISS_TRUSTED_END
}

}  // namespace hiss
