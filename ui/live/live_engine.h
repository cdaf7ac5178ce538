// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "ui/base/notice.h"
#include "ui/live/live_values.h"

namespace hiss {

class StateTap;

// A run of sound: from the start, or a start again, to the next one.
struct LiveStream {
  std::uint64_t number = 0;  // 0: there was none yet
  int sample_rate_hz = 0;
  int latency_samples = 0;  // by which the clean sound comes later
  // Samples that nobody fetched in time, before those that are fetched now.
  std::uint64_t lost = 0;
  // Sample at which the denoiser began anew, its device being back.
  std::uint64_t begin = 0;
};

// What the live page asks for and pulls from. Nothing here waits. [main-thread]
class LiveEngine {
 public:
  LiveEngine() = default;
  LiveEngine(const LiveEngine&) = delete;
  LiveEngine& operator=(const LiveEngine&) = delete;
  virtual ~LiveEngine() = default;

  // Starts, or starts again with another setup as soon as that can be.
  virtual void start(const LiveSetup& setup) = 0;
  virtual void stop() = 0;
  virtual void setSound(const LiveSound& sound) = 0;
  // Records what comes in and what is heard; an empty path: not that. Existing files are replaced.
  virtual void record(const QString& in_path, const QString& out_path) = 0;
  virtual void stopRecording() = 0;

  // Each hands over what is new since the last call; false or nothing if nothing is.
  virtual bool latestStatus(LiveStatus& status) = 0;
  virtual bool latestChoices(LiveChoices& choices) = 0;
  virtual std::optional<Notice> nextNotice() = 0;
  // Pairs of a noisy and a clean sample; returns how many values were written, which are all of
  // `stream`.
  virtual std::size_t takeSound(std::span<float> pairs, LiveStream& stream) = 0;
  // Of the denoiser that runs; may be null.
  [[nodiscard]] virtual std::shared_ptr<StateTap> stateTap() const = 0;
};

}  // namespace hiss
