// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "app/engine/aligned_stream.h"
#include "app/engine/bench_result.h"
#include "app/engine/bench_sound.h"
#include "models/denoiser_model.h"

namespace hiss {

struct DenoiserBench {
  std::shared_ptr<const DenoiserModel> model;
  BenchSound sound;
  std::vector<const Kernels*> targets;    // at least one
  const Kernels* parts_target = nullptr;  // one of them
  double seconds = 0.0;                   // of sound for each target; repeated if it is shorter
};

// Runs the denoiser on this thread with each target in turn, some hops at a time, so that a slow
// moment of the machine hits all alike; between them the rooflines and, for parts_target, the
// network part by part. Fills stream, targets, footprint_bytes, parts_simd and parts of `report`;
// report.machine.caches must be known. Throws Failure(kInput) for a sound that the model does not
// take, and Failure(kCancelled). [main-thread]
void runDenoiserBench(const DenoiserBench& bench, const ProgressFunction& on_progress,
                      BenchReport& report);

}  // namespace hiss
