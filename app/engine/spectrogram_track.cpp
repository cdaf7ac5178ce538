// SPDX-License-Identifier: Apache-2.0
#include "app/engine/spectrogram_track.h"

#include <algorithm>

namespace hiss {
namespace {

constexpr double kWindowSeconds = 0.032;
constexpr int kMinWindow = 128;
constexpr int kMaxWindow = 2048;

int windowFor(int sample_rate_hz) {
  int n = kMinWindow;
  while (n < kMaxWindow && n < kWindowSeconds * sample_rate_hz) n *= 2;
  return n;
}

}  // namespace

SpectrogramTrack::SpectrogramTrack(int sample_rate_hz, int channels, int max_columns)
    : sample_rate_hz_(sample_rate_hz),
      n_fft_(windowFor(sample_rate_hz)),
      hop_(n_fft_ / 4),
      channels_(channels),
      pending_(channels) {
  for (Spectrogram& channel : channels_) channel.prepare(n_fft_, hop_);
  picture_.prepare(n_fft_ / 2 + 1, max_columns, SpectrogramPicture::Pooling::kMax);
}

void SpectrogramTrack::add(const float* const* planar, int n) {
  samples_ += n;
  addChannels(planar, n);
}

void SpectrogramTrack::finish() {
  const std::vector<float> silence(n_fft_, 0.0F);
  const std::vector<const float*> planar(channels_.size(), silence.data());
  addChannels(planar.data(), n_fft_);
}

void SpectrogramTrack::addChannels(const float* const* planar, int n) {
  const auto bins = static_cast<std::size_t>(picture_.bins());
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    std::vector<float>& columns = pending_[c];
    columns.clear();
    channels_[c].process(planar[c], n, [&](const float* column_db) {
      columns.insert(columns.end(), column_db, column_db + bins);
    });
  }
  std::vector<float>& loudest = pending_.front();
  for (const std::vector<float>& other : pending_) {
    std::transform(loudest.begin(), loudest.end(), other.begin(), loudest.begin(),
                   [](float a, float b) { return std::max(a, b); });
  }
  for (std::size_t at = 0; at < loudest.size(); at += bins) picture_.addColumn(&loudest[at]);
}

double SpectrogramTrack::firstColumnSeconds() const noexcept {
  // Column t is centred at (t + 1) hop - n_fft / 2 and drawn half a hop to either side.
  return (0.5 * hop_ - 0.5 * n_fft_) / sample_rate_hz_;
}

double SpectrogramTrack::cellSeconds() const noexcept {
  return static_cast<double>(picture_.columnsPerCell()) * hop_ / sample_rate_hz_;
}

}  // namespace hiss
