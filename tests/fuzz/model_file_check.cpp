// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/model_file_check.h"

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/denoiser_model.h"
#include "models/high_band.h"
#include "models/model_error.h"
#include "models/sensor_forecaster.h"
#include "models/sequence_model.h"

namespace hiss {
namespace {

// The head above the network's band by itself, if there is one.
void checkHighBand(const DenoiserModel& model) {
  const auto head = model.packHighBand(scalarKernels());
  if (head == nullptr) return;
  HighBand::Scratch scratch(*head);
  HighBand::State state = head->makeState();
  const int bins = 3 * head->coreBins() + 1;  // a stream of three times the network's rate
  const std::vector<std::complex<float>> x(static_cast<std::size_t>(bins), {0.1F, -0.1F});
  std::vector<float> gains(static_cast<std::size_t>(bins - head->coreBins()));
  for (int i = 0; i < 3; ++i) {
    head->step(x.data(), x.data(), bins, state, scratch, gains.data());
    for (const float gain : gains) {
      if (!(gain >= 0.0F && gain <= 1.0F)) std::abort();
    }
  }
}

}  // namespace

bool checkModelBytes(std::span<const std::byte> bytes) {
  std::shared_ptr<const DenoiserModel> model;
  try {
    model = DenoiserModel::parse(bytes, "fuzz");
  } catch (const ModelError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
    return false;
  }
  checkHighBand(*model);
  Denoiser denoiser(model, scalarKernels());
  const int hop = model->config().hop;
  denoiser.prepare({model->config().sample_rate, 1, hop});
  std::vector<float> samples(static_cast<std::size_t>(hop), 0.1F);
  float* const block = samples.data();
  for (int i = 0; i < 3; ++i) {
    denoiser.process(&block, &block, hop);
    for (const float sample : samples) {
      if (!std::isfinite(sample)) std::abort();
    }
  }
  return true;
}

bool checkForecasterBytes(std::span<const std::byte> bytes) {
  std::shared_ptr<const SensorForecaster> model;
  try {
    model = SensorForecaster::parse(bytes, "fuzz", scalarKernels());
  } catch (const ModelError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
    return false;
  }
  constexpr int kChannels = 2;
  constexpr int kQuantiles = SensorForecaster::kQuantiles;
  SensorForecaster::State state = model->makeState(kChannels);
  SensorForecaster::Scratch scratch(*model, kChannels);
  std::vector<float> features(kChannels * SensorForecaster::kFeatures, 0.5F);
  std::vector<float> quantiles(kChannels * SensorForecaster::kPerRow);
  std::vector<float> logits(kChannels);
  for (int t = 0; t < 3; ++t) {
    model->step(features.data(), state, scratch, quantiles.data(), logits.data());
    for (std::size_t i = 0; i < quantiles.size(); ++i) {
      if (!std::isfinite(quantiles[i])) std::abort();
      if (i % kQuantiles != 0 && quantiles[i] < quantiles[i - 1]) std::abort();
    }
    for (const float logit : logits) {
      if (!std::isfinite(logit)) std::abort();
    }
  }
  return true;
}

bool checkSequenceBytes(std::span<const std::byte> bytes) {
  std::shared_ptr<const SequenceModel> model;
  try {
    model = SequenceModel::parse(bytes, "fuzz", scalarKernels());
  } catch (const ModelError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
    return false;
  }
  constexpr int kRows = 2;
  const SequenceConfig& config = model->config();
  SequenceModel::State state = model->makeState(kRows);
  SequenceModel::Scratch scratch(*model, kRows);
  std::vector<float> out(static_cast<std::size_t>(kRows * config.n_out));
  const std::vector<std::int32_t> tokens = {0, config.n_in - 1};
  const std::vector<float> features(static_cast<std::size_t>(kRows * config.n_in), 0.5F);
  for (int t = 0; t < 3; ++t) {
    if (config.input == SequenceConfig::Input::kTokens) {
      model->step(tokens.data(), state, scratch, out.data());
    } else {
      model->step(features.data(), state, scratch, out.data());
    }
  }
  return true;
}

}  // namespace hiss
