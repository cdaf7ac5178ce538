// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "app/engine/live/audio_device.h"
#include "app/engine/live/live_callback.h"
#include "app/engine/live/live_worker.h"
#include "models/stream_processor.h"

namespace hiss {

struct LiveConfig {
  AudioStreamRequest request;
  LiveWorkerConfig worker;
  // true: a thread of its own works; false: the caller calls `work` (simulated time).
  bool own_thread = true;
};

// Sound from one device through a processor to another, for as long as it is asked for:
//
//   device's call <-> wait-free rings <-> one worker that runs the processor
//
// Two devices with two clocks are kept in step by resampling; a device that is gone is opened
// again, with the rates and channels of the first time, and the stream begins anew. Unless said
// otherwise: [main-thread]
class LiveSession {
 public:
  // All of them must outlive the session.
  LiveSession(AudioDevice& device, StreamProcessor& processor, const LiveConfig& config);
  ~LiveSession();
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  // Opens the device and prepares and warms the processor, so that its first hop is as fast as all
  // others. Throws Failure: that of the device, or kUsage for a rate that the processor has not.
  const AudioStreamFormat& open();
  // Starts the sound. The taps (may be null) must outlive the session. Throws Failure.
  void start(LiveTap* in_tap = nullptr, LiveTap* out_tap = nullptr);
  // Ends it; the processor is the caller's again.
  void close() noexcept;

  // Looks whether the device still lives and opens a lost one again, with back-off. Call it some
  // ten times a second. Returns a line to be said, if there is one. The taps get silence for as
  // long as the device is lost, so that recordings keep time. Throws Failure: that of a tap.
  std::optional<std::string> supervise();
  [[nodiscard]] bool isLost() const { return lost_; }

  // Processes what is there; false if there was nothing. Only without an own thread.
  bool work() noexcept HISS_NONBLOCKING { return worker_.work(); }

  [[nodiscard]] const AudioStreamFormat& format() const { return format_; }
  // The newest picture; false if there is none since the last call.
  bool latestStats(LiveStats& stats) { return worker_.latestStats(stats); }
  // Why the worker's thread has no real-time priority, neither by itself nor through rtkit, as far
  // as `supervise` has seen; 0: it has, or was not started. An errno.
  [[nodiscard]] int priorityError() const { return priority_error_; }
  [[nodiscard]] std::uint64_t reconnections() const { return reconnections_; }

 private:
  void begin();
  void startThread();
  void stopThread() noexcept;
  void runThread() noexcept;
  void loseDevice(double now_s);
  bool tryAgain(double now_s);
  void fillSilence();
  void judgePriority();
  void giveUpFor(double now_s) noexcept;

  AudioDevice& device_;
  StreamProcessor& processor_;
  LiveConfig config_;
  AudioStreamFormat format_;
  LiveCallback callback_;
  LiveWorker worker_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<int> thread_id_{0};  // of the worker, once it runs
  std::atomic<int> refused_{0};    // why it may not have real-time priority itself
  int priority_error_ = 0;
  bool priority_judged_ = false;

  bool running_ = false;
  bool lost_ = false;
  double lost_since_s_ = 0.0;
  double next_try_s_ = 0.0;
  double silence_from_s_ = 0.0;  // when the last sound before the loss came
  std::int64_t silence_given_ = 0;
  double back_off_s_ = 0.0;
  std::uint64_t calls_seen_ = 0;
  double calls_seen_at_s_ = 0.0;
  std::uint64_t reconnections_ = 0;
};

}  // namespace hiss
