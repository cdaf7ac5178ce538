// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QString>
#include <array>
#include <cstdint>
#include <limits>

#include "dsp/level_meter.h"

namespace hiss {

// What the live page shows and asks for. Plain values, no part of the engine.

// An input, an output or a model that can be chosen. `id` names it from one run of the program to
// the next.
struct LiveChoice {
  QString id;
  QString label;
  QString hint;  // a tooltip; may be empty
  bool operator==(const LiveChoice&) const = default;
};

struct LiveChoices {
  QList<LiveChoice> inputs;
  QList<LiveChoice> outputs;
  QList<LiveChoice> models;
};

// Sound is heard sooner or with fewer gaps.
enum class LiveDelay { kLow, kBalanced, kSafe };

// What runs; a change takes effect by starting again.
struct LiveSetup {
  QString input;
  QString output;
  QString model;
  LiveDelay delay = LiveDelay::kBalanced;
  bool operator==(const LiveSetup&) const = default;
};

// What is changed while it runs.
struct LiveSound {
  float limit_db = std::numeric_limits<float>::infinity();  // noise is turned down by at most that
  float mix = 1.0F;                                         // 0: the input, 1: the denoised sound
  bool bypass = false;
  bool removed = false;  // what was taken out is heard
  bool operator==(const LiveSound&) const = default;
};

struct LiveMeter {
  float peak_db = kFloorDb;
  float rms_db = kFloorDb;
};

// Where a sample spends its time between the two devices.
inline constexpr int kLatencyParts = 6;
// Calls that came too late, by kind.
inline constexpr int kGapKinds = 6;

struct LiveFigures {
  LiveMeter in;
  LiveMeter out;
  // Device in, ring in, model, resampler, ring out, device out.
  std::array<double, kLatencyParts> latency_s{};
  double window_s = 0.0;  // of sound that the model's times are of
  double model_p50_s = 0.0;
  double model_p99_s = 0.0;
  // Input lost, output empty, worker late, output full, lost by the device, gaps of the device.
  std::array<std::uint64_t, kGapKinds> gaps{};
  double last_gap_s = -1.0;  // when sound was last missing, by the device's clock; below 0: never
  double drift_ppm = 0.0;
  bool two_clocks = false;
  std::uint64_t reconnections = 0;
};

struct LiveStatus {
  enum class State { kStopped, kStarting, kRunning, kWaiting };
  State state = State::kStopped;
  QString waiting_for;  // the device, while kWaiting
  QString description;  // of what runs: devices, rates, model
  QString model;        // id of the model that runs; empty: none
  // That was asked for last and cannot be used; empty: none.
  QString refused_model;
  LiveFigures figures;
  bool recording = false;
  double recorded_s = 0.0;
};

}  // namespace hiss
