// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly_detector.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "models/anomaly/ewma.h"
#include "models/anomaly/experts_detector.h"
#include "models/anomaly/forecast_expert.h"
#include "models/anomaly/novelty.h"
#include "models/anomaly/rls_ar.h"
#include "models/sensor_forecaster.h"

namespace hiss {

namespace {

using Part = DetectorRecipe::Part;

struct NamedPrior {
  const char* name;
  EvidencePrior prior;
};

constexpr NamedPrior kPriors[] = {
#include "models/anomaly/priors.inc"
};

const EvidencePrior& priorOf(const std::string& name) {
  const auto* const found = std::find_if(std::begin(kPriors), std::end(kPriors),
                                         [&](const NamedPrior& one) { return one.name == name; });
  if (found == std::end(kPriors)) throw std::logic_error("no prior of detector " + name);
  return found->prior;
}

Part ewma(float weight) {
  return {
      .make = [](const SensorSpec& spec) { return std::make_unique<EwmaExpert>(spec.channels); },
      .weight = weight,
      .band = true};
}

Part rlsAr(RlsArConfig::Evidence evidence, float weight) {
  return {.make =
              [evidence](const SensorSpec& spec) {
                return std::make_unique<RlsArExpert>(spec.channels,
                                                     RlsArConfig{.evidence = evidence});
              },
          .weight = weight,
          .band = true};
}

// The plain views only. Those of shape find more of the generated heartbeats (.91 of them for .88),
// yet cost two to three points of the Numenta benchmark.
Part novelty(float weight) {
  return {.make =
              [](const SensorSpec& spec) {
                const NoveltyConfig config{.views = {{1, 3, false},
                                                     {1, 8, false},
                                                     {1, 24, false},
                                                     {4, 8, false},
                                                     {4, 24, false},
                                                     {16, 8, false},
                                                     {16, 24, false}}};
                return std::make_unique<NoveltyExpert>(spec.channels, config);
              },
          .weight = weight};
}

Part forecast(const std::shared_ptr<const SensorForecaster>& model,
              const std::shared_ptr<DetectorTap>& tap, float weight) {
  return {.make =
              [model, tap](const SensorSpec& spec) {
                return std::make_unique<ForecastExpert>(model, spec.channels, tap);
              },
          .weight = weight,
          .band = true};
}

std::vector<Part> partsOf(const std::string& name,
                          const std::shared_ptr<const SensorForecaster>& model,
                          const std::shared_ptr<DetectorTap>& tap) {
  if (name == "mamba") return {novelty(1.0F), forecast(model, tap, 0.25F)};
  if (name == "novelty") return {novelty(1.0F), rlsAr(RlsArConfig::Evidence::kNone, 0.0F)};
  if (name == "rls-ar-likelihood") return {rlsAr(RlsArConfig::Evidence::kLikelihood, 1.0F)};
  if (name == "rls-ar") return {rlsAr(RlsArConfig::Evidence::kResidual, 1.0F)};
  if (name == "ewma") return {ewma(1.0F)};
  return {};
}

}  // namespace

std::span<const std::string> detectorNames() {
  static const std::array<std::string, 5> kNames = {"mamba", "novelty", "rls-ar-likelihood",
                                                    "rls-ar", "ewma"};
  return kNames;
}

std::unique_ptr<AnomalyDetector> makeDetector(
    const std::string& name, const std::shared_ptr<const SensorForecaster>& model) {
  if (name == "mamba" && model == nullptr) {
    throw std::invalid_argument("detector: mamba needs a forecaster's model, found none");
  }
  DetectorRecipe recipe;
  recipe.name = name;
  if (name == "mamba") {
    recipe.model_hash = model->fingerprint();
    recipe.tap = std::make_shared<DetectorTap>(model);
  }
  recipe.parts = partsOf(name, model, recipe.tap);
  if (recipe.parts.empty()) {
    std::string known;
    for (const std::string& one : detectorNames()) known += (known.empty() ? "" : ", ") + one;
    throw std::invalid_argument("detector: expected one of " + known + ", found " + name);
  }
  recipe.prior = priorOf(name);
  recipe.leaps = name == "mamba" || name == "novelty";
  return std::make_unique<ExpertsDetector>(std::move(recipe));
}

}  // namespace hiss
