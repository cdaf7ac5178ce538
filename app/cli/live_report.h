// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/engine/live/live_session.h"

namespace hiss {

// What is changed while it runs.
struct LiveControls {
  bool bypass = false;
  bool removed = false;
  float attenuation_limit_db = 0.0F;
  float mix = 1.0F;
};

// A moment of `hiss live`.
struct LiveMoment {
  LiveStats stats;
  LiveControls controls;
  std::vector<float> state_rms;  // of each layer
  std::uint64_t reconnections = 0;
  bool lost = false;
};

// The object of --json-stats; its keys are listed in app/README.md.
nlohmann::json toJson(const LiveMoment& moment);

// The status line.
std::string toText(const LiveMoment& moment);

}  // namespace hiss
