// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/state_follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/engine/bench_times.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

// The block over all bands has one row beside blocks of several.
int usualBlock(const StateLayout& layout) {
  const auto& layers = layout.layers;
  const bool has_bands = std::any_of(layers.begin(), layers.end(),
                                     [](const StateLayer& layer) { return layer.rows > 1; });
  const auto one = std::find_if(layers.begin(), layers.end(),
                                [](const StateLayer& layer) { return layer.rows == 1; });
  if (has_bands && one != layers.end()) return static_cast<int>(one - layers.begin());
  return static_cast<int>(layers.size() / 2);
}

double deviation(double sum, double squares, double count) {
  const double mean = sum / count;
  return std::sqrt(std::max(0.0, squares / count - mean * mean));
}

}  // namespace

StateFollower::StateFollower(std::shared_ptr<StateTap> tap, int block, const std::string& name)
    : tap_(std::move(tap)) {
  const std::vector<StateLayer>& layers = tap_->layout().layers;
  const auto blocks = static_cast<int>(layers.size());
  if (block > blocks) {
    throw Failure(FailureKind::kUsage, "--block", fmt::format("at most {} as {} has", blocks, name),
                  fmt::format("{}", block));
  }
  const int layer = block > 0 ? block - 1 : usualBlock(tap_->layout());
  const StateLayer& followed = layers[static_cast<std::size_t>(layer)];
  block_ = followed.name;
  dt_sum_.resize(static_cast<std::size_t>(followed.d_inner));
  dt_squares_.resize(dt_sum_.size());
  tap_->look({layer, followed.rows / 2});
}

void StateFollower::take() {
  while (tap_->next(snapshot_)) add(snapshot_);
}

void StateFollower::add(const StateSnapshot& snapshot) {
  double h_squares = 0.0;
  for (const float h : snapshot.h) h_squares += static_cast<double>(h) * h;
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t c = 0; c < dt_sum_.size(); ++c) {
    const double dt = snapshot.dt[c];
    sum += dt;
    squares += dt * dt;
    dt_sum_[c] += dt;
    dt_squares_[c] += dt * dt;
  }
  const auto channels = static_cast<double>(dt_sum_.size());
  state_rms_.push_back(
      static_cast<float>(std::sqrt(h_squares / static_cast<double>(snapshot.h.size()))));
  dt_mean_.push_back(static_cast<float>(sum / channels));
  dt_deviation_.push_back(static_cast<float>(deviation(sum, squares, channels)));
  ++steps_;
}

void StateFollower::finish(CompareModel& model) {
  take();
  tap_->lookAway();
  model.block = block_;
  model.trace.state_rms = std::move(state_rms_);
  model.trace.dt_mean = std::move(dt_mean_);
  model.trace.dt_deviation = std::move(dt_deviation_);
  if (steps_ == 0) return;
  std::vector<double> sorted(model.trace.state_rms.begin(), model.trace.state_rms.end());
  std::sort(sorted.begin(), sorted.end());
  model.state_rms_p50 = quantile(sorted, 0.5);
  model.state_rms_p99 = quantile(sorted, 0.99);

  const auto steps = static_cast<double>(steps_);
  double mean = 0.0;
  double variation = 0.0;
  int moving = 0;  // channels with a step size
  for (std::size_t c = 0; c < dt_sum_.size(); ++c) {
    if (dt_sum_[c] <= 0.0) continue;
    mean += dt_sum_[c] / steps;
    variation += deviation(dt_sum_[c], dt_squares_[c], steps) * steps / dt_sum_[c];
    ++moving;
  }
  if (moving == 0) return;
  model.dt_mean = mean / moving;
  model.dt_variation = variation / moving;
}

}  // namespace hiss
