// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "app/engine/live/audio_device.h"
#include "dsp/spsc_ring.h"

namespace hiss {

// One moment of a recording before and after, at the device's rate.
struct PlaybackFrame {
  std::array<float, 2> before{};  // left, right
  std::array<float, 2> after{};
  std::int64_t position = 0;     // sample of the recording
  std::uint32_t generation = 0;  // counts jumps: frames of an earlier one are not to be heard
  bool is_last = false;
};

// How much of each is heard: {1, 0} is the recording before, {1, -1} what was taken out. Aligned so
// that clang, too, loads and stores one at once and calls no library for it.
struct alignas(2 * sizeof(float)) PlaybackWeights {
  float before = 1.0F;
  float after = 0.0F;
};

// Plays frames out of a ring. Whatever is switched while it plays comes in over 10 ms: weights as
// a cross-fade of what lies at the same moment of the recording, pauses and jumps through silence.
class PlaybackMixer final : public AudioCallback {
 public:
  static constexpr double kFadeSeconds = 0.01;

  // Forgets all frames; no device may be running. [main-thread]
  void prepare(int rate_hz, int channels, std::size_t frames);

  // Feeder's thread only.
  std::size_t push(std::span<const PlaybackFrame> frames) { return ring_.push(frames); }
  // [thread-safe]
  [[nodiscard]] std::size_t writable() const { return ring_.writable(); }
  [[nodiscard]] std::size_t readable() const { return ring_.readable(); }

  // [thread-safe]
  void setWeights(PlaybackWeights weights) noexcept { weights_ = weights; }
  void setPlaying(bool playing) noexcept { playing_ = playing; }
  void setGeneration(std::uint32_t generation) noexcept { wanted_ = generation; }

  // Ends by itself behind the last frame. [thread-safe]
  [[nodiscard]] bool isPlaying() const noexcept { return playing_; }
  // Of the last frame that was played, and what it belongs to. [thread-safe]
  [[nodiscard]] std::int64_t position() const noexcept { return position_; }
  [[nodiscard]] std::uint32_t generation() const noexcept { return heard_; }
  // Moments that were to be played and had not come. [thread-safe]
  [[nodiscard]] std::uint64_t missing() const noexcept { return missing_; }

  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override;

 private:
  static constexpr std::size_t kHeld = 64;

  // The next frame; null: none has come.
  const PlaybackFrame* front() noexcept HISS_NONBLOCKING;
  void drop() noexcept HISS_NONBLOCKING { ++held_at_; }
  const PlaybackFrame* nextToPlay(bool playing) noexcept HISS_NONBLOCKING;
  void turnWeights() noexcept HISS_NONBLOCKING;
  void put(const PlaybackFrame* frame, float* out) noexcept HISS_NONBLOCKING;

  SpscRing<PlaybackFrame> ring_;
  int channels_ = 2;
  float step_ = 1.0F;  // of a fade, each sample
  std::array<PlaybackFrame, kHeld> held_{};
  std::size_t held_at_ = 0;
  std::size_t held_end_ = 0;
  float loudness_ = 0.0F;  // 0: silence
  PlaybackWeights now_;

  std::atomic<PlaybackWeights> weights_{PlaybackWeights{}};
  std::atomic<bool> playing_{false};
  std::atomic<std::uint32_t> wanted_{0};
  std::atomic<std::uint32_t> heard_{0};
  std::atomic<std::int64_t> position_{0};
  std::atomic<std::uint64_t> missing_{0};
  static_assert(std::atomic<PlaybackWeights>::is_always_lock_free);
};

}  // namespace hiss
