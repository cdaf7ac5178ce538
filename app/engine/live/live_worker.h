// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "app/engine/live/audio_device.h"
#include "app/engine/live/clock_line.h"
#include "app/engine/live/drift_resampler.h"
#include "app/engine/live/live_callback.h"
#include "app/engine/live/live_stats.h"
#include "app/engine/live/stream_splice.h"
#include "dsp/latest_value.h"
#include "dsp/level_meter.h"
#include "models/stream_processor.h"

namespace hiss {

// How much the rings hold beyond what blocks, jitter and the worker's own delay need.
enum class LiveLatency { kLow, kBalanced, kSafe };

// What the devices themselves should hold with it, for AudioStreamRequest::latency_s.
double deviceLatency(LiveLatency latency);

// Gets the sound on the worker's thread, planar [channels][n], at the input's rate.
class LiveTap {
 public:
  LiveTap() = default;
  LiveTap(const LiveTap&) = delete;
  LiveTap& operator=(const LiveTap&) = delete;
  virtual ~LiveTap() = default;
  // [audio-thread]
  virtual void take(const float* const* rows, int n) noexcept HISS_NONBLOCKING = 0;
  // So many samples were missed while the device was lost. `take` does not run meanwhile. May throw
  // Failure. [main-thread]
  virtual void takeSilence(std::int64_t samples) { static_cast<void>(samples); }
};

struct LiveWorkerConfig {
  LiveLatency latency = LiveLatency::kBalanced;
  int window_samples = 0;      // that the model's time is summed over; 0: 10 ms
  LiveTap* in_tap = nullptr;   // what the processor gets
  LiveTap* out_tap = nullptr;  // what comes out of it, before the clocks are matched
};

// The largest value of the last one to two windows of time. It may pass over what happened only
// once: a single hitch is a fault to live through, a second one a habit to provide for.
class SlidingPeak {
 public:
  // Forgets everything. window_s > 0.
  void start(double window_s, bool passes_over_one) noexcept HISS_NONBLOCKING;
  void add(double time_s, double value) noexcept HISS_NONBLOCKING;
  [[nodiscard]] double value() const noexcept HISS_NONBLOCKING;

 private:
  // Values that come within so many seconds are one event.
  static constexpr double kEvent = 1.0;
  // In the first seconds whatever is seen counts.
  static constexpr std::uint64_t kEventsToJudge = 3;
  struct Top {
    double first = 0.0;
    double second = 0.0;
    void take(double value) noexcept HISS_NONBLOCKING;
  };
  double window_s_ = 60.0;
  bool passes_over_one_ = false;
  double begin_s_ = 0.0;
  Top present_;
  Top before_;
  double event_begin_s_ = 0.0;
  double event_ = 0.0;
  std::uint64_t events_ = 0;
};

// Times in classes of a sixteenth of an octave, from 1 us to 1 s.
class TimeHistogram {
 public:
  void add(double seconds) noexcept HISS_NONBLOCKING;
  [[nodiscard]] double quantile(double q) const noexcept HISS_NONBLOCKING;
  [[nodiscard]] double max() const noexcept HISS_NONBLOCKING { return max_; }

 private:
  static constexpr int kPerOctave = 16;
  static constexpr int kClasses = 20 * kPerOctave;
  std::array<std::uint32_t, kClasses> counts_{};
  std::uint64_t total_ = 0;
  double max_ = 0.0;
};

// The worker's side of the live path: takes what the device brought, runs the processor, matches
// the clocks and fills the output ring.
//
// Channels: as many are processed as the device with fewer has. Of more inputs than that one output
// hears the mean, several outputs the first ones. One processed channel goes to all outputs;
// several go to the first ones, and the rest is silent.
class LiveWorker {
 public:
  // Sizes everything; `callback` and `processor` are prepared by the caller for the same format,
  // the processor with processedChannels(format) and kMostBlock. [main-thread]
  void prepare(const AudioStreamFormat& format, const LiveWorkerConfig& config,
               LiveCallback& callback, StreamProcessor& processor, const AudioDevice& device);

  static constexpr int kMostBlock = 256;
  static int processedChannels(const AudioStreamFormat& format);

