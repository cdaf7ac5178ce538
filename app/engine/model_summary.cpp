// SPDX-License-Identifier: Apache-2.0
#include "app/engine/model_summary.h"

#include <algorithm>
#include <system_error>
#include <tuple>

#include "models/denoiser_model.h"
#include "models/model_error.h"
#include "models/sensor_forecaster.h"
#include "models/sequence_model.h"

namespace hiss {
namespace {

void summariseDenoiser(const ModelEntry& entry, ModelSummary& summary) {
  const auto model = DenoiserModel::load(entry.path);
  const DenoiserConfig& config = model->config();
  summary.task = kDenoiseTask;
  summary.parameters = model->parameterCount();
  summary.macs_per_second = model->macsPerSecond();
  summary.sample_rate_hz = config.sample_rate;
  summary.latency_ms = 1000.0 * config.latencySamples() / config.sample_rate;
  summary.dev = devFigures(model->card());
}

void summariseForecaster(const ModelEntry& entry, ModelSummary& summary) {
  const auto model = SensorForecaster::load(entry.path, scalarKernels());
  summary.task = kForecasterTask;
  summary.parameters = model->parameterCount();
  summary.macs_per_row = model->config().macsPerRow();
}

void summariseSequence(const ModelEntry& entry, ModelSummary& summary) {
  const auto model = SequenceModel::load(entry.path, scalarKernels());
  summary.task = kSequenceTask;
  summary.parameters = model->parameterCount();
  summary.block = blockKindName(model->config().block.kind);
  summary.macs_per_row = static_cast<double>(model->config().macsPerStep());
}

}  // namespace

ModelSummary summarise(const ModelEntry& entry) {
  ModelSummary summary;
  summary.name = entry.name;
  summary.path = entry.path;
  summary.is_default = entry.name == kDefaultModelName;
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(entry.path, error);
  if (!error) summary.file_bytes = bytes;
  try {
    const std::string task = modelTask(entry.path);
    if (task == kForecasterTask) {
      summariseForecaster(entry, summary);
    } else if (task == kSequenceTask) {
      summariseSequence(entry, summary);
    } else {
      summariseDenoiser(entry, summary);
    }
  } catch (const ModelError& refusal) {
    summary.error = refusal.what();
  }
  return summary;
}

std::vector<ModelSummary> summariseAll(const ModelRegistry& registry) {
  std::vector<ModelSummary> summaries;
  for (const ModelEntry& entry : registry.list()) summaries.push_back(summarise(entry));
  const auto order = [](const ModelSummary& summary) {
    return std::tuple(!summary.error.empty(), summary.task, summary.macs_per_second);
  };
  std::stable_sort(
      summaries.begin(), summaries.end(),
      [&](const ModelSummary& a, const ModelSummary& b) { return order(a) < order(b); });
  return summaries;
}

}  // namespace hiss
