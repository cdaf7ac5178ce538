// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "models/state_tap.h"
#include "models/state_view.h"

namespace hiss {

// Layers as a small denoiser has them; A as S4D-real: -1, -2, ... of each channel.
inline StateLayout syntheticLayout(double step_seconds = 0.0125) {
  StateLayout layout;
  layout.model = "tiny";
  layout.step_seconds = step_seconds;
  const auto add = [&](const char* name, int rows, int d_inner, int d_state) {
    StateLayer layer{name, rows, d_inner, d_state, {}};
    for (int k = 0; k < d_inner * d_state; ++k) {
      layer.A.push_back(-1.0F - static_cast<float>(k % d_state));
    }
    layout.layers.push_back(layer);
  };
  add("block 1", 20, 24, 8);
  add("block 2", 20, 24, 8);
  add("all bands", 1, 48, 16);
  return layout;
}

// A step whose values vary smoothly over cells and steps, the same on every run.
inline StateSnapshot syntheticStep(const StateLayout& layout, std::uint64_t step,
                                   StateFocus focus = {}) {
  const StateLayer& layer = layout.layers[static_cast<std::size_t>(focus.layer)];
  StateSnapshot snapshot;
  snapshot.step = step;
  snapshot.focus = focus;
  snapshot.d_inner = layer.d_inner;
  snapshot.d_state = layer.d_state;
  const float t = 0.05F * static_cast<float>(step % 100000);
  for (int c = 0; c < layer.d_inner; ++c) {
    const float phase = 0.4F * static_cast<float>(c);
    for (int s = 0; s < layer.d_state; ++s) {
      snapshot.h.push_back(std::sin(t + phase + 0.7F * static_cast<float>(s)));
    }
    snapshot.x.push_back(std::cos(t + phase));
    snapshot.dt.push_back(std::pow(10.0F, -2.0F + 1.5F * std::sin(0.5F * t + phase)));
    snapshot.gate.push_back(1.5F * std::sin(0.3F * t - phase));
  }
  for (int s = 0; s < layer.d_state; ++s) {
    snapshot.B.push_back(std::sin(t + static_cast<float>(s)));
    snapshot.C.push_back(2.0F + std::cos(t * 0.7F));
  }
  for (std::size_t k = 0; k < layout.layers.size(); ++k) {
    snapshot.ssm_state_rms.push_back(static_cast<float>(k + 1) * (1.1F + std::sin(0.2F * t)));
  }
  return snapshot;
}

// Writes a step into the tap as the thread of a model does.
inline void writeStep(StateTap& tap, std::uint64_t step) {
  const StateProbe* const probe = tap.begin();
  if (probe == nullptr) return;
  const StateSnapshot values = syntheticStep(tap.layout(), step, {probe->layer, probe->row});
  std::copy(values.h.begin(), values.h.end(), probe->h);
  std::copy(values.x.begin(), values.x.end(), probe->x);
  std::copy(values.dt.begin(), values.dt.end(), probe->dt);
  std::copy(values.gate.begin(), values.gate.end(), probe->gate);
  std::copy(values.B.begin(), values.B.end(), probe->B);
  std::copy(values.C.begin(), values.C.end(), probe->C);
  tap.end(step, values.ssm_state_rms);
}

}  // namespace hiss
