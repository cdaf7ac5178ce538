// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "app/engine/live/live_callback.h"
#include "dsp/level_meter.h"

namespace hiss {

// Where a sample spends its time between the two devices, in seconds.
struct LiveLatencyParts {
  double device_in = 0.0;
  double ring_in = 0.0;
  double model = 0.0;  // the processor's window and hop
  double resampler = 0.0;
  double ring_out = 0.0;
  double device_out = 0.0;

  [[nodiscard]] double total() const {
    return device_in + ring_in + model + resampler + ring_out + device_out;
  }
  // What is steered.
  [[nodiscard]] double rings() const { return ring_in + ring_out; }
};

struct LiveLevel {
  float peak_db = kFloorDb;  // dBFS, of the loudest channel
  float rms_db = kFloorDb;
};

// A picture of a running session. Plain values.
struct LiveStats {
  double time_s = 0.0;       // of AudioDevice::now
  double processed_s = 0.0;  // of sound, since the stream was first opened
  bool playing = false;      // false: zeros are played until the rings are filled
  LiveLevel in;
  LiveLevel out;
  LiveLatencyParts latency;
  double target_rings_s = 0.0;  // what latency.rings() is steered to
  // Time inside the processor for `window_s` of sound.
  double window_s = 0.0;
  double model_p50_s = 0.0;
  double model_p99_s = 0.0;
  double model_max_s = 0.0;
  LiveFaults faults;
  std::uint64_t worker_late = 0;       // times that the worker came later than the rings can bridge
  std::uint64_t output_overflows = 0;  // times that the output ring was full
  std::uint64_t corrections = 0;       // times that sound was left out
  double in_ppm = 0.0;                 // of each device's clock against the computer's
  double out_ppm = 0.0;
  double drift_ppm = 0.0;       // input against output: what the resampler takes out
  double correction_ppm = 0.0;  // what it does at present: the drift, and the way to the target
};

}  // namespace hiss
