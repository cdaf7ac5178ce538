// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/live_recorder.h"

#include <algorithm>

namespace hiss {
namespace {

constexpr int kPumpBlock = 4096;
constexpr int kRingSeconds = 8;
constexpr int kFloatWav = 0x010006;  // as libsndfile counts

SoundSpec specOf(const std::filesystem::path& path, int sample_rate_hz, int channels) {
  SoundSpec spec;
  spec.sample_rate_hz = sample_rate_hz;
  spec.channels = channels;
  spec.format_code = kFloatWav;
  spec.container = "wav";
  spec.subtype = "float";
  return resolveOutput(spec, {}, path);
}

}  // namespace

LiveRecorder::LiveRecorder(const std::filesystem::path& path, int sample_rate_hz, int channels,
                           AtomicOutput::Existing existing)
    : channels_(static_cast<std::size_t>(channels)),
      output_(path, existing),
      writer_(output_.file(), output_.name(), specOf(path, sample_rate_hz, channels)) {
  ring_.prepare(static_cast<std::size_t>(kRingSeconds) * sample_rate_hz * channels_);
  mixed_.resize(LiveWorker::kMostBlock * channels_);
  popped_.resize(kPumpBlock * channels_);
  samples_.resize(kPumpBlock * channels_);
  for (std::size_t c = 0; c < channels_; ++c) rows_.push_back(samples_.data() + c * kPumpBlock);
}

void LiveRecorder::take(const float* const* rows, int n) noexcept HISS_NONBLOCKING {
  for (std::size_t c = 0; c < channels_; ++c) {
    for (int i = 0; i < n; ++i) mixed_[i * channels_ + c] = rows[c][i];
  }
  const auto samples = static_cast<std::size_t>(n);
  const std::size_t taken = ring_.push({mixed_.data(), samples * channels_}) / channels_;
  lost_.fetch_add(samples - taken, std::memory_order_relaxed);
}

void LiveRecorder::write(int n) {
  failed_ = true;
  writer_.write(rows_.data(), n);
  failed_ = false;
}

void LiveRecorder::pump() {
  while (const std::size_t popped = ring_.pop(popped_) / channels_) {
    for (std::size_t c = 0; c < channels_; ++c) {
      for (std::size_t i = 0; i < popped; ++i) rows_[c][i] = popped_[i * channels_ + c];
    }
    write(static_cast<int>(popped));
  }
}

void LiveRecorder::takeSilence(std::int64_t samples) {
  pump();
  std::fill(samples_.begin(), samples_.end(), 0.0F);
  while (samples > 0) {
    const int n = static_cast<int>(std::min<std::int64_t>(samples, kPumpBlock));
    write(n);
    samples -= n;
  }
}

void LiveRecorder::finish() {
  if (failed_) {
    output_.file().forgetError();
  } else {
    pump();
  }
  writer_.close();
  output_.commit();
}

}  // namespace hiss