  // Processes all that is there; false if there was nothing. [audio-thread]
  bool work() noexcept HISS_NONBLOCKING;

  // When, by the device's clock, the last input came; below 0: none has. While nobody works.
  [[nodiscard]] double lastInputSeconds() const { return last_input_s_; }

  // The newest picture; false if there is none since the last call. One reader thread.
  bool latestStats(LiveStats& stats);

 private:
  struct Side {
    ClockLine line;
    SlidingPeak jitter_s;
    double rate_hz = 1.0;
    double most_block_s = 0.0;
    double mean_block_s = 0.0;
    double silent = 0.0;  // samples that never went through the rings
    double latency_s = 0.0;
    bool seen = false;
  };

  void readMarks() noexcept HISS_NONBLOCKING;
  void readMark(const CallMark& mark, Side& side, bool is_output) noexcept HISS_NONBLOCKING;
  void skipBacklog() noexcept HISS_NONBLOCKING;
  void processBlock(int n) noexcept HISS_NONBLOCKING;
  void deinterleave(int n) noexcept HISS_NONBLOCKING;
  void runProcessor(int n) noexcept HISS_NONBLOCKING;
  void sendOut(int n) noexcept HISS_NONBLOCKING;
  void noteResponse() noexcept HISS_NONBLOCKING;
  void updateTarget() noexcept HISS_NONBLOCKING;
  void setStartLevel(double start_s) noexcept HISS_NONBLOCKING;
  void steer() noexcept HISS_NONBLOCKING;
  void correctAtOnce(double error_s, double now_s) noexcept HISS_NONBLOCKING;
  void publish(double now_s) noexcept HISS_NONBLOCKING;
  [[nodiscard]] double ringInSeconds(double now_s) const noexcept HISS_NONBLOCKING;
  [[nodiscard]] double ringOutSeconds(double now_s) const noexcept HISS_NONBLOCKING;

  AudioStreamFormat format_;
  LiveWorkerConfig config_;
  LiveCallback* callback_ = nullptr;
  StreamProcessor* processor_ = nullptr;
  const AudioDevice* device_ = nullptr;
  std::size_t channels_ = 1;  // processed
  bool resampling_ = false;
  double nominal_ratio_ = 1.0;

  std::vector<float> raw_;        // [kMostBlock][in channels]
  std::vector<float> samples_;    // [processed][kMostBlock]
  std::vector<float*> rows_;      // [processed], rows of samples_
  std::vector<float> mixed_;      // [kMostBlock][processed]
  std::vector<float> resampled_;  // [most][processed]
  std::vector<float> spliced_;    // [most][processed]
  std::vector<float> wide_;       // [most][out channels]
  int most_resampled_ = 0;
  DriftResampler resampler_;
  StreamSplice splice_;
  std::vector<LevelMeter> in_meters_;  // [processed]
  std::vector<LevelMeter> out_meters_;

  Side in_;
  Side out_;
  SlidingPeak response_s_;       // from a call to the end of the work on it
  double oldest_call_s_ = -1.0;  // of what was not yet worked on; below 0: nothing
  double last_input_s_ = -1.0;
  double consumed_ = 0.0;  // input samples taken from the ring
  double produced_ = 0.0;  // output samples put into the ring
  double began_s_ = -1.0;
  double target_s_ = 0.0;
  double jitter_held_s_ = 0.0;  // what the target allows for
  double target_time_s_ = 0.0;  // when the target was last looked at
  bool jitter_falls_ = false;
  double outside_since_s_ = -1.0;  // since when the latency is too far from the target
  double quiet_until_s_ = 0.0;     // no correction at once before
  double correction_ = 0.0;        // of the ratio, relative
  TimeHistogram model_times_;
  double window_time_s_ = 0.0;
  int window_left_ = 0;
  std::uint64_t processed_ = 0;
  double published_s_ = -1.0;
  std::uint64_t worker_late_ = 0;
  std::uint64_t output_overflows_ = 0;
  std::uint64_t corrections_ = 0;
  LatestValue<LiveStats> stats_;
};

}  // namespace hiss
