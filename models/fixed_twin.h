// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/state_view.h"

namespace hiss {

// What one channel of a block would be if it did not select: a time-invariant state space with the
// same A and input, whose Δ, B and C are the running means of the block's own,
//
//   h = exp(Δ̄ A) h + (Δ̄ x) B̄,  y = h C̄
//
// Beside it the block's own y = h C, without the D x that both would have. A function of the
// snapshots it is given and nothing else. Not thread-safe.
class FixedTwin {
 public:
  // Whether a block's recurrence is the one above; only that of mamba is.
  [[nodiscard]] static bool fits(const StateLayer& layer) {
    return layer.kind == BlockKind::kMamba;
  }

  // Of `channel` of `layer`, which it fits; means fade with `time_constant_steps`, and are plain
  // means until as many steps have passed; infinity: for ever. Throws std::invalid_argument for
  // another layer, a channel that is not there or a time constant below 1.
  FixedTwin(const StateLayer& layer, int channel, double time_constant_steps);

  // One more step of the row that is followed. Starts anew where the focus changes or the steps
  // begin again; steps that were lost count as steps without input.
  void step(const StateSnapshot& snapshot);
  void reset();

  [[nodiscard]] std::span<const float> h() const { return h_; }  // [d_state], the twin's
  [[nodiscard]] float y() const { return y_; }                   // the twin's
  [[nodiscard]] float selectiveY() const { return selective_y_; }

 private:
  void follow(const StateSnapshot& snapshot);

  std::size_t channel_;
  double time_constant_;
  std::vector<float> a_;  // [d_state]

  StateFocus focus_;
  std::uint64_t last_step_ = 0;  // 0: none yet
  std::uint64_t seen_ = 0;       // steps in the means
  float mean_dt_ = 0.0F;
  std::vector<float> mean_b_;  // [d_state]
  std::vector<float> mean_c_;  // [d_state]
  std::vector<float> h_;       // [d_state]
  float y_ = 0.0F;
  float selective_y_ = 0.0F;
};

}  // namespace hiss
