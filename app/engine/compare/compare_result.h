// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "app/engine/bench_result.h"

namespace hiss {

// What `hiss compare --model` finds out, ready to be printed or drawn. The keys of its --json are
// listed in app/README.md.

// A figure of quality. NaN: cannot be told.
struct CompareFigure {
  std::string key;    // in JSON
  std::string title;  // in tables
  int decimals = 0;
  double value = std::numeric_limits<double>::quiet_NaN();
};

// One value a step, [steps] each.
struct CompareTrace {
  std::vector<float> step_us;
  std::vector<float> state_rms;     // root mean square of the followed row's state
  std::vector<float> dt_mean;       // of its step size, over the channels
  std::vector<float> dt_deviation;  // its standard deviation over the channels
  std::vector<float> loss;          // NaN: nothing was to be foretold; empty: never
};

struct CompareModel {
  std::string name;
  std::string path;
  std::string kind;  // of its blocks
  std::size_t parameters = 0;
  double macs_per_step = 0.0;     // of all channels
  double step_seconds = 0.0;      // between two steps; 0: steps have no length
  BenchTimes step;                // of all channels
  std::size_t state_bytes = 0;    // of a saved stream after its first step
  std::int64_t state_growth = 0;  // how many more these are after the last step
  std::string block;              // that was followed
  double state_rms_p50 = 0.0;
  double state_rms_p99 = 0.0;
  double dt_mean = std::numeric_limits<double>::quiet_NaN();  // NaN: the kind has no step size
  // How selective: the deviation of a channel's step size over time as a share of its mean, the
  // mean over the channels.
  double dt_variation = std::numeric_limits<double>::quiet_NaN();
  std::vector<CompareFigure> quality;  // of all models alike
  CompareTrace trace;
};

struct CompareReport {
  std::string task;   // of all models
  std::string input;  // file
  std::string reference;
  std::string simd;
  std::string baseline;                         // what does without a model; empty: none
  std::vector<CompareFigure> baseline_quality;  // as that of the models
  std::vector<CompareModel> models;
};

}  // namespace hiss
