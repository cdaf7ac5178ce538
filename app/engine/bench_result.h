// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "app/engine/bench_bound.h"
#include "models/net_profile.h"
#include "ssm/roofline.h"

namespace hiss {

// What `hiss bench` measures, ready to be printed or drawn. Times are microseconds of one call. The
// keys of `hiss bench --json` are listed in app/README.md.

struct BenchTimes {
  std::size_t count = 0;
  double min_us = 0.0;
  double mean_us = 0.0;
  double p50_us = 0.0;
  double p99_us = 0.0;
  double p999_us = 0.0;
  double max_us = 0.0;
};

struct BenchMachine {
  std::string cpu;
  std::string system;    // kernel name and release
  std::string governor;  // of the core's clock; empty: not readable
  std::string compiler;
  std::array<double, 3> load_average{};  // 1, 5 and 15 minutes, when the run began
  int core = -1;                         // -1: not known
  bool pinned = false;
  long preemptions = 0;  // how often another program got the core while something was measured
  double seconds = 0.0;  // that measuring took
  CacheSizes caches;
};

// The sound and how it is cut: one call gets `block_samples` of each channel, as long as one hop of
// the model.
struct BenchStream {
  std::string sound;
  bool generated = false;
  int sample_rate_hz = 0;
  int channels = 0;
  int block_samples = 0;
  double block_us = 0.0;
  double seconds = 0.0;  // of sound that each target processed
};

// The whole denoiser with one kernel set.
struct BenchTarget {
  std::string simd;
  BenchTimes hop;
  double rtf = 0.0;  // mean over the time that the block lasts
  double gmac_per_s = 0.0;
  double roofline_share = 0.0;
  Roofline roofline;
};

// One part of a hop of one channel. A part that is not of the network has no work: its bound is 0.
struct BenchPart {
  NetPart part;
  double us = 0.0;            // median, without the time that reading the clock takes
  double share_of_hop = 0.0;  // of the median hop of one channel
  double gmac_per_s = 0.0;
  double ns_per_state = 0.0;  // 0: no state
  Bound bound;
  double roofline_share = 0.0;
};

// A stack of plain Mamba blocks, one row, with one kernel set and one format of packed weights.
struct BenchStack {
  std::string simd;
  std::string weights;  // "f32" or "bf16"
  int d_model = 0;
  int n_layer = 0;
  int d_state = 0;
  BenchTimes step;
  double ns_per_state = 0.0;
  Roofline roofline;
  CacheLevel level = CacheLevel::kL1;  // that holds weights and states
  Bound bound;
  double roofline_share = 0.0;
};

// Several streams side by side on the core: one tick is a hop of each.
struct BenchStreams {
  std::string simd;
  int streams = 0;
  BenchTimes tick;
  double real_time_share = 0.0;  // median tick over the hop's length
  std::size_t misses = 0;        // ticks longer than the hop
};

struct BenchReport {
  std::string model_name;
  std::string model_path;
  BenchMachine machine;
  BenchStream stream;
  std::vector<BenchTarget> targets;
  double footprint_bytes = 0.0;        // weights and states of the network
  CacheLevel level = CacheLevel::kL1;  // that holds them
  std::string parts_simd;
  std::vector<BenchPart> parts;
  std::vector<BenchStack> stacks;
  std::vector<BenchStreams> streams;
  std::vector<std::string> notes;  // what makes the figures doubtful, a line each
};

}  // namespace hiss
