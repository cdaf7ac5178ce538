// SPDX-License-Identifier: Apache-2.0
#include "models/fixed_twin.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>

namespace hiss {

FixedTwin::FixedTwin(const StateLayer& layer, int channel, double time_constant_steps)
    : channel_(static_cast<std::size_t>(channel)), time_constant_(time_constant_steps) {
  if (!fits(layer)) throw std::invalid_argument("FixedTwin: expected a block of kind mamba");
  if (channel < 0 || channel >= layer.d_inner) {
    throw std::invalid_argument("FixedTwin: channel: expected 0 to " +
                                std::to_string(layer.d_inner - 1) + ", found " +
                                std::to_string(channel));
  }
  if (!(time_constant_steps >= 1.0)) {
    throw std::invalid_argument("FixedTwin: time constant: expected at least 1 step, found " +
                                std::to_string(time_constant_steps));
  }
  const auto d_state = static_cast<std::size_t>(layer.d_state);
  const float* A = layer.A.data() + channel_ * d_state;
  a_.assign(A, A + d_state);
  reset();
}

void FixedTwin::reset() {
  last_step_ = 0;
  seen_ = 0;
  mean_dt_ = 0.0F;
  mean_b_.assign(a_.size(), 0.0F);
  mean_c_ = mean_b_;
  h_ = mean_b_;
  y_ = 0.0F;
  selective_y_ = 0.0F;
}

// Brings the means up to date.
void FixedTwin::follow(const StateSnapshot& snapshot) {
  ++seen_;
  const double share = 1.0 / std::min(static_cast<double>(seen_), time_constant_);
  const auto approach = [share](float& mean, float value) {
    mean += static_cast<float>(share) * (value - mean);
  };
  approach(mean_dt_, snapshot.dt[channel_]);
  for (std::size_t n = 0; n < a_.size(); ++n) {
    approach(mean_b_[n], snapshot.B[n]);
    approach(mean_c_[n], snapshot.C[n]);
  }
}

void FixedTwin::step(const StateSnapshot& snapshot) {
  if (!(snapshot.focus == focus_) || snapshot.step <= last_step_) reset();
  const auto passed = last_step_ == 0 ? 1.0F : static_cast<float>(snapshot.step - last_step_);
  focus_ = snapshot.focus;
  last_step_ = snapshot.step;
  follow(snapshot);
  const float input = mean_dt_ * snapshot.x[channel_];
  for (std::size_t n = 0; n < a_.size(); ++n) {
    h_[n] = std::exp(passed * mean_dt_ * a_[n]) * h_[n] + input * mean_b_[n];
  }
  y_ = std::inner_product(h_.begin(), h_.end(), mean_c_.begin(), 0.0F);
  const float* selective = snapshot.h.data() + channel_ * a_.size();
  selective_y_ = std::inner_product(selective, selective + a_.size(), snapshot.C.begin(), 0.0F);
}

}  // namespace hiss
