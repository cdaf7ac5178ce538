// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/no_output_device.h"

#include <algorithm>

namespace hiss {
namespace {

constexpr int kPiece = 1024;

}  // namespace

AudioStreamFormat NoOutputDevice::open(const AudioStreamRequest& request, AudioCallback& callback) {
  callback_ = &callback;
  AudioStreamRequest under = request;
  under.input_only = true;
  AudioStreamFormat format = input_->open(under, *this);
  channels_ = static_cast<std::size_t>(format.in_channels);
  dropped_.resize(channels_ * kPiece);
  format.output.clear();
  format.out_rate_hz = format.in_rate_hz;
  format.out_channels = format.in_channels;
  format.one_clock = true;
  return format;
}

void NoOutputDevice::onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING {
  if (block.in == nullptr) return;
  AudioBlock piece = block;
  piece.out = dropped_.data();
  piece.out_latency_s = 0.0;
  for (int done = 0; done < block.samples; done += piece.samples) {
    piece.in = block.in + static_cast<std::size_t>(done) * channels_;
    piece.samples = std::min(block.samples - done, kPiece);
    callback_->onAudio(piece);
    piece.in_overflow = false;
  }
}

}  // namespace hiss
