// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "app/engine/aligned_stream.h"
#include "app/engine/compare/compare_result.h"
#include "app/engine/comparison.h"
#include "models/denoiser_model.h"

namespace hiss {

// The sound that denoisers are compared on.
struct CompareSound {
  std::filesystem::path input;
  std::filesystem::path reference;  // clean; empty: none, and no quality
};

// The quality that models and the sound itself are told with. [thread-safe]
[[nodiscard]] std::vector<CompareFigure> qualityOf(const SoundComparison& comparison);

// Runs a denoiser over the sound, hop by hop. A step is one hop of all channels. `block` as
// StateFollower's. Throws Failure. [main-thread]
[[nodiscard]] CompareModel compareDenoiser(const std::shared_ptr<const DenoiserModel>& model,
                                           const CompareSound& sound, int block,
                                           const ProgressFunction& on_progress);

}  // namespace hiss
