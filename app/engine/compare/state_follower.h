// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "app/engine/compare/compare_result.h"
#include "models/state_tap.h"

namespace hiss {

// Follows one row of one block of a running model from its first step on, and sums up what it saw.
// Not thread-safe.
class StateFollower {
 public:
  // `block`: which one, from 1; 0: the one that sees all bands of a denoiser, or the one in the
  // middle. Its middle row is followed. Throws Failure(kUsage), which calls the model `name`, if
  // there are fewer blocks.
  StateFollower(std::shared_ptr<StateTap> tap, int block, const std::string& name);

  // To be called after each step.
  void take();

  // Sets what the state and the step size are told with.
  void finish(CompareModel& model);

 private:
  void add(const StateSnapshot& snapshot);

  std::shared_ptr<StateTap> tap_;
  StateSnapshot snapshot_;
  std::string block_;
  std::size_t steps_ = 0;
  std::vector<double> dt_sum_;      // [channels]
  std::vector<double> dt_squares_;  // [channels]
  std::vector<float> state_rms_;    // [steps], as the next two
  std::vector<float> dt_mean_;
  std::vector<float> dt_deviation_;
};

}  // namespace hiss
