// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/engine/compare/compare_result.h"

namespace hiss {

// What `hiss compare --model` is asked for.
struct CompareSpec {
  std::vector<std::string> models;  // names or files, at least one; all of one task
  std::filesystem::path input;  // sound for denoisers, else a table or tokens, as models take it
  std::filesystem::path reference;  // the clean sound; empty: none. For denoisers only
  int block = 0;                    // that is followed, as StateFollower's
};

// How far the run of a model is; `total` is -1 while unknown. Returns false to cancel.
using CompareProgress =
    std::function<bool(const std::string& model, std::int64_t done, std::int64_t total)>;

// Opens all models and the input, then runs one model after the other over it on this thread.
// Throws Failure: kModel, kInput, kUsage (HISS_SIMD or `block` ask for what is not there, a
// reference without denoisers) or kCancelled. [main-thread]
[[nodiscard]] CompareReport compareModels(const CompareSpec& spec,
                                          const CompareProgress& on_progress);

}  // namespace hiss
