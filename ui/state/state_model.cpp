// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/memory_horizon.h"

namespace hiss {
namespace {

constexpr double kFallSeconds = 2.0;
constexpr double kFallRows = 100.0;
constexpr double kMeanSpan = 0.5;  // of the time shown, that the twin's means are taken over
constexpr float kLeastRange = 1e-6F;
// Colours end where one cell of a hundred lies beyond: the loudest few would leave the rest grey.
constexpr double kWithin = 0.99;
constexpr std::size_t kSampledCells = 512;  // that the range is taken from

float meanSquare(const std::vector<float>& values) {
  float sum = 0.0F;
  for (const float v : values) sum += v * v;
  return values.empty() ? 0.0F : sum / static_cast<float>(values.size());
}

std::uint8_t byteOfDt(float dt) {
  static const float kScale = 255.0F / std::log(StateModel::kMostDt / StateModel::kLeastDt);
  if (!(dt > StateModel::kLeastDt)) return 0;
  return static_cast<std::uint8_t>(
      std::lround(std::min(255.0F, std::log(dt / StateModel::kLeastDt) * kScale)));
}

std::uint8_t byteOfGate(float gate) {
  const float position = std::clamp(gate / StateModel::kGateRange, -1.0F, 1.0F);
  return static_cast<std::uint8_t>(std::lround(128.0F + 127.0F * position));
}

}  // namespace

void StateModel::setLayout(StateLayout layout) {
  layout_ = std::move(layout);
  focus_ = {};
  followed_ = {};
  setFocus(focus_);
}

void StateModel::setFocus(StateFocus focus) {
  focus_ = focus;
  setFrozen(false);
  if (!hasLayers()) {
    steps_.clear();
    newest_ = 0;
    return;
  }
  const double step_s = layout_.step_seconds;
  kept_ = step_s > 0.0 ? std::clamp(static_cast<int>(std::lround(kSpanSeconds / step_s)), 16, 4096)
                       : kSpanRows;
  range_ = SmoothRange(step_s > 0.0 ? kFallSeconds / step_s : kFallRows, kLeastRange);
  steps_.assign(static_cast<std::size_t>(kept_), StateSnapshot{});
  curves_.assign(static_cast<std::size_t>(kRms) + layout_.layers.size(), StepCurve(kept_));
  const StateLayer& chosen = layer();
  const auto d_inner = static_cast<std::size_t>(chosen.d_inner);
  dt_picture_.emplace(chosen.d_inner, kept_);
  gate_picture_.emplace(chosen.d_inner, kept_, ScrollingImage::Pooling::kExtreme);
  column_.resize(d_inner);
  const auto cells = d_inner * static_cast<std::size_t>(chosen.d_state);
  // Odd, so that it meets every state of a channel alike.
  stride_ = (cells / kSampledCells) | 1U;
  magnitudes_.resize((cells + stride_ - 1) / stride_);
  newest_ = 0;
  first_column_ = 1;
  follow(followed_);
}

void StateModel::forget() {
  for (StateSnapshot& step : steps_) step.step = 0;
  for (StepCurve& curve : curves_) curve.clear();
  dt_picture_->clear();
  gate_picture_->clear();
  if (twin_) twin_->reset();
  newest_ = 0;
}

void StateModel::take(const StateSnapshot& snapshot) {
  if (frozen_ || !hasLayers() || snapshot.focus != focus_) return;
  const auto step = static_cast<std::int64_t>(snapshot.step);
  // After a longer gap nothing that is kept would still be seen.
  if (step <= newest_ || step > newest_ + kept_) forget();
  addColumns(snapshot);
  newest_ = step;
  steps_[static_cast<std::size_t>(step % kept_)] = snapshot;

  curves_[kEnergyB].set(step, meanSquare(snapshot.B));
  curves_[kEnergyC].set(step, meanSquare(snapshot.C));
  for (std::size_t k = 0; k < snapshot.ssm_state_rms.size() && kRms + k < curves_.size(); ++k) {
    curves_[kRms + k].set(step, snapshot.ssm_state_rms[k]);
  }
  takeFollowed(snapshot);

  for (std::size_t k = 0; k < magnitudes_.size(); ++k) {
    magnitudes_[k] = std::abs(snapshot.h[k * stride_]);
  }
  const auto within =
      static_cast<std::ptrdiff_t>(kWithin * static_cast<double>(magnitudes_.size() - 1));
  std::nth_element(magnitudes_.begin(), magnitudes_.begin() + within, magnitudes_.end());
  range_.take(magnitudes_[static_cast<std::size_t>(within)]);
  ++revision_;
}

void StateModel::addColumns(const StateSnapshot& snapshot) {
  const auto step = static_cast<std::int64_t>(snapshot.step);
  if (dt_picture_->columns() == 0) first_column_ = step;
  std::fill(column_.begin(), column_.end(), std::uint8_t{128});
  while (first_column_ + dt_picture_->columns() < step) {
    dt_picture_->add(column_);
    gate_picture_->add(column_);
  }
  std::transform(snapshot.dt.begin(), snapshot.dt.end(), column_.begin(), byteOfDt);
  dt_picture_->add(column_);
  std::transform(snapshot.gate.begin(), snapshot.gate.end(), column_.begin(), byteOfGate);
  gate_picture_->add(column_);
}

void StateModel::takeFollowed(const StateSnapshot& snapshot) {
  const auto step = static_cast<std::int64_t>(snapshot.step);
  const auto channel = static_cast<std::size_t>(followed_.channel);
  const auto cell = channel * static_cast<std::size_t>(snapshot.d_state) +
                    static_cast<std::size_t>(followed_.state);
  curves_[kH].set(step, snapshot.h[cell]);
  if (twin_) {
    twin_->step(snapshot);
    curves_[kFixedH].set(step, twin_->h()[static_cast<std::size_t>(followed_.state)]);
  }
  curves_[kDt].set(step, snapshot.dt[channel]);
  curves_[kGate].set(step, snapshot.gate[channel]);
}

const StateSnapshot* StateModel::at(std::int64_t step) const noexcept {
  if (step < 1 || steps_.empty()) return nullptr;
  const StateSnapshot& there = steps_[static_cast<std::size_t>(step % kept_)];
  return static_cast<std::int64_t>(there.step) == step ? &there : nullptr;
}

void StateModel::setFrozen(bool frozen) {
  frozen_ = frozen;
  inspected_.reset();
  ++revision_;
}

void StateModel::inspect(std::int64_t step) {
  if (!frozen_ || newest_ == 0) return;
  for (std::int64_t away = 0; away < kept_; ++away) {
    for (const std::int64_t k : {step - away, step + away}) {
      if (at(k) == nullptr) continue;
      inspected_ = k;
      ++revision_;
      return;
    }
  }
}

void StateModel::inspectNext(int direction) {
  if (!frozen_) return;
  for (std::int64_t k = inspected_.value_or(newest_) + direction;
       k > newest_ - kept_ && k <= newest_; k += direction) {
    if (at(k) == nullptr) continue;
    inspected_ = k;
    ++revision_;
    return;
  }
}

double StateModel::horizonSteps(StateCell cell) const noexcept {
  const StateSnapshot* const step = shown();
  if (step == nullptr || !hasHorizons()) return 0.0;
  const auto channel = static_cast<std::size_t>(cell.channel);
  const std::size_t k =
      channel * static_cast<std::size_t>(step->d_state) + static_cast<std::size_t>(cell.state);
  float steps = 0.0F;
  memoryHorizonSteps({&step->dt[channel], 1}, {&layer().A[k], 1}, {&steps, 1});
  return steps;
}

void StateModel::follow(StateCell cell) {
  if (!hasLayers()) return;
  followed_ = {std::clamp(cell.channel, 0, layer().d_inner - 1),
               std::clamp(cell.state, 0, layer().d_state - 1)};
  twin_.reset();
  if (hasTwin()) twin_.emplace(layer(), followed_.channel, kMeanSpan * kept_);
  for (const Curve which : {kH, kFixedH, kDt, kGate}) curves_[which].clear();
  for (std::int64_t step = std::max<std::int64_t>(1, newest_ - kept_ + 1); step <= newest_;
       ++step) {
    if (const StateSnapshot* there = at(step)) takeFollowed(*there);
  }
  ++revision_;
}

}  // namespace hiss
