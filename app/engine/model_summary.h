// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/model_card.h"
#include "models/model_registry.h"

namespace hiss {

// What one needs to know of a model to choose it. Only name, path, is_default and file_bytes are
// set if `error` is.
struct ModelSummary {
  std::string name;
  std::filesystem::path path;
  bool is_default = false;
  std::uintmax_t file_bytes = 0;
  std::string error;  // why the file cannot be used, one line; empty if it can
  std::string task;   // kDenoiseTask, kForecasterTask or kSequenceTask
  std::string block;  // kind, of a model of sequences
  std::size_t parameters = 0;
  // Of a forecaster for one channel, of a model of sequences for one step; what follows is then 0
  // and empty.
  double macs_per_row = 0.0;
  double macs_per_second = 0.0;  // multiply-accumulates for one channel, as model cards count them
  int sample_rate_hz = 0;        // of the network
  double latency_ms = 0.0;       // of a stream at that rate
  DevFigures dev;
};

// Opens and checks the file. [main-thread]
[[nodiscard]] ModelSummary summarise(const ModelEntry& entry);

// The same of every model that `registry` finds: denoisers first, the one with the least work
// first, then forecasters and models of sequences, and those that cannot be used last.
// [main-thread]
[[nodiscard]] std::vector<ModelSummary> summariseAll(const ModelRegistry& registry);

}  // namespace hiss
