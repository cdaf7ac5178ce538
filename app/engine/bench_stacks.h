// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "app/engine/aligned_stream.h"
#include "app/engine/bench_result.h"
#include "ssm/config.h"
#include "ssm/linear.h"

namespace hiss {

struct StackSize {
  int d_model = 0;
  int n_layer = 0;
};

// From what fits in the L2 cache to what streams from the L3; all with d_state 16 and one row.
inline constexpr std::array<StackSize, 5> kBenchStacks = {
    StackSize{64, 2}, StackSize{64, 4}, StackSize{128, 4}, StackSize{256, 4}, StackSize{256, 8}};

// A plain Mamba block as the reference initialises it (dt_rank = ceil(d_model / 16)).
MambaConfig benchStackConfig(int d_model);

// What one step of `n_layer` blocks does for one row, with in_proj, x_proj and out_proj in
// `format`.
NetPart stackWork(const MambaConfig& config, int n_layer, WeightFormat format);

// Times single steps of each size with each target and each format of packed weights in turn, for
// about `seconds` in all, and between them the rooflines. Appends to report.stacks;
// report.machine.caches must be known. Throws Failure(kCancelled). [main-thread]
void runStackBench(const std::vector<const Kernels*>& targets, double seconds,
                   const ProgressFunction& on_progress, BenchReport& report);

}  // namespace hiss
