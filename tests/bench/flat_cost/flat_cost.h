// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ssm/simd/kernels.h"
#include "tests/bench/flat_cost/audio_features.h"

namespace hiss {

// What both stacks share, and how they are timed.
struct FlatCostSpec {
  int d_model = 64;
  int n_layer = 2;
  int d_state = 16;                  // Mamba only
  std::int64_t steps = 100'000'000;  // Mamba is run this far
  std::int64_t attention_steps = 1'000'000;
  double attention_memory_share = 0.5;  // of what the machine has free
  int windows = 21;                     // timed at each position, and kTurns times as many by turns
  static constexpr int kTurns = 10;
  bool verify = true;  // run Mamba a second time and compare
};

// One position of one stack.
struct CostPoint {
  std::int64_t position = 0;
  double then_ns = 0.0;    // Mamba: a step, the least window at the time it stood there
  double median_ns = 0.0;  // a step, over the windows
  double min_ns = 0.0;
  int window_steps = 0;
  std::size_t memory_bytes = 0;    // state, or cache of keys and values
  std::size_t resident_bytes = 0;  // of the whole process
  double norm = 0.0;               // of ssm_state; attention: of the last output
  std::uint64_t non_finite = 0;    // values of state and outputs up to here
  std::uint64_t checksum = 0;      // Mamba: FNV-1a of the state and the last output
  double cache_gb_per_s = 0.0;     // attention: the cache over the time of a step
  double read_gb_per_s = 0.0;      // attention: the same memory, only read
};

struct MambaRun {
  std::vector<CostPoint> points;
  double seconds = 0.0;         // of the whole run
  std::uint64_t skipped = 0;    // block steps that met a value not finite
  bool verified = false;        // a second run gave the same checksums
  double verify_seconds = 0.0;  // of the second run
};

struct AttentionRun {
  std::vector<CostPoint> points;
  std::string end;  // why there are no more
};

// 10^3, 10^4 ... up to `last`, and `last` itself.
std::vector<std::int64_t> positionsUpTo(std::int64_t last);

// Resident memory of this process, and memory that the machine could still give; 0 if unknown.
std::size_t residentBytes();
std::size_t availableBytes();

// Runs a Mamba stack with random weights through every one of spec.steps steps and times windows
// of 1000 steps from each position on: when it comes there, and once more at the end, by turns from
// the states kept, so that other work on the machine meets all positions alike. The second run goes
// in blocks of 64 steps (MambaBlock::scan) and must come to the same bits.
MambaRun runMamba(const FlatCostSpec& spec, const FeatureLoop& features, const Kernels& kernels);

// Times steps of an attention stack of the same width around each position (half of a window lies
// before it). The cache up to there is filled by AttentionStack::append from the same features.
AttentionRun runAttention(const FlatCostSpec& spec, const FeatureLoop& features,
                          const Kernels& kernels);

}  // namespace hiss
