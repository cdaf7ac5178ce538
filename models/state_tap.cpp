// SPDX-License-Identifier: Apache-2.0
#include "models/state_tap.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace hiss {
namespace {

constexpr std::uint64_t packed(StateFocus focus) noexcept {
  return (static_cast<std::uint64_t>(focus.layer) + 1) << 32 |
         static_cast<std::uint64_t>(focus.row);
}

constexpr StateFocus unpacked(std::uint64_t focus) noexcept {
  return {static_cast<int>((focus >> 32) - 1), static_cast<int>(focus & 0xffffffffU)};
}

void requireBelow(const char* field, int value, int end) {
  if (value < 0 || value >= end) {
    throw std::invalid_argument(std::string("focus: ") + field + ": expected 0 to " +
                                std::to_string(end - 1) + ", found " + std::to_string(value));
  }
}

}  // namespace

StateTap::StateTap(StateLayout layout) : layout_(std::move(layout)) {}

std::size_t StateTap::floatsOf(const StateLayer& layer) const {
  const auto d_inner = static_cast<std::size_t>(layer.d_inner);
  const auto d_state = static_cast<std::size_t>(layer.d_state);
  return d_inner * d_state + 3 * d_inner + 2 * d_state + layout_.layers.size();
}

void StateTap::makeSlots() {
  for (const StateLayer& layer : layout_.layers) {
    slot_floats_ = std::max(slot_floats_, floatsOf(layer));
  }
  values_.resize(kSteps * slot_floats_);
  slots_.resize(kSteps);
}

void StateTap::look(StateFocus focus) {
  requireBelow("layer", focus.layer, static_cast<int>(layout_.layers.size()));
  requireBelow("row", focus.row, layout_.layers[static_cast<std::size_t>(focus.layer)].rows);
  if (slots_.empty()) makeSlots();
  if (focus_.load(std::memory_order_relaxed) == packed(focus)) return;
  tail_.store(head_.load(std::memory_order_acquire), std::memory_order_release);
  focus_.store(packed(focus), std::memory_order_release);
}

void StateTap::lookAway() noexcept { focus_.store(kAway, std::memory_order_relaxed); }

void StateTap::aim(StateProbe& probe, float* values) const noexcept HISS_NONBLOCKING {
  const StateLayer& layer = layout_.layers[static_cast<std::size_t>(probe.layer)];
  const auto take = [&values](int count) noexcept { return std::exchange(values, values + count); };
  probe.h = take(layer.d_inner * layer.d_state);
  probe.x = take(layer.d_inner);
  probe.dt = take(layer.d_inner);
  probe.gate = take(layer.d_inner);
  probe.B = take(layer.d_state);
  probe.C = take(layer.d_state);
}

const StateProbe* StateTap::begin() noexcept HISS_NONBLOCKING {
  const std::uint64_t wanted = focus_.load(std::memory_order_acquire);
  if (wanted == kAway) return nullptr;
  const std::uint64_t head = head_.load(std::memory_order_relaxed);
  if (head - tail_.load(std::memory_order_acquire) == kSteps) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  const std::size_t at = head % kSteps;
  StateProbe& probe = slots_[at].probe;
  const StateFocus focus = unpacked(wanted);
  probe.layer = focus.layer;
  probe.row = focus.row;
  aim(probe, values_.data() + at * slot_floats_);
  return &probe;
}

void StateTap::end(std::uint64_t step,
                   std::span<const float> ssm_state_rms) noexcept HISS_NONBLOCKING {
  const std::uint64_t head = head_.load(std::memory_order_relaxed);
  Slot& slot = slots_[head % kSteps];
  slot.step = step;
  const StateLayer& layer = layout_.layers[static_cast<std::size_t>(slot.probe.layer)];
  std::copy(ssm_state_rms.begin(), ssm_state_rms.end(), slot.probe.C + layer.d_state);
  head_.store(head + 1, std::memory_order_release);
}

bool StateTap::next(StateSnapshot& snapshot) {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  if (tail == head_.load(std::memory_order_acquire)) return false;
  const Slot& slot = slots_[tail % kSteps];
  const StateProbe& probe = slot.probe;
  const StateLayer& layer = layout_.layers[static_cast<std::size_t>(probe.layer)];
  snapshot.step = slot.step;
  snapshot.focus = {probe.layer, probe.row};
  snapshot.d_inner = layer.d_inner;
  snapshot.d_state = layer.d_state;
  snapshot.h.assign(probe.h, probe.x);
  snapshot.x.assign(probe.x, probe.dt);
  snapshot.dt.assign(probe.dt, probe.gate);
  snapshot.gate.assign(probe.gate, probe.B);
  snapshot.B.assign(probe.B, probe.C);
  snapshot.C.assign(probe.C, probe.C + layer.d_state);
  const float* rms = probe.C + layer.d_state;
  snapshot.ssm_state_rms.assign(rms, rms + layout_.layers.size());
  tail_.store(tail + 1, std::memory_order_release);
  return true;
}

}  // namespace hiss
