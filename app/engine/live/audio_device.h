// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dsp/realtime.h"

namespace hiss {

// What one call of a device brings or fetches. Samples are interleaved, [samples][channels], with
// the channel counts of the open stream.
struct AudioBlock {
  const float* in = nullptr;  // null: this call brings no input
  float* out = nullptr;       // null: this call fetches no output
  int samples = 0;            // of each channel; any number, and not the same from call to call
  double time_s = 0.0;        // of the call, on the clock of AudioDevice::now
  // From the moment the last sample of `in` was sound to the call; from the call to the moment the
  // first sample of `out` will be sound. 0 where the device does not know.
  double in_latency_s = 0.0;
  double out_latency_s = 0.0;
  bool in_overflow = false;    // the device lost input before this call
  bool out_underflow = false;  // the device had to play a gap before this call
};

// What a device calls. With two streams input and output come in two threads; calls that bring
// input never overlap each other, nor do calls that fetch output.
class AudioCallback {
 public:
  AudioCallback() = default;
  AudioCallback(const AudioCallback&) = delete;
  AudioCallback& operator=(const AudioCallback&) = delete;
  virtual ~AudioCallback() = default;

  // Must fill block.out where there is one. [audio-thread]
  virtual void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING = 0;
};

// What to open. 0 leaves a number to the device.
struct AudioStreamRequest {
  std::string input;   // as AudioDevice understands names; empty: its default
  std::string output;  // alike
  int in_rate_hz = 0;
  int out_rate_hz = 0;  // 0: the input's, if the device can do that
  int in_channels = 0;
  int out_channels = 0;
  int block = 0;            // samples of one call; 0: what suits the device
  double latency_s = 0.0;   // that the device should add on each side; 0: the least it advises
  bool input_only = false;  // `output` and what belongs to it do not matter
  // `input` and what belongs to it do not matter, but for the rate that the output should have.
  bool output_only = false;
};

// What was opened.
struct AudioStreamFormat {
  std::string input;  // names as the device lists them
  std::string output;
  int in_rate_hz = 0;
  int out_rate_hz = 0;
  int in_channels = 0;
  int out_channels = 0;
  int block = 0;  // samples of one call; 0: varies
  // Input and output come in the same calls and are driven by one clock, so that they never drift.
  bool one_clock = false;
};

// A pair of input and output, real or simulated. Unless said otherwise: [main-thread]
class AudioDevice {
 public:
  AudioDevice() = default;
  AudioDevice(const AudioDevice&) = delete;
  AudioDevice& operator=(const AudioDevice&) = delete;
  virtual ~AudioDevice() = default;

  // Opens the streams, stopped. Throws Failure: kUsage for an unknown device or an impossible
  // request, kInput or kOutput if that side cannot be opened. `callback` must outlive the streams.
  virtual AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) = 0;
  // Throws Failure(kInput or kOutput).
  virtual void start() = 0;
  // Stops and closes; no callback runs when it returns. Does nothing if nothing is open.
  virtual void close() noexcept = 0;

  // Whether the started streams still run; false once a device is gone.
  [[nodiscard]] virtual bool isAlive() noexcept = 0;
  // Seconds of a clock that never goes back. [thread-safe]
  [[nodiscard]] virtual double now() const noexcept HISS_NONBLOCKING = 0;
};

}  // namespace hiss
