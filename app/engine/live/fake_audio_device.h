// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "app/engine/live/audio_device.h"

namespace hiss {

// A span of simulated time in which a side of a FakeAudioDevice does not call.
struct FakeStall {
  double begin_s = 0.0;
  double seconds = 0.0;
  // true: what was due comes at once afterwards, as a burst of calls; false: it is lost.
  bool burst = false;
};

// One side of a FakeAudioDevice.
struct FakeSide {
  int rate_hz = 48000;
  int channels = 1;
  double ppm = 0.0;  // how much faster than its nominal rate the clock of this side runs
  // Samples of the k-th call; 0 now and then is legal.
  std::function<int(std::uint64_t k)> block = [](std::uint64_t) { return 128; };
  double jitter_s = 0.0;   // calls come up to so much too late, at random
  double latency_s = 0.0;  // as told in AudioBlock
  std::vector<FakeStall> stalls;
};

struct FakeDeviceConfig {
  FakeSide in;
  FakeSide out;
  bool one_clock = false;  // both sides in one call, driven by `in`
  // Moments at which the device is gone, and how often `open` then fails before it is back.
  std::vector<double> losses_s;
  int failing_opens = 0;
  // Sample `index` of channel c since the device was first started; counts on while stalled.
  std::function<float(std::uint64_t index, int c)> source = [](std::uint64_t, int) { return 0.0F; };
  // Gets what would be heard, [samples][channels], at simulated time `time_s`; null: dropped.
  std::function<void(const float* samples, int n, double time_s)> sink;
};

// A device on simulated time: an hour takes as long as its callbacks take to compute.
// Deterministic. [main-thread], callbacks included
class FakeAudioDevice final : public AudioDevice {
 public:
  explicit FakeAudioDevice(FakeDeviceConfig config);

  // A request's rates and channels must be 0 or those of the config, else Failure(kUsage).
  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override;
  void start() override;
  void close() noexcept override;
  [[nodiscard]] bool isAlive() noexcept override { return running_; }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return now_s_; }

  // Lets simulated time run until the next call was made, or to `until_s` if there is none before;
  // returns whether a call was made.
  bool step(double until_s);

  std::uint64_t opens() const { return opens_; }

 private:
  struct Side {
    double due_s = 0.0;       // when the present block is complete by the side's clock
    double call_s = 0.0;      // when its call comes
    int samples = 0;          // of the present block
    std::uint64_t calls = 0;  // made so far
    std::uint64_t samples_done = 0;
    bool lost_samples = false;  // since the last call
    std::vector<float> buffer;
  };

  void startSide(const FakeSide& config, Side& side);
  void schedule(const FakeSide& config, Side& side);
  void callInput();
  void callOutput();

  FakeDeviceConfig config_;
  AudioCallback* callback_ = nullptr;
  Side in_;
  Side out_;
  std::minstd_rand random_{1};
  double now_s_ = 0.0;
  bool running_ = false;
  std::size_t losses_seen_ = 0;
  int opens_to_fail_ = 0;
  std::uint64_t opens_ = 0;
};

}  // namespace hiss
