// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/playback_mixer.h"

#include <algorithm>

namespace hiss {
namespace {

float moved(float from, float to, float step) noexcept {
  return from < to ? std::min(to, from + step) : std::max(to, from - step);
}

}  // namespace

void PlaybackMixer::prepare(int rate_hz, int channels, std::size_t frames) {
  ring_.prepare(frames);
  channels_ = channels;
  step_ = static_cast<float>(1.0 / (kFadeSeconds * rate_hz));
  held_at_ = held_end_ = 0;
  loudness_ = 0.0F;
  now_ = weights_;
}

const PlaybackFrame* PlaybackMixer::front() noexcept HISS_NONBLOCKING {
  if (held_at_ == held_end_) {
    held_at_ = 0;
    held_end_ = ring_.pop(held_);
    if (held_end_ == 0) return nullptr;
  }
  return &held_[held_at_];
}

// The frame to be played now, if loudness_ leaves anything of it.
const PlaybackFrame* PlaybackMixer::nextToPlay(bool playing) noexcept HISS_NONBLOCKING {
  const std::uint32_t wanted = wanted_;
  const PlaybackFrame* frame = front();
  // In silence nobody hears the jump.
  while (loudness_ == 0.0F && frame != nullptr && frame->generation != wanted) {
    drop();
    frame = front();
  }
  const bool is_wanted = playing && frame != nullptr && frame->generation == wanted;
  if (playing && frame == nullptr) ++missing_;
  loudness_ = moved(loudness_, is_wanted ? 1.0F : 0.0F, step_);
  return loudness_ > 0.0F ? frame : nullptr;
}

void PlaybackMixer::turnWeights() noexcept HISS_NONBLOCKING {
  const PlaybackWeights target = weights_;
  now_.before = moved(now_.before, target.before, step_);
  now_.after = moved(now_.after, target.after, step_);
}

void PlaybackMixer::put(const PlaybackFrame* frame, float* out) noexcept HISS_NONBLOCKING {
  if (frame == nullptr) {
    std::fill_n(out, channels_, 0.0F);
    return;
  }
  std::array<float, 2> sound{};
  for (std::size_t c = 0; c < sound.size(); ++c) {
    sound[c] = loudness_ * (now_.before * frame->before[c] + now_.after * frame->after[c]);
  }
  if (channels_ == 1) {
    out[0] = 0.5F * (sound[0] + sound[1]);
    return;
  }
  std::copy(sound.begin(), sound.end(), out);
  std::fill_n(out + sound.size(), channels_ - 2, 0.0F);
}

void PlaybackMixer::onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING {
  if (block.out == nullptr) return;
  for (int i = 0; i < block.samples; ++i) {
    const bool playing = playing_;
    const PlaybackFrame* const frame = nextToPlay(playing);
    turnWeights();
    put(frame, block.out + static_cast<std::ptrdiff_t>(i) * channels_);
    if (frame == nullptr) continue;
    position_ = frame->position;
    heard_ = frame->generation;
    if (frame->is_last) playing_ = false;
    drop();
  }
}

}  // namespace hiss
