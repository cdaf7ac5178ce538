// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "app/engine/failure.h"
#include "app/engine/live/device_list.h"
#include "app/engine/live/playback_mixer.h"

namespace hiss {

// A recording and what was made of it: both of the same rate, sample n belongs to sample n.
struct PlaybackFiles {
  std::filesystem::path before;
  std::filesystem::path after;
};

struct PlaybackLoop {
  double begin_s = 0.0;
  double end_s = 0.0;
};

struct PlaybackStatus {
  bool is_open = false;     // the files are there, their length is known
  bool is_playing = false;  // or will as soon as there is something to play
  bool is_silent = false;   // there is no sound device: it is played into nothing, in time
  double position_s = 0.0;
  double seconds = 0.0;            // length
  std::optional<Failure> failure;  // why it does not play
};

// Plays a recording before and after, read in step from the disk by a thread of its own, so that
// switching between them finds the other at the same moment. All functions return at once and may
// be called from one thread; what they ask for happens soon after.
class Playback {
 public:
  using MakeDevice = std::function<std::unique_ptr<AudioDevice>()>;

  // `make_device` is called in the thread of playback; if its device cannot be opened the sound is
  // played into nothing.
  explicit Playback(MakeDevice make_device = makeSystemAudioDevice);
  // Within a tenth of a second, if the disk and the sound system answer.
  ~Playback();
  Playback(const Playback&) = delete;
  Playback& operator=(const Playback&) = delete;

  // Paused at the beginning, without a loop.
  void open(PlaybackFiles files);
  void close();
  // At the end it begins anew.
  void play();
  void pause();
  void seek(double seconds);
  // From the loop's end it goes on at its begin. Empty: no loop.
  void setLoop(std::optional<PlaybackLoop> loop);
  void setWeights(PlaybackWeights weights) { mixer_.setWeights(weights); }

  [[nodiscard]] PlaybackStatus status() const;
  // Moments that wait to be played.
  [[nodiscard]] std::size_t buffered() const { return mixer_.readable(); }

 private:
  class Feeder;

  // What is asked for; numbers count changes.
  struct Wish {
    std::optional<PlaybackFiles> files;
    std::uint64_t files_number = 0;
    std::uint32_t generation = 0;
    double from_s = 0.0;  // where the generation begins
    std::optional<PlaybackLoop> loop;
    bool play = false;
    bool end = false;
  };

  void jump(double seconds);
  [[nodiscard]] double position() const;
  [[nodiscard]] double positionSeconds() const;  // with mutex_ held

  MakeDevice make_device_;
  PlaybackMixer mixer_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  Wish wish_;
  // What the feeder says of the files.
  PlaybackStatus found_;
  int rate_hz_ = 0;
  std::thread thread_;
};

}  // namespace hiss
