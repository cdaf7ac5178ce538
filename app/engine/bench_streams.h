// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/aligned_stream.h"
#include "app/engine/bench_result.h"
#include "app/engine/bench_sound.h"
#include "models/denoiser_model.h"

namespace hiss {

struct StreamsBench {
  std::shared_ptr<const DenoiserModel> model;
  // Its first channel, taken as if it were at the model's rate; each stream begins elsewhere in it.
  const BenchSound* sound = nullptr;
  const Kernels* kernels = nullptr;
  int streams = 1;
  double seconds = 0.0;  // of sound for each stream
};

// Runs `streams` streams in one DenoiserPool on this thread, as fast as it goes, and times each
// tick. Appends to report.streams. Throws Failure(kCancelled). [main-thread]
void runStreamsBench(const StreamsBench& bench, const ProgressFunction& on_progress,
                     BenchReport& report);

}  // namespace hiss
